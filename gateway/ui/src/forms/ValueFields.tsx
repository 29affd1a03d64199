/** The form that a source's definitions make: one labelled field each, with its error beside it. */
import { Checkbox, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import type { Environment, Parameter } from '../api/client'
import { visible } from '../log/text'
import { texts } from '../texts'
import { fieldOf, labelOf, own, type Given } from './values'

const LONG_TEXT = 80

interface Props {
  definitions: Parameter[]
  given: Given
  onChange: (given: Given) => void
  /** By the field's name in the API, `parameters.practitioner_id`. */
  errors: Record<string, string>
  prefix?: string
  environment?: Environment
}

export function ValueFields({ definitions, given, onChange, errors, prefix = 'parameters', environment }: Props) {
  if (!definitions.length) return <p>{texts.form.noParameters}</p>
  return (
    <Stack gap="sm">
      {definitions.map((definition, index) => (
        <ValueField
          key={`${index} ${definition.name}`}
          definition={definition}
          value={own(given, definition.name) ?? ''}
          onChange={(value) => onChange({ ...given, [definition.name]: value })}
          error={errors[`${prefix}.${definition.name}`]}
          secrets={environment?.secrets}
        />
      ))}
    </Stack>
  )
}

interface FieldProps {
  definition: Parameter
  value: string | boolean
  onChange: (value: string | boolean) => void
  error: string | undefined
  secrets: string[] | undefined
}

function ValueField({ definition, value, onChange, error, secrets }: FieldProps) {
  const text = typeof value === 'string' ? value : ''
  const onText = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value)
  const shared = {
    label: visible(labelOf(definition)),
    description: definition.help ? visible(definition.help) : undefined,
    error,
    withAsterisk: definition.required,
    'aria-required': definition.required || undefined,
    name: definition.name,
    autoComplete: 'off',
  }
  switch (fieldOf(definition)) {
    case 'switch':
      return (
        <Checkbox
          label={shared.label}
          description={shared.description}
          error={error}
          name={definition.name}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      )
    case 'select':
      return <NativeSelect {...shared} value={text} onChange={onText} data={withEmpty(definition.choices ?? [])} />
    case 'secret':
      return secrets ? (
        <NativeSelect {...shared} description={shared.description ?? texts.form.secret} value={text} onChange={onText} data={withEmpty(secrets.includes(text) || !text ? secrets : [...secrets, text])} />
      ) : (
        <TextInput {...shared} description={shared.description ?? texts.form.secret} value={text} onChange={onText} />
      )
    case 'date':
      return <TextInput {...shared} type="date" max="9999-12-31" value={text} onChange={onText} />
    case 'number':
      return <TextInput {...shared} inputMode={definition.type === 'integer' ? 'numeric' : 'decimal'} value={text} onChange={onText} />
    default:
      return text.length > LONG_TEXT || text.includes('\n') || (definition.max ?? 0) > 200 ? (
        <Textarea {...shared} autosize maxRows={12} value={text} onChange={onText} />
      ) : (
        <TextInput {...shared} value={text} onChange={onText} />
      )
  }
}

function withEmpty(choices: string[]) {
  return [{ value: '', label: texts.form.nothingChosen }, ...[...new Set(choices)].map((choice) => ({ value: choice, label: visible(choice) }))]
}
