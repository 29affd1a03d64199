/** Whether the gateway answers, by the requests that were made anyway; and the wait before the next try while it does not. */
import { useSyncExternalStore } from 'react'

interface Connection {
  failures: number
  since: number | null
}

const LONGEST_WAIT_MS = 30_000
const HIDDEN_MS = 15_000
let connection: Connection = { failures: 0, since: null }
let clockAheadMs = 0
const listeners = new Set<() => void>()

export function answered(response: Response): void {
  const date = Date.parse(response.headers.get('Date') ?? '')
  // The header has whole seconds: take the middle of it, and only what is more than that.
  if (!Number.isNaN(date)) clockAheadMs = Math.abs(Date.now() - date - 500) > 1500 ? Date.now() - date - 500 : 0
  if (connection.failures) change({ failures: 0, since: null })
}

export function notAnswered(): void {
  change({ failures: connection.failures + 1, since: connection.since ?? Date.now() })
}

/** This moment by the gateway's clock, to which the times of the API belong. */
export function serverNow(): number {
  return Date.now() - clockAheadMs
}

/** When to ask again: as the answer wished, seldom while nobody looks, ever less while the gateway is away. */
export function pollAfter(wishedMs: number): number {
  if (connection.failures) return Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.min(connection.failures, 5))
  return document.hidden ? Math.max(wishedMs, HIDDEN_MS) : wishedMs
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection)
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function isAway(): boolean {
  return connection.failures > 0
}

function change(next: Connection): void {
  connection = next
  listeners.forEach((listener) => listener())
}
