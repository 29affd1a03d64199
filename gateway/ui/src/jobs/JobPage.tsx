/** One job: its name and values, by a form made from its source; its history; duplicate, delete, run. */
import { Button, NativeSelect, Stack, Switch, Text, Textarea, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { api, ask, asSeen, type Job, type Source } from '../api/client'
import { useJob, useSource, useSources } from '../api/queries'
import { ConfirmDelete } from '../app/ConfirmDelete'
import { FailedPage, Failure, PageHead, Waiting } from '../app/parts'
import { useTitle } from '../app/Shell'
import { ExecutionsTable } from '../executions/ExecutionsTable'
import forms from '../forms/forms.module.css'
import { useSaving } from '../forms/useSaving'
import { ValueFields } from '../forms/ValueFields'
import { givenFrom, unknownValues, valuesFrom } from '../forms/values'
import { visible } from '../log/text'
import { texts } from '../texts'

export function JobPage({ id }: { id: number }) {
  const job = useJob(id)
  const source = useSource(job.data?.source_id ?? null)
  useTitle(job.data?.name ?? texts.jobs.title)
  // What was cached may be older; what is changed elsewhere later does not take away what is being typed here.
  if (job.data && job.isFetchedAfterMount && source.data) return <JobForm key={id} job={job.data} source={source.data} template={job.data} />
  return job.error ?? source.error ? <FailedPage title={texts.jobs.title} error={job.error ?? source.error} /> : <Waiting />
}

/** From a chosen source, or with the values of another job (`?copy=7`). */
export function NewJobPage() {
  useTitle(texts.jobs.add)
  const [params, setParams] = useSearchParams()
  const copied = useJob(numberOf(params.get('copy')))
  const sourceId = numberOf(params.get('source')) ?? copied.data?.source_id ?? null
  const sources = useSources({ limit: 500 })
  const source = useSource(sourceId)
  const waiting = sources.isPending || (params.has('copy') && copied.isPending) || (sourceId !== null && source.isPending)
  return (
    <>
      {sourceId === null && <PageHead title={texts.jobs.add} />}
      <Failure error={sources.error ?? copied.error ?? source.error} />
      <NativeSelect
        label={texts.jobs.source}
        mb="md"
        maw={420}
        withAsterisk
        value={sourceId === null ? '' : String(sourceId)}
        data={[
          { value: '', label: texts.form.nothingChosen },
          ...(sources.data?.items ?? []).map((one) => ({ value: String(one.id), label: visible(one.display_name) })),
        ]}
        onChange={(event) => setParams({ source: event.currentTarget.value }, { replace: true })}
      />
      {waiting && <Waiting />}
      {!waiting && source.data && <JobForm key={source.data.id} job={null} source={source.data} template={copied.data ?? null} />}
    </>
  )
}

interface FormProps {
  job: Job | null
  source: Source
  /** Whose values the form begins with. */
  template: Job | null
}

function JobForm({ job, source, template }: FormProps) {
  const [name, setName] = useState(job?.name ?? (template ? texts.jobs.copyOf(template.name) : ''))
  const [description, setDescription] = useState(template?.description ?? '')
  const [isActive, setIsActive] = useState(job?.is_active ?? true)
  const [given, setGiven] = useState(() => givenFrom(source.parameters, template?.parameters ?? {}))
  const [seen] = useState(job)
  const { failure, errors, saving, act } = useSaving('jobs')
  const [deleting, setDeleting] = useState(false)
  const dropped = unknownValues(source.parameters, template?.parameters ?? {})

  const save = (then: (saved: Job) => string) => {
    const values = Object.entries(valuesFrom(source.parameters, given)).filter(([, value]) => value !== null)
    const body = { name, description: description || null, parameters: Object.fromEntries(values), is_active: isActive }
    return act(async () => {
      const saved = await (job
        ? ask(api.PUT('/migration-jobs/{id}', { params: { path: { id: job.id }, header: asSeen(seen) }, body }))
        : ask(api.POST('/migration-jobs', { body: { ...body, source_id: source.id } })))
      return then(saved)
    }, texts.saved)
  }
  const remove = async () => {
    await act(async () => {
      await ask(api.DELETE('/migration-jobs/{id}', { params: { path: { id: job?.id ?? 0 } } }))
      return '/jobs'
    }, texts.deleted, true)
    setDeleting(false)
  }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void save(() => '/jobs')
      }}
    >
      <PageHead title={job?.name ?? texts.jobs.addFrom(source.display_name)}>
        {job && (
          <>
            <Button variant="default" onClick={() => setDeleting(true)}>
              {texts.delete}
            </Button>
            <Button variant="default" component={Link} href={`/jobs/new?copy=${job.id}`}>
              {texts.jobs.duplicate}
            </Button>
          </>
        )}
        <Button type="submit" variant="default" loading={saving}>
          {texts.save}
        </Button>
        <Button loading={saving} onClick={() => void save((saved) => `/jobs/${saved.id}/run`)}>
          {texts.jobs.saveAndRun}
        </Button>
      </PageHead>
      {failure && <Failure error={failure} title={failure.problem.errors.length ? texts.form.wrong : undefined} />}
      <div className={forms.columns}>
        <Stack>
          <TextInput label={texts.jobs.nameLabel} withAsterisk value={name} error={errors.name} onChange={(event) => setName(event.currentTarget.value)} />
          <Textarea label={texts.description} autosize minRows={2} value={description} error={errors.description} onChange={(event) => setDescription(event.currentTarget.value)} />
          {job && <Switch label={texts.jobs.isActive} checked={isActive} onChange={(event) => setIsActive(event.currentTarget.checked)} />}
        </Stack>
        <section className={forms.card} aria-label={texts.jobs.values}>
          <Title order={2} size="h4" mb="sm">
            {texts.jobs.values}
          </Title>
          {dropped.length > 0 && (
            <Text size="sm" mb="sm">
              {texts.jobs.dropped(visible(dropped.join(', ')))}
            </Text>
          )}
          <ValueFields definitions={source.parameters} given={given} onChange={setGiven} errors={errors} />
        </section>
      </div>
      {job && (
        <>
          <Title order={2} size="h4" mt="xl" mb="sm">
            {texts.jobs.history}
          </Title>
          <ExecutionsTable filter={{ job_id: job.id, limit: 20 }} without="job" />
        </>
      )}
      <ConfirmDelete
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={texts.jobs.deleteTitle(name)}
        consequence={job?.last_execution ? texts.jobs.deactivates : texts.jobs.deletes}
        deactivates={!!job?.last_execution}
        busy={saving}
        onConfirm={() => void remove()}
      />
    </form>
  )
}

function numberOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}
