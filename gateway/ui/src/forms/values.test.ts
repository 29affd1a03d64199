import { describe, expect, test } from 'vitest'
import type { Parameter } from '../api/client'
import { fieldOf, givenFrom, labelOf, unknownValues, valueOf, valuesFrom } from './values'

const defined = (part: Partial<Parameter>): Parameter => ({
  name: 'text', label: null, type: 'string', required: false, default: null, choices: null,
  min: null, max: null, help: null, flag: null, pass_as: 'argument', ...part,
})
const string = defined({})
const integer = defined({ name: 'count', type: 'integer' })
const number = defined({ name: 'rate', type: 'number' })
const boolean = defined({ name: 'dry', type: 'boolean' })

describe('the form from definitions', () => {
  test.each([
    ['string', 'text'], ['integer', 'number'], ['number', 'number'],
    ['boolean', 'switch'], ['choice', 'select'], ['date', 'date'], ['secret', 'secret'],
  ] as const)('has for a %s a field of its own kind', (type, field) => expect(fieldOf(defined({ type }))).toBe(field))

  test('is labelled by the label, else by the name', () => {
    expect(labelOf(defined({ name: 'since', label: 'Since' }))).toBe('Since')
    expect(labelOf(defined({ name: 'since', label: '' }))).toBe('since')
  })
  test('begins with the job’s values over the defaults', () => {
    const definitions = [{ ...string, default: 'a' }, { ...integer, default: 7 }, { ...boolean, default: true }]
    expect(givenFrom(definitions, {})).toEqual({ text: 'a', count: '7', dry: true })
    expect(givenFrom(definitions, { text: 'b', count: 0, dry: false })).toEqual({ text: 'b', count: '0', dry: false })
  })
  test('is empty where nothing was given, and shows nothing that is no longer defined', () =>
    expect(givenFrom([string, boolean], { gone: 'x' })).toEqual({ text: '', dry: false }))
  test.each(['constructor', 'toString', '__proto__'])('takes %s for a name like any other', (name) => {
    expect(Object.entries(givenFrom([defined({ name })], {}))).toEqual([[name, '']])
    expect(Object.entries(valuesFrom([defined({ name })], {}))).toEqual([[name, null]])
    const given = givenFrom([defined({ name })], JSON.parse(`{"${name}": "x"}`))
    expect(Object.entries(valuesFrom([defined({ name })], given))).toEqual([[name, 'x']])
    expect(unknownValues([], JSON.parse(`{"${name}": "x"}`))).toEqual([name])
  })
})

describe('the value that a field’s text means', () => {
  test('is nothing where the field was cleared, which is not the empty text', () => {
    expect(valueOf(string, '')).toBeNull()
    expect(valueOf(string, ' ')).toBe(' ')
  })
  test.each([['42', 42], [' -7 ', -7], ['+3', 3], ['007', 7]])('%j is a whole number', (text, value) =>
    expect(valueOf(integer, text)).toBe(value))
  test.each(['4.5', '1e3', '0x10', 'abc', '1 000', '9007199254740993'])(
    '%j is no whole number that survives, so the server judges the text', (text) => expect(valueOf(integer, text)).toBe(text))
  test.each([['4.5', 4.5], ['.5', 0.5], ['5.', 5], ['-1e-3', -0.001]])('%j is a number', (text, value) =>
    expect(valueOf(number, text)).toBe(value))
  test.each(['1,5', 'NaN', 'Infinity', '0x10', '--1'])('%j is no number', (text) => expect(valueOf(number, text)).toBe(text))
  test('of a switch is yes or no', () => {
    expect(valueOf(boolean, true)).toBe(true)
    expect(valueOf(boolean, false)).toBe(false)
  })
  test('is kept as text where only text is asked for', () => expect(valueOf(string, '42')).toBe('42'))
})

test('what is sent has every defined value, cleared ones as null, and nothing else', () =>
  expect(valuesFrom([string, integer], { count: '5', gone: 'x' })).toEqual({ text: null, count: 5 }))

test('values that a source no longer declares are named', () =>
  expect(unknownValues([string], { text: 'a', gone: 1 })).toEqual(['gone']))
