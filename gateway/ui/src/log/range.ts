/** Links to lines: `#L120`, `#L120-L140`. Pure. */
export interface Range {
  first: number
  last: number
}

export function parseRange(hash: string): Range | null {
  const found = /^#L(\d{1,15})(?:-L(\d{1,15}))?$/.exec(hash)
  if (!found) return null
  const [first, last] = [Number(found[1]), Number(found[2] ?? found[1])].sort((a, b) => a - b) as [number, number]
  return first > 0 ? { first, last } : null
}

export function rangeHash({ first, last }: Range): string {
  return first === last ? `#L${first}` : `#L${first}-L${last}`
}

/** What a click on a line's number selects: with shift, everything from the selection to it. */
export function extend(range: Range | null, seq: number, shift: boolean): Range {
  if (!shift || !range) return { first: seq, last: seq }
  return { first: Math.min(range.first, seq), last: Math.max(range.last, seq) }
}
