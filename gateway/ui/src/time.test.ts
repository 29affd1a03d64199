import { describe, expect, test } from 'vitest'
import { clockTime, duration, localTime, since, utcTime } from './time'

const S = 1000
const MIN = 60 * S
const H = 60 * MIN
const AT = '2026-11-25T17:08:31.123Z'

describe('a duration', () => {
  test.each([
    [0, '0 s'],
    [12 * S, '12 s'],
    [59.4 * S, '59 s'],
    [3 * MIN + 7 * S, '3 min 07 s'],
    [H + 2 * MIN + 59 * S, '1 h 02 min'],
    [25 * H, '1 d 01 h'],
  ])('of %d ms is said in its two largest units', (ms, text) => expect(duration(ms)).toBe(text))

  test('never says 60 s or 60 min', () => {
    expect(duration(59.6 * S)).toBe('1 min 00 s')
    expect(duration(H - 1)).toBe('1 h 00 min')
    expect(duration(24 * H - 1)).toBe('1 d 00 h')
  })
  test('is never negative', () => expect(duration(-5 * S)).toBe('0 s'))
})

describe('a moment', () => {
  test('is shown in the reader’s own time zone', () => {
    expect(clockTime(AT, 'America/Sao_Paulo')).toBe('14:08:31.123')
    expect(clockTime('2026-11-25T23:30:00.000Z', 'Europe/Berlin')).toBe('00:30:00.000')
    expect(localTime(AT, 'America/Sao_Paulo')).toMatch(/\b0?2:08:31|14:08:31/)
  })
  test('is given in UTC to the millisecond', () => expect(utcTime(AT)).toBe('2026-11-25 17:08:31.123 UTC'))
  test('that the other clock has not reached yet is zero ago', () => {
    expect(since(AT, Date.parse(AT) + 1500)).toBe(1500)
    expect(since(AT, Date.parse(AT) - 1500)).toBe(0)
  })
})
