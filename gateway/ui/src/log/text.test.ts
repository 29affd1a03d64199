import { describe, expect, test } from 'vitest'
import { pieces, visible } from './text'

const ESC = '\u001b'
const shown = (line: string) => pieces(line).map((piece) => piece.text).join('')

describe('what cannot be seen', () => {
  test.each([
    ['\u0000', '⟨0000⟩'],
    ['\u0007', '⟨0007⟩'],
    ['\r', '⟨000D⟩'],
    [ESC, '⟨001B⟩'],
    ['\u009b', '⟨009B⟩'],
    ['\u202e', '⟨202E⟩'],
    ['\u2066', '⟨2066⟩'],
    ['\u061c', '⟨061C⟩'],
    ['\u200b', '⟨200B⟩'],
    ['\u2028', '⟨2028⟩'],
    ['\ufeff', '⟨FEFF⟩'],
  ])('%j is shown by its name', (hidden, name) => expect(visible(`a${hidden}b`)).toBe(`a${name}b`))

  test('is all that is changed', () => {
    const text = '\tÜnïcödé 🏥 日本 <b>&amp;</b> \u00a0 "\''
    expect(visible(text)).toBe(text)
  })
})

describe('a line', () => {
  test('keeps every letter and blank, with colours or without', () => {
    expect(shown('  two  blanks ')).toBe('  two  blanks ')
    expect(shown(`  ${ESC}[31m  red${ESC}[0m  `)).toBe('    red  ')
    expect(shown(`${ESC}[1m<img src=x onerror=alert(1)>&lt;`)).toBe('<img src=x onerror=alert(1)>&lt;')
  })
  test('loses nothing to a sequence that never ends or is no colour', () => {
    expect(shown(`a${ESC}[é b`)).toBe('a⟨001B⟩[é b')
    expect(shown(`a${ESC}]8;;javascript:alert(1)\u0007link`)).toBe('a⟨001B⟩]8;;javascript:alert(1)⟨0007⟩link')
    expect(shown(`a${ESC}[31`)).toBe('a⟨001B⟩[31')
  })
  test('has the colours and the weight that it asks for, until they are reset', () => {
    const found = pieces(`a${ESC}[31mb${ESC}[1mc${ESC}[0md${ESC}[38;2;1;2;3me`)
    expect(found.map(({ className, style }) => [className, style?.fontWeight, style?.color])).toEqual([
      [undefined, undefined, undefined],
      ['ansi-red-fg', undefined, undefined],
      ['ansi-red-fg', 700, undefined],
      [undefined, undefined, undefined],
      [undefined, undefined, 'rgb(1,2,3)'],
    ])
  })
  test('keeps its colour over a look that is not known', () => {
    expect(pieces(`${ESC}[32mok${ESC}[4:3mgo`)).toMatchObject([
      { text: 'ok', className: 'ansi-green-fg' },
      { text: 'go', className: 'ansi-green-fg' },
    ])
  })
})
