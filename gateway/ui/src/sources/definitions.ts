/** Definitions in the making: an editor's list and what it sends. Pure. */
import type { Parameter } from '../api/client'

/** As the editor holds it: numbers as they are typed, a key that stays while it is moved. */
export interface Draft {
  key: number
  name: string
  label: string
  type: NonNullable<Parameter['type']>
  required: boolean
  default: string
  choices: string[]
  min: string
  max: string
  help: string
  flag: string
  positional: boolean
  pass_as: NonNullable<Parameter['pass_as']>
}

let lastKey = 0

export function emptyDraft(): Draft {
  return {
    key: ++lastKey, name: '', label: '', type: 'string', required: false, default: '', choices: [],
    min: '', max: '', help: '', flag: '', positional: false, pass_as: 'argument',
  }
}

export function draftOf(definition: Parameter): Draft {
  return {
    ...emptyDraft(),
    name: definition.name,
    label: definition.label ?? '',
    type: definition.type ?? 'string',
    required: definition.required ?? false,
    default: definition.default == null ? '' : String(definition.default),
    choices: definition.choices ?? [],
    min: definition.min == null ? '' : String(definition.min),
    max: definition.max == null ? '' : String(definition.max),
    help: definition.help ?? '',
    flag: definition.flag ?? '',
    positional: definition.flag === '',
    pass_as: definition.pass_as ?? 'argument',
  }
}

export function definitionOf(draft: Draft): Parameter {
  const ranged = ['string', 'integer', 'number'].includes(draft.type)
  return {
    name: draft.name,
    label: draft.label || null,
    type: draft.type,
    required: draft.required,
    default: defaultOf(draft),
    choices: draft.type === 'choice' ? draft.choices : null,
    min: ranged ? boundOf(draft.min) : null,
    max: ranged ? boundOf(draft.max) : null,
    help: draft.help || null,
    flag: draft.positional ? '' : draft.flag || null,
    pass_as: draft.pass_as,
  }
}

export function moved<T>(list: T[], from: number, to: number): T[] {
  const next = [...list]
  next.splice(to, 0, ...next.splice(from, 1))
  return next
}

/** A text that is no number is sent as it is: the server names the error. */
function defaultOf(draft: Draft): Parameter['default'] {
  if (draft.default === '') return null
  if (draft.type === 'boolean') return draft.default === 'true'
  const number = numberOf(draft.default)
  return ['integer', 'number'].includes(draft.type) && number !== null ? number : draft.default
}

function boundOf(text: string): number | null {
  return text.trim() === '' ? null : (numberOf(text) ?? (text as unknown as number))
}

function numberOf(text: string): number | null {
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null
}
