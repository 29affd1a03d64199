/** From definitions to a form and back: what each field shows, and the value that its text means. Pure. */
import type { Parameter, Value, Values } from '../api/client'

export type Field = 'text' | 'number' | 'switch' | 'select' | 'date' | 'secret'

/** A form holds texts, and true or false for a switch; null where nothing was given. */
export type Given = Record<string, string | boolean>

export function fieldOf(definition: Parameter): Field {
  switch (definition.type ?? 'string') {
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'switch'
    case 'choice':
      return 'select'
    case 'date':
      return 'date'
    case 'secret':
      return 'secret'
    default:
      return 'text'
  }
}

export function labelOf(definition: Parameter): string {
  return definition.label || definition.name
}

/** What the form shows at first: the job's values over the defaults, for what is still defined. */
export function givenFrom(definitions: Parameter[], values: Values): Given {
  return Object.fromEntries(
    definitions.map((definition) => {
      const value = own(values, definition.name) ?? definition.default ?? null
      return [definition.name, fieldOf(definition) === 'switch' ? value === true : value === null ? '' : String(value)]
    }),
  )
}

/** The values to send. What was cleared is sent as null, so that it clears a default or the job's value too. */
export function valuesFrom(definitions: Parameter[], given: Given): Values {
  return Object.fromEntries(definitions.map((one) => [one.name, valueOf(one, own(given, one.name) ?? '')]))
}

/** A parameter may be called `constructor`, which every object has. */
export function own<T>(record: Record<string, T>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** A text that is no number stays a text: the server says what is wrong with it. */
export function valueOf(definition: Parameter, given: string | boolean): Value {
  if (typeof given === 'boolean') return given
  if (given === '') return null
  const type = definition.type ?? 'string'
  const isNumber = type === 'integer' ? /^\s*[+-]?\d+\s*$/.test(given) : type === 'number' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(given)
  return isNumber && (type === 'number' || Number.isSafeInteger(Number(given))) ? Number(given) : given
}

/** Values that a source no longer declares. */
export function unknownValues(definitions: Parameter[], values: Values): string[] {
  const known = new Set(definitions.map((definition) => definition.name))
  return Object.keys(values).filter((name) => !known.has(name))
}
