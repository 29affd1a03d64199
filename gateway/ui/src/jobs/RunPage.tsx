/**
 * Run a job: choose the environment, change values for this one run, see the exact command, start.
 * `?from=12` begins with what execution 12 ran with: ready to start again, or, with `&edit=1`, to be changed first.
 */
import { Alert, Button, NativeSelect, Stack, Text, TextInput, Title } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Link, useLocation, useSearchParams } from 'wouter'
import { api, type ApiError, ask, asApiError, fieldErrors, type Execution, type Job, type Source } from '../api/client'
import { useEnvironments, useExecution, useJob, useSource } from '../api/queries'
import { rememberName, useSession } from '../api/session'
import { FailedPage, Failure, PageHead, ProtectedBand, Waiting } from '../app/parts'
import { useTitle } from '../app/Shell'
import { CommandBox } from '../forms/CommandBox'
import forms from '../forms/forms.module.css'
import { useJobPreview } from '../forms/usePreview'
import { ValueFields } from '../forms/ValueFields'
import { givenFrom, valuesFrom } from '../forms/values'
import { texts } from '../texts'

export function RunPage({ id }: { id: number }) {
  const [params] = useSearchParams()
  const fromId = /^\d{1,15}$/.test(params.get('from') ?? '') ? Number(params.get('from')) : null
  const job = useJob(id)
  const source = useSource(job.data?.source_id ?? null)
  const from = useExecution(fromId)
  useTitle(texts.run.title(job.data?.name ?? ''))
  const failed = job.error ?? source.error ?? from.error
  if (failed) return <FailedPage title={texts.jobs.title} error={failed} />
  if (!job.data || !source.data || (fromId !== null && !from.data)) return <Waiting />
  return <RunForm key={id} job={job.data} source={source.data} from={from.data ?? null} edit={params.has('edit')} />
}

function RunForm({ job, source, from, edit }: { job: Job; source: Source; from: Execution | null; edit: boolean }) {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const session = useSession()
  const environments = useEnvironments()
  const [environmentId, setEnvironmentId] = useState(from?.environment_id ?? '')
  const [given, setGiven] = useState(() => givenFrom(source.parameters, from?.request.parameters ?? job.parameters))
  const [typedName, setTypedName] = useState('')
  const [who, setWho] = useState(session.name)
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [starting, setStarting] = useState(false)
  const environment = environments.data?.items.find((one) => one.id === environmentId)
  const body = {
    ...(environmentId ? { environment_id: environmentId } : {}),
    parameters: valuesFrom(source.parameters, given),
    executed_by: session.token ? null : who.trim() || null,
  }
  // One key for one intention: a second click, or a second try after no answer, starts nothing twice.
  const key = useMemo(() => crypto.randomUUID(), [JSON.stringify(body)])
  const { executed_by: _, ...previewed } = body
  const live = useJobPreview(job.id, previewed)
  const errors = { ...fieldErrors(live.preview?.errors), ...fieldErrors(failure?.problem.errors) }
  const confirmed = !environment?.protected || typedName.trim() === environment.display_name
  const isReady = environmentId !== '' && confirmed && !live.stale && !!live.preview?.command
  const ended = failure?.problem.running_execution_id

  const values = useRef<HTMLElement>(null)
  const go = useRef<HTMLButtonElement>(null)
  const canGo = useRef(isReady)
  useEffect(() => {
    if (edit) values.current?.querySelector<HTMLElement>('input, select, textarea')?.focus()
  }, [edit])
  useEffect(() => {
    if (isReady && !canGo.current && from && !edit) go.current?.focus()
    canGo.current ||= isReady
  }, [isReady, from, edit])

  const start = async () => {
    setStarting(true)
    try {
      const execution = await ask(
        api.POST('/migration-jobs/{id}/execute', { params: { path: { id: job.id }, header: { 'Idempotency-Key': key } }, body }),
      )
      if (!session.token) rememberName(who.trim())
      queries.setQueryData(['executions', execution.id], execution)
      void queries.invalidateQueries({ queryKey: ['jobs'] })
      navigate(`/executions/${execution.id}`)
    } catch (error) {
      setFailure(asApiError(error))
    } finally {
      setStarting(false)
    }
  }

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !starting) void start()
      }}
    >
      <ProtectedBand id={environmentId} />
      <PageHead title={texts.run.title(job.name)}>
        <Button component={Link} variant="default" href={from ? `/executions/${from.id}` : `/jobs/${job.id}`}>
          {texts.cancel}
        </Button>
      </PageHead>
      {failure && ended != null && (
        <Alert color="yellow" role="alert" title={texts.run.alreadyRunning}>
          <Link href={`/executions/${ended}`}>{texts.run.watchIt(ended)}</Link>
        </Alert>
      )}
      {failure && ended == null && <Failure error={failure} title={isRefused(failure) ? texts.run.notStarted : texts.run.notKnown} />}
      <Failure error={live.error ?? environments.error} />
      {['job_id', 'source_id', 'parameters'].map((field) => errors[field] && <Alert key={field} color="red" title={texts.run.cannot}>{errors[field]}</Alert>)}
      <div className={forms.columns}>
        <section ref={values} aria-label={texts.jobs.values}>
          <Title order={2} size="h4" mb="sm">
            {texts.run.values}
          </Title>
          <ValueFields definitions={source.parameters} given={given} onChange={setGiven} errors={errors} environment={environment} />
        </section>
        <Stack className={forms.card}>
          <NativeSelect
            label={texts.run.environment}
            withAsterisk
            value={environmentId}
            error={environmentId ? errors.environment_id : undefined}
            data={[
              { value: '', label: texts.run.chooseEnvironment },
              ...(environments.data?.items ?? []).map((one) => ({ value: one.id, label: texts.run.load(one.display_name, one.running, one.queued) })),
            ]}
            onChange={(event) => {
              setEnvironmentId(event.currentTarget.value)
              setTypedName('')
              setFailure(null)
            }}
          />
          {!session.token && <TextInput label={texts.run.who} description={texts.run.whoHelp} value={who} maxLength={200} error={errors.executed_by} onChange={(event) => setWho(event.currentTarget.value)} />}
          <CommandBox command={live.preview?.command} stale={live.stale} />
          {environment?.protected && (
            <TextInput
              label={texts.run.typeName(environment.display_name)}
              value={typedName}
              autoComplete="off"
              onChange={(event) => setTypedName(event.currentTarget.value)}
            />
          )}
          <Button ref={go} type="submit" size="md" loading={starting} disabled={!isReady}>
            {environment ? texts.run.start(environment.display_name) : texts.run.startNowhere}
          </Button>
          <Text size="sm" c="dimmed">
            {texts.run.once}
          </Text>
        </Stack>
      </div>
    </form>
  )
}

/** Else the request may have arrived, and only its answer is missing. */
function isRefused({ status }: ApiError): boolean {
  return status >= 400 && status < 500
}
