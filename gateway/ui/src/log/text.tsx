/** A line's text with its colours and the hits of a search. Lines are text: nothing in them is ever markup. */
import { AnsiUp } from 'ansi_up'
import type { CSSProperties, ReactNode } from 'react'

interface Piece {
  text: string
  className?: string
  style?: CSSProperties
}

// What would move, hide or reorder text on the page: shown by its name instead.
const HIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
const COLOURS = /(\u001b\[[\d;:]*m)/

export function visible(text: string): string {
  return text.replace(HIDDEN, (one) => `⟨${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`)
}

/** The line in pieces of one look each. Only its colours pass through ansi_up, which would drop what it does not know. */
export function pieces(line: string): Piece[] {
  const ansi = new AnsiUp()
  ansi.use_classes = true
  const found: Piece[] = []
  let current: Omit<Piece, 'text'> = {}
  line.split(COLOURS).forEach((part, index) => {
    if (index % 2 === 0) found.push({ text: visible(part), ...current })
    else if (!part.includes(':')) current = look(ansi.ansi_to_html(`${part}.`))
  })
  return found.filter((piece) => piece.text !== '')
}

export function LineText({ text, search }: { text: string; search: string }) {
  return pieces(text).map((piece, index) => (
    <span key={index} className={piece.className} style={piece.style}>
      {marked(piece.text, search)}
    </span>
  ))
}

function look(html: string): Omit<Piece, 'text'> {
  const style = /style="([^"]*)"/.exec(html)?.[1] ?? ''
  const colour = (name: string) => new RegExp(`(?:^|;)${name}:(rgb\\([\\d,]+\\))`).exec(style)?.[1]
  return {
    className: /class="([^"]*)"/.exec(html)?.[1],
    style: {
      color: colour('color'),
      backgroundColor: colour('background-color'),
      fontWeight: style.includes('font-weight') ? 700 : undefined,
      fontStyle: style.includes('italic') ? 'italic' : undefined,
      textDecoration: style.includes('underline') ? 'underline' : undefined,
      opacity: style.includes('opacity') ? 0.75 : undefined,
    },
  }
}

function marked(text: string, search: string): ReactNode {
  if (!search) return text
  const found: ReactNode[] = []
  const [inText, sought] = [text.toLowerCase(), search.toLowerCase()]
  let from = 0
  // Lower case may have another length in a few languages; then nothing is marked rather than the wrong letters.
  for (let at = inText.indexOf(sought); at >= 0 && inText.length === text.length; at = inText.indexOf(sought, from)) {
    found.push(text.slice(from, at), <mark key={at}>{text.slice(at, at + sought.length)}</mark>)
    from = at + sought.length
  }
  return [...found, text.slice(from)]
}
