import { describe, expect, test } from 'vitest'
import { extend, parseRange, rangeHash } from './range'

describe('a link to lines', () => {
  test('names one line or several', () => {
    expect(parseRange('#L120')).toEqual({ first: 120, last: 120 })
    expect(parseRange('#L120-L140')).toEqual({ first: 120, last: 140 })
  })
  test('may be written backwards', () => expect(parseRange('#L140-L120')).toEqual({ first: 120, last: 140 }))
  test.each(['', '#', '#L', '#L0', '#L-5', '#L1-2', '#L1-Lx', '#L1 ', '#l1', '#L9999999999999999'])(
    'is nothing where it says %j', (hash) => expect(parseRange(hash)).toBeNull(),
  )
  test.each(['#L1', '#L7-L9'])('%s comes out as it went in', (hash) => expect(rangeHash(parseRange(hash)!)).toBe(hash))
})

describe('a click on a line’s number', () => {
  test('selects the line', () => expect(extend({ first: 1, last: 9 }, 4, false)).toEqual({ first: 4, last: 4 }))
  test('with shift extends what is selected, both ways', () => {
    expect(extend({ first: 5, last: 6 }, 9, true)).toEqual({ first: 5, last: 9 })
    expect(extend({ first: 5, last: 6 }, 2, true)).toEqual({ first: 2, last: 6 })
  })
  test('with shift and nothing selected selects the line', () => expect(extend(null, 4, true)).toEqual({ first: 4, last: 4 }))
})
