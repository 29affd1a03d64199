/** What every list has: its filter in the address, pages by cursor, a search box, keys to walk its rows. */
import { Button, Group, Text, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useSearchParams } from 'wouter'
import { texts } from '../texts'
import { useKeys } from './keys'

const TYPING_MS = 250

/** The filter as the address has it; setting a part of it goes back to the first page. */
export function useFilter() {
  const [params, setParams] = useSearchParams()
  const set = (name: string, value: string | null) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before)
        if (value) next.set(name, value)
        else next.delete(name)
        if (name !== 'cursor') next.delete('cursor')
        return next
      },
      { replace: name !== 'cursor' },
    )
  const number = (name: string) => (/^\d{1,15}$/.test(params.get(name) ?? '') ? Number(params.get(name)) : undefined)
  return { text: (name: string) => params.get(name) ?? '', number, set }
}

export function SearchBox({ label, value, onSearch }: { label: string; value: string; onSearch: (text: string) => void }) {
  const box = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(value)
  useKeys({ '/': () => box.current?.focus() })
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onSearch(text), TYPING_MS)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <TextInput ref={box} type="search" aria-label={label} placeholder={label} value={text} maxLength={200} onChange={(event) => setText(event.currentTarget.value)} />
  )
}

interface PagerProps {
  total: number
  shown: number
  next: string | null
  cursor: number | undefined
  onCursor: (cursor: string | null) => void
}

/** Back is the browser's own: each page of a list has an address. */
export function Pager({ total, shown, next, cursor, onCursor }: PagerProps) {
  return (
    <Group mt="sm" justify="space-between">
      <Text size="sm" c="dimmed">
        {texts.list.shown(shown, total)}
      </Text>
      <Group gap="xs">
        {cursor !== undefined && (
          <Button variant="default" size="xs" onClick={() => onCursor(null)}>
            {texts.list.first}
          </Button>
        )}
        {next !== null && (
          <Button variant="default" size="xs" onClick={() => onCursor(next)}>
            {texts.list.next}
          </Button>
        )}
      </Group>
    </Group>
  )
}

/** `j` and `k` walk the links of a list's rows. */
export function useRowKeys() {
  const table = useRef<HTMLTableSectionElement>(null)
  const step = (by: 1 | -1) => {
    const links = [...(table.current?.querySelectorAll<HTMLAnchorElement>('a[data-row]') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus()
  }
  useKeys({ j: () => step(1), k: () => step(-1) })
  return table
}
