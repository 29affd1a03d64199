/** Searching the log on the server: how many lines match, and the way from one match to the next. */
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { readLog } from '../api/log'

const LOOKS_AT_MOST = 100
const TYPING_MS = 250

export interface Hits {
  count: number | null
  capped: boolean
  busy: boolean
  /** The line that was jumped to; 0 before the first jump. */
  current: number
  none: boolean
  jump: (direction: 1 | -1) => Promise<number | null>
  leave: () => void
}

export function useHits(executionId: number, search: string, total: number): Hits {
  const [current, setCurrent] = useState(0)
  const [busy, setBusy] = useState(false)
  const [settled] = useDebouncedValue(search, TYPING_MS)
  const counted = useQuery({
    queryKey: ['hits', executionId, search, total],
    queryFn: () => readLog(executionId, { q: search, limit: 1, after: 0 }),
    enabled: search !== '' && settled === search && total > 0,
    staleTime: Infinity,
    placeholderData: (before, query) => (query?.queryKey[2] === search ? before : undefined),
  })
  const jump = async (direction: 1 | -1) => {
    setBusy(true)
    try {
      const found =
        direction === 1
          ? ((await next(executionId, search, current, total)) ?? (await next(executionId, search, 0, total)))
          : ((await previous(executionId, search, current || total + 1)) ?? (await previous(executionId, search, total + 1)))
      if (found) setCurrent(found)
      return found
    } finally {
      setBusy(false)
    }
  }
  return {
    count: counted.data?.hits ?? null,
    capped: counted.data?.hits_capped ?? false,
    busy: busy || counted.isFetching || settled !== search,
    current,
    none: counted.data?.hits === 0 && !counted.data.hits_capped,
    jump,
    leave: () => setCurrent(0),
  }
}

/** The first line of `level` and above after `after`, or the last before `before`. */
export async function lineOfLevel(
  executionId: number, level: 'WARNING' | 'ERROR', where: { after: number } | { before: number },
): Promise<number | null> {
  const page = await readLog(executionId, { level, limit: 1, ...where })
  return page.items[0]?.seq ?? null
}

/** The server searches for two seconds at most and says how far it has looked. */
async function next(executionId: number, q: string, after: number, total: number): Promise<number | null> {
  for (let look = 0; look < LOOKS_AT_MOST && after < total; look++) {
    const page = await readLog(executionId, { q, limit: 1, after })
    if (page.items[0]) return page.items[0].seq
    if (page.next_after <= after) return null
    after = page.next_after
  }
  return null
}

async function previous(executionId: number, q: string, before: number): Promise<number | null> {
  for (let look = 0; look < LOOKS_AT_MOST && before > 1; look++) {
    const page = await readLog(executionId, { q, limit: 1, before })
    if (page.items[0]) return page.items[0].seq
    if (page.next_before === undefined || page.next_before >= before) return null
    before = page.next_before
  }
  return null
}
