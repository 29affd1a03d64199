import { describe, expect, test } from 'vitest'
import type { Parameter } from '../api/client'
import { definitionOf, draftOf, emptyDraft, moved } from './definitions'

const draft = (part: object) => ({ ...emptyDraft(), name: 'x', ...part })

describe('a definition', () => {
  test.each<Parameter>([
    { name: 'a', label: 'A', type: 'string', required: true, default: 'x', choices: null, min: 1, max: 9, help: 'h', flag: '-a', pass_as: 'argument' },
    { name: 'b', label: null, type: 'integer', required: false, default: 0, choices: null, min: 0, max: null, help: null, flag: null, pass_as: 'environment' },
    { name: 'c', label: null, type: 'number', required: false, default: -1.5, choices: null, min: null, max: 0.5, help: null, flag: null, pass_as: 'argument' },
    { name: 'd', label: null, type: 'boolean', required: false, default: false, choices: null, min: null, max: null, help: null, flag: null, pass_as: 'argument' },
    { name: 'e', label: null, type: 'choice', required: false, default: 'q', choices: ['p', 'q'], min: null, max: null, help: null, flag: '', pass_as: 'argument' },
    { name: 'f', label: null, type: 'date', required: false, default: '2026-01-31', choices: null, min: null, max: null, help: null, flag: null, pass_as: 'argument' },
    { name: 'g', label: null, type: 'secret', required: true, default: null, choices: null, min: null, max: null, help: null, flag: null, pass_as: 'argument' },
  ])('of type $type comes out of the editor as it went in', (definition) =>
    expect(definitionOf(draftOf(definition))).toEqual(definition))

  test('leaves out what its type does not have', () => {
    const sent = definitionOf(draft({ type: 'date', choices: ['a'], min: '1', max: '2' }))
    expect(sent).toMatchObject({ choices: null, min: null, max: null })
  })
  test('sends a default that is no number as it is, so that the server names the error', () =>
    expect(definitionOf(draft({ type: 'integer', default: 'ten' })).default).toBe('ten'))
  test('sends a bound that is no number too, and never leaves it out silently', () => {
    expect(definitionOf(draft({ type: 'integer', min: 'one', max: ' ' }))).toMatchObject({ min: 'one', max: null })
    expect(definitionOf(draft({ type: 'number', min: '-0.5' })).min).toBe(-0.5)
  })
  test('keeps a number that is text', () => expect(definitionOf(draft({ default: '42' })).default).toBe('42'))
  test('without a flag, by its place, says so by an empty one', () => {
    expect(definitionOf(draft({ positional: true, flag: '-x' })).flag).toBe('')
    expect(definitionOf(draft({ flag: '' })).flag).toBeNull()
  })
})

test('each draft has a key of its own', () => expect(emptyDraft().key).not.toBe(emptyDraft().key))

test('moving changes the order only, and not the list that was given', () => {
  const list = ['a', 'b', 'c']
  expect([moved(list, 0, 1), moved(list, 2, 0)]).toEqual([['b', 'a', 'c'], ['c', 'a', 'b']])
  expect(list).toEqual(['a', 'b', 'c'])
})
