/** The lines of one log, as far as they were looked at: loaded in chunks around what is visible, the rest forgotten. */
import type { LogLine } from '../api/client'

export const CHUNK = 200
const CHUNKS_KEPT = 100
const ROUNDS_AT_MOST = 50
const RETRY_MS = 2000

export type Load = (after: number, limit: number) => Promise<LogLine[]>

/** Which chunks have to be loaded so that lines `first` to `last` of `total` are there. */
export function missingChunks(first: number, last: number, total: number, loaded: (chunk: number) => number): number[] {
  const missing: number[] = []
  for (let chunk = chunkOf(Math.max(1, first)); chunk <= chunkOf(Math.min(last, total)) && total > 0; chunk++)
    if (loaded(chunk) < linesIn(chunk, total)) missing.push(chunk)
  return missing
}

export function chunkOf(seq: number): number {
  return Math.floor((seq - 1) / CHUNK)
}

function linesIn(chunk: number, total: number): number {
  return Math.min(CHUNK, total - chunk * CHUNK)
}

/** The part of a log that one scroll bar can show: browsers limit an element's height. It holds `around`. */
export function segmentAround(around: number, total: number, most: number): { first: number; last: number } {
  if (total <= most) return { first: 1, last: total }
  const first = Math.min(Math.max(1, around - Math.floor(most / 2)), total - most + 1)
  return { first, last: first + most - 1 }
}

export class Lines {
  private readonly chunks = new Map<number, LogLine[]>()
  /** How many lines each chunk that is on its way shall have. */
  private readonly loading = new Map<number, number>()
  private readonly listeners = new Set<() => void>()
  private version = 0

  constructor(
    private readonly load: Load,
    private readonly retryMs = RETRY_MS,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Another number after each change. */
  snapshot = (): number => this.version

  at(seq: number): LogLine | undefined {
    return this.chunks.get(chunkOf(seq))?.[(seq - 1) % CHUNK]
  }

  /** Loads what is missing of `first` to `last`; what fails is missing still, and the readers are told to ask again. */
  ensure(first: number, last: number, total: number): void {
    const loaded = (chunk: number) => this.chunks.get(chunk)?.length ?? 0
    for (const chunk of missingChunks(first, last, total, loaded)) {
      const isUnderWay = this.loading.has(chunk)
      this.loading.set(chunk, linesIn(chunk, total))
      if (!isUnderWay) void this.loadChunk(chunk)
    }
  }

  /** A page is bounded in bytes, so that a chunk of long lines takes several. */
  private async loadChunk(chunk: number): Promise<void> {
    try {
      for (let round = 0; round < ROUNDS_AT_MOST; round++) {
        const have = this.chunks.get(chunk) ?? []
        const wanted = this.loading.get(chunk) ?? 0
        if (have.length >= wanted) break
        const more = await this.load(chunk * CHUNK + have.length, wanted - have.length)
        if (!more.length) break
        this.keep(chunk, [...have, ...more])
      }
    } catch {
      setTimeout(() => this.changed(), this.retryMs)
    } finally {
      this.loading.delete(chunk)
    }
  }

  private keep(chunk: number, lines: LogLine[]): void {
    this.chunks.delete(chunk)
    this.chunks.set(chunk, lines)
    for (const oldest of this.chunks.keys()) {
      if (this.chunks.size <= CHUNKS_KEPT) break
      this.chunks.delete(oldest)
    }
    this.changed()
  }

  private changed(): void {
    this.version++
    this.listeners.forEach((listener) => listener())
  }
}
