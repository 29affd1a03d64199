import { describe, expect, test, vi } from 'vitest'
import type { LogLine } from '../api/client'
import { CHUNK, chunkOf, Lines, missingChunks, segmentAround } from './lines'

const line = (seq: number): LogLine => ({ seq, log_level: 'INFO', message: `line ${seq}`, logged_at: '2026-01-01T00:00:00.000Z' })
const range = (after: number, count: number) => Array.from({ length: count }, (_, index) => line(after + index + 1))

/** A server with pages of at most `most` lines, and what it was asked for. */
function server(most = CHUNK) {
  return vi.fn((after: number, limit: number) => Promise.resolve(range(after, Math.min(limit, most))))
}

function loaded(lines: Lines, ...seqs: number[]): Promise<void> {
  return vi.waitFor(() => expect(seqs.map((seq) => lines.at(seq)?.seq)).toEqual(seqs))
}

describe('the window of a log', () => {
  const nothing = () => 0

  test('needs the chunks around what is visible only', () => {
    expect(missingChunks(1, 30, 1_000_000, nothing)).toEqual([0])
    expect(missingChunks(199, 202, 1_000_000, nothing)).toEqual([0, 1])
    expect(missingChunks(500_001, 500_040, 1_000_000, nothing)).toEqual([chunkOf(500_001)])
  })
  test('needs nothing of an empty log, and nothing beyond the end', () => {
    expect(missingChunks(1, 1, 0, nothing)).toEqual([])
    expect(missingChunks(350, 900, 400, nothing)).toEqual([1])
  })
  test('needs the last chunk again when the log has grown', () => {
    expect(missingChunks(201, 250, 250, () => 50)).toEqual([])
    expect(missingChunks(201, 251, 251, () => 50)).toEqual([1])
  })
})

describe('the segment that one scroll bar shows', () => {
  test('is the whole log where it fits', () => expect(segmentAround(5, 1000, 1000)).toEqual({ first: 1, last: 1000 }))
  test('is empty for an empty log', () => expect(segmentAround(1, 0, 1000)).toEqual({ first: 1, last: 0 }))
  test.each([
    [1, 1, 1000],
    [5000, 4500, 5499],
    [10_000, 9001, 10_000],
    [Number.MAX_SAFE_INTEGER, 9001, 10_000],
  ])('around line %d never leaves the log', (around, first, last) =>
    expect(segmentAround(around, 10_000, 1000)).toEqual({ first, last }),
  )
})

describe('the lines', () => {
  test('are loaded once, and then there by their number', async () => {
    const load = server()
    const lines = new Lines(load)
    lines.ensure(150, 250, 1000)
    lines.ensure(150, 250, 1000)
    await loaded(lines, 1, 200, 201, 400)
    expect(load.mock.calls).toEqual([[0, 200], [200, 200]])
    expect(lines.at(401)).toBeUndefined()
  })
  test('of a chunk come in several pages where the server’s pages are short', async () => {
    const load = server(90)
    const lines = new Lines(load)
    lines.ensure(1, 10, 200)
    await loaded(lines, 1, 90, 91, 180, 181, 200)
    expect(load.mock.calls).toEqual([[0, 200], [90, 110], [180, 20]])
  })
  test('that are new are asked for from the last one on', async () => {
    const load = server()
    const lines = new Lines(load)
    lines.ensure(1, 10, 10)
    await loaded(lines, 10)
    lines.ensure(1, 15, 15)
    await loaded(lines, 10, 15)
    expect(load.mock.calls).toEqual([[0, 10], [10, 5]])
  })
  test('that come while a chunk is on its way are not forgotten', async () => {
    const lines = new Lines(server())
    lines.ensure(1, 10, 10)
    lines.ensure(1, 15, 15)
    await loaded(lines, 10, 15)
  })
  test('that could not be loaded are asked for again', async () => {
    const load = server()
    load.mockRejectedValueOnce(new Error('away'))
    const lines = new Lines(load)
    lines.ensure(1, 10, 10)
    await vi.waitFor(() => expect(load).toHaveBeenCalledOnce())
    expect(lines.at(1)).toBeUndefined()
    await vi.waitFor(() => {
      lines.ensure(1, 10, 10)
      expect(lines.at(1)?.seq).toBe(1)
    })
  })
  test('tell their reader of each change, and after a failure that it is time to ask again', async () => {
    const load = server()
    load.mockRejectedValueOnce(new Error('away'))
    const lines = new Lines(load, 1)
    const changes: number[] = []
    const leave = lines.subscribe(() => changes.push(lines.snapshot()))
    lines.ensure(1, 10, 10)
    await vi.waitFor(() => expect(changes).toEqual([1]))
    lines.ensure(1, 10, 10)
    await vi.waitFor(() => expect(changes).toEqual([1, 2]))
    leave()
    lines.ensure(1, 15, 15)
    await loaded(lines, 15)
    expect(changes).toEqual([1, 2])
  })
  test('that were left long ago are forgotten, so that memory stays bounded', async () => {
    const lines = new Lines(server())
    lines.ensure(1, 120 * CHUNK, 1_000_000)
    await loaded(lines, 120 * CHUNK)
    expect(lines.at(1)).toBeUndefined()
  })
})
