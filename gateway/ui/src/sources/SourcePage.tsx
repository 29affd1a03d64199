/** One source: what it is, its parameters, and beside them the form and the command that an operator will get. */
import { Button, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { api, ask, asSeen, type Source } from '../api/client'
import { useSource } from '../api/queries'
import { ConfirmDelete } from '../app/ConfirmDelete'
import { FailedPage, Failure, PageHead, Waiting } from '../app/parts'
import { useTitle } from '../app/Shell'
import { CommandBox } from '../forms/CommandBox'
import forms from '../forms/forms.module.css'
import { usePreviewOfDrafts } from './usePreviewOfDrafts'
import { useSaving } from '../forms/useSaving'
import { ValueFields } from '../forms/ValueFields'
import { texts } from '../texts'
import { DefinitionEditor } from './DefinitionEditor'
import { definitionOf, draftOf, type Draft } from './definitions'

export function SourcePage({ id }: { id: number | null }) {
  const source = useSource(id)
  useTitle(id === null ? texts.sources.add : (source.data?.display_name ?? texts.sources.title))
  if (id === null) return <SourceForm source={null} />
  // What was cached may be older; what is changed elsewhere later does not take away what is being typed here.
  if (source.data && source.isFetchedAfterMount) return <SourceForm key={id} source={source.data} />
  return source.error ? <FailedPage title={texts.sources.title} error={source.error} /> : <Waiting />
}

function SourceForm({ source }: { source: Source | null }) {
  const [fields, setFields] = useState({
    name: source?.name ?? '',
    display_name: source?.display_name ?? '',
    description: source?.description ?? '',
    script_path: source?.script_path ?? '',
    is_active: source?.is_active ?? true,
  })
  const [drafts, setDrafts] = useState<Draft[]>(() => (source?.parameters ?? []).map(draftOf))
  const [seen] = useState(source)
  const { failure, errors, saving, act } = useSaving('sources')
  const [deleting, setDeleting] = useState(false)
  const preview = usePreviewOfDrafts(fields.script_path, drafts)
  const text = (field: 'name' | 'display_name' | 'description' | 'script_path') => ({
    value: fields[field],
    error: errors[field],
    onChange: (event: { currentTarget: { value: string } }) => setFields({ ...fields, [field]: event.currentTarget.value }),
  })
  const save = () => {
    const body = { ...fields, description: fields.description || null, parameters: drafts.map(definitionOf) }
    return act(async () => {
      await (source
        ? ask(api.PUT('/migration-sources/{id}', { params: { path: { id: source.id }, header: asSeen(seen) }, body }))
        : ask(api.POST('/migration-sources', { body })))
      return '/sources'
    }, texts.saved)
  }
  const remove = async () => {
    await act(async () => {
      await ask(api.DELETE('/migration-sources/{id}', { params: { path: { id: source?.id ?? 0 } } }))
      return '/sources'
    }, texts.deleted, true)
    setDeleting(false)
  }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <PageHead title={source ? source.display_name : texts.sources.add}>
        {source && (
          <Button variant="default" onClick={() => setDeleting(true)}>
            {texts.delete}
          </Button>
        )}
        <Button type="submit" loading={saving}>
          {texts.save}
        </Button>
      </PageHead>
      {failure && <Failure error={failure} title={failure.problem.errors.length ? texts.form.wrong : undefined} />}
      <div className={forms.columns}>
        <Stack>
          <TextInput label={texts.sources.displayName} description={texts.sources.displayNameHelp} withAsterisk {...text('display_name')} />
          <TextInput label={texts.sources.nameLabel} description={texts.sources.nameHelp} withAsterisk {...text('name')} />
          <TextInput label={texts.sources.script} description={texts.sources.scriptHelp} withAsterisk {...text('script_path')} />
          <Textarea label={texts.description} autosize minRows={2} {...text('description')} />
          {source && (
            <Switch label={texts.sources.isActive} checked={fields.is_active} onChange={(event) => setFields({ ...fields, is_active: event.currentTarget.checked })} />
          )}
          <Title order={2} size="h4">
            {texts.definition.title}
          </Title>
          <DefinitionEditor drafts={drafts} onChange={setDrafts} errors={errors} />
        </Stack>
        <section className={forms.card} aria-label={texts.sources.preview}>
          <Title order={2} size="h4" mb="xs">
            {texts.sources.preview}
          </Title>
          <Text size="sm" c="dimmed" mb="sm">
            {texts.sources.previewHelp}
          </Text>
          <ValueFields definitions={preview.definitions} given={preview.given} onChange={preview.setGiven} errors={preview.errors} prefix="values" />
          <div style={{ marginTop: 16 }}>
            <CommandBox command={preview.command} stale={preview.stale} />
          </div>
        </section>
      </div>
      <ConfirmDelete
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={texts.sources.deleteTitle(fields.display_name)}
        consequence={source?.job_count ? texts.sources.deactivates(source.job_count) : texts.sources.deletes}
        deactivates={!!source?.job_count}
        busy={saving}
        onConfirm={() => void remove()}
      />
    </form>
  )
}
