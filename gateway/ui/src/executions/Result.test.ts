import { expect, test } from 'vitest'
import { addsUp } from './Result'

const row = (read: number | null, migrated: number | null, skipped: number | null, failed: number | null) => ({ read, migrated, skipped, failed })

test.each([row(10, 7, 2, 1), row(0, 0, 0, 0), row(10, 10, 0, 0)])('%o adds up', (counts) => expect(addsUp(counts)).toBe(true))

test.each([row(10, 7, 2, 0), row(10, 9, 2, 1), row(0, 1, 0, 0)])('%o does not add up', (counts) =>
  expect(addsUp(counts)).toBe(false))

test('what is not known is not held against the sum', () => {
  expect(addsUp(row(null, 7, 2, 1))).toBe(true)
  expect(addsUp(row(10, null, 2, 1))).toBe(true)
  expect(addsUp(row(10, 7, null, null))).toBe(true)
})

test('but more than was read is too much, whatever is not known', () => {
  expect(addsUp(row(10, 11, null, null))).toBe(false)
  expect(addsUp(row(10, 9, 2, null))).toBe(false)
})
