/** The list of a source's parameters: add, remove, reorder, and everything that is said of each. */
import { Button, Checkbox, Group, NativeSelect, SimpleGrid, Stack, TagsInput, Text, TextInput } from '@mantine/core'
import forms from '../forms/forms.module.css'
import { visible } from '../log/text'
import { texts } from '../texts'
import { emptyDraft, moved, type Draft } from './definitions'

const TYPES: Draft['type'][] = ['string', 'integer', 'number', 'boolean', 'choice', 'date', 'secret']
const words = texts.definition

interface Props {
  drafts: Draft[]
  onChange: (drafts: Draft[]) => void
  /** By the field's name in the API, `parameters.0.name`. */
  errors: Record<string, string>
}

export function DefinitionEditor({ drafts, onChange, errors }: Props) {
  return (
    <Stack>
      {drafts.map((draft, index) => (
        <fieldset key={draft.key} className={forms.card}>
          <legend>{visible(draft.label || draft.name) || words.unnamed(index + 1)}</legend>
          <OneDefinition
            draft={draft}
            onChange={(part) => onChange(drafts.map((one) => (one === draft ? { ...one, ...part } : one)))}
            error={(field) => errors[`parameters.${index}.${field}`]}
          />
          <Group gap="xs" mt="sm">
            <Button size="compact-xs" variant="default" disabled={index === 0} onClick={() => onChange(moved(drafts, index, index - 1))}>
              {words.up}
            </Button>
            <Button size="compact-xs" variant="default" disabled={index === drafts.length - 1} onClick={() => onChange(moved(drafts, index, index + 1))}>
              {words.down}
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => onChange(drafts.filter((one) => one !== draft))}>
              {words.remove}
            </Button>
          </Group>
        </fieldset>
      ))}
      {errors.parameters && <Text c="red">{errors.parameters}</Text>}
      <Button variant="default" onClick={() => onChange([...drafts, emptyDraft()])}>
        {words.add}
      </Button>
    </Stack>
  )
}

interface OneProps {
  draft: Draft
  onChange: (part: Partial<Draft>) => void
  error: (field: string) => string | undefined
}

function OneDefinition({ draft, onChange, error }: OneProps) {
  const text = (field: 'name' | 'label' | 'default' | 'min' | 'max' | 'help' | 'flag') => ({
    label: words[field],
    value: draft[field],
    error: error(field),
    onChange: (event: { currentTarget: { value: string } }) => onChange({ [field]: event.currentTarget.value }),
  })
  const ranged = ['string', 'integer', 'number'].includes(draft.type)
  const asArgument = draft.type !== 'secret' && draft.pass_as === 'argument'
  return (
    <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
      <TextInput {...text('name')} withAsterisk />
      <TextInput {...text('label')} />
      <NativeSelect
        label={words.type}
        value={draft.type}
        data={TYPES.map((type) => ({ value: type, label: words.types[type] }))}
        onChange={(event) => onChange({ type: event.currentTarget.value as Draft['type'], default: '' })}
      />
      <Default draft={draft} text={text('default')} onChange={onChange} />
      {draft.type === 'choice' && (
        <TagsInput label={words.choices} description={words.choicesHow} value={draft.choices} onChange={(choices) => onChange({ choices })} error={error('choices')} />
      )}
      {ranged && <TextInput {...text('min')} label={draft.type === 'string' ? words.minLength : words.min} inputMode="decimal" />}
      {ranged && <TextInput {...text('max')} label={draft.type === 'string' ? words.maxLength : words.max} inputMode="decimal" />}
      <TextInput {...text('help')} />
      {draft.type !== 'secret' && (
        <NativeSelect
          label={words.passAs}
          value={draft.pass_as}
          data={[
            { value: 'argument', label: words.argument },
            { value: 'environment', label: words.variable },
          ]}
          onChange={(event) => onChange({ pass_as: event.currentTarget.value as Draft['pass_as'] })}
        />
      )}
      {asArgument && !draft.positional && <TextInput {...text('flag')} placeholder={`--${draft.name || 'name'}`} />}
      <Group>
        <Checkbox label={words.required} checked={draft.required} onChange={(event) => onChange({ required: event.currentTarget.checked })} />
        {asArgument && <Checkbox label={words.positional} checked={draft.positional} onChange={(event) => onChange({ positional: event.currentTarget.checked })} />}
      </Group>
    </SimpleGrid>
  )
}

function Default({ draft, text, onChange }: { draft: Draft; text: object & { label: string; value: string; error?: string }; onChange: OneProps['onChange'] }) {
  if (draft.type === 'date') return <TextInput {...text} type="date" />
  if (draft.type !== 'boolean' && draft.type !== 'choice') return <TextInput {...text} />
  const choices = draft.type === 'boolean' ? ['true', 'false'] : draft.choices
  return (
    <NativeSelect
      label={text.label}
      error={text.error}
      value={text.value}
      data={[{ value: '', label: texts.form.nothingChosen }, ...choices.map((choice) => ({ value: choice, label: visible(choice) }))]}
      onChange={(event) => onChange({ default: event.currentTarget.value })}
    />
  )
}
