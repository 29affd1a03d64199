/** Times and durations as people read them. Pure. */
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `1 h 02 min`, `3 min 07 s`, `12 s`: the two largest units. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.round(ms / SECOND) * SECOND)
  const part = (size: number, of: number) => Math.floor((total % of) / size)
  const two = (number: number) => String(number).padStart(2, '0')
  if (total >= DAY) return `${Math.floor(total / DAY)} d ${two(part(HOUR, DAY))} h`
  if (total >= HOUR) return `${Math.floor(total / HOUR)} h ${two(part(MINUTE, HOUR))} min`
  if (total >= MINUTE) return `${Math.floor(total / MINUTE)} min ${two(part(SECOND, MINUTE))} s`
  return `${total / SECOND} s`
}

/** In the reader's own time zone and order: `25 Nov 2026, 17:08:31`. */
export function localTime(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(new Date(iso))
}

/** The time of day to the millisecond, for a line of the log. */
export function clockTime(iso: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3, timeZone,
  }).format(new Date(iso))
}

/** `2026-11-25 17:08:31.123 UTC`. */
export function utcTime(iso: string): string {
  return `${iso.replace('T', ' ').replace('Z', '')} UTC`
}

/** How long ago, by the given clock; never negative. */
export function since(iso: string, nowMs: number): number {
  return Math.max(0, nowMs - Date.parse(iso))
}
