import { expect, test } from 'vitest'
import { faviconSvg } from './favicon'

const filled = (svg: string) => /stroke-dasharray="([\d.]+) /.exec(svg)?.[1]
const round = 2 * Math.PI * 12

test('the ring fills as the run goes on', () => {
  expect(Number(filled(faviconSvg('running', 0)))).toBe(0)
  expect(Number(filled(faviconSvg('running', 50)))).toBeCloseTo(round / 2, 1)
})

test('the ring is full at the end, however far it was, and its colour says how it ended', () => {
  expect(Number(filled(faviconSvg('failed', 30)))).toBeCloseTo(round, 1)
  const [running, completed, failed] = (['running', 'completed', 'failed'] as const).map((status) => faviconSvg(status, 100))
  expect(new Set([running, completed, failed]).size).toBe(3)
})
