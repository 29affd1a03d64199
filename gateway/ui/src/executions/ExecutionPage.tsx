/** The monitor of one execution: status, progress, result, the log; stop it, run it again. Told to the tab as well. */
import { Alert, Button, Group, Stack } from '@mantine/core'
import { useEffect } from 'react'
import { Link } from 'wouter'
import type { Execution } from '../api/client'
import { useExecution } from '../api/queries'
import { EnvironmentBadge, FailedPage, PageHead, ProtectedBand, StatusBadge, Waiting } from '../app/parts'
import { useTitle } from '../app/Shell'
import { useNow } from '../app/useNow'
import { LogView } from '../log/LogView'
import { visible } from '../log/text'
import { texts } from '../texts'
import { duration, since } from '../time'
import { Details } from './Details'
import { setFavicon } from './favicon'
import { ProgressPanel } from './ProgressPanel'
import { Result } from './Result'
import { Stop } from './Stop'

export function ExecutionPage({ id }: { id: number }) {
  const { data: execution, error } = useExecution(id)
  useTitle(execution ? tabTitle(execution) : texts.executions.number(id))
  const { status, progress } = execution ?? {}
  useEffect(() => {
    if (status !== undefined && progress !== undefined) setFavicon(status, progress)
  }, [status, progress])
  useEffect(() => () => setFavicon(null, 0), [])
  if (!execution) return error ? <FailedPage title={texts.executions.number(id)} error={error} /> : <Waiting />
  const again = `/jobs/${execution.job_id}/run?from=${execution.id}`
  return (
    <>
      <ProtectedBand id={execution.environment_id} />
      <PageHead title={<Link href={`/jobs/${execution.job_id}`}>{visible(execution.request.job)}</Link>}>
        {execution.status === 'running' ? (
          <Stop execution={execution} />
        ) : (
          <Button component={Link} href={again}>
            {texts.executions.again}
          </Button>
        )}
        <Button component={Link} variant="default" href={`${again}&edit=1`}>
          {texts.executions.editAndRun}
        </Button>
      </PageHead>
      <Stack>
        <Group gap="sm" role="status" aria-live="polite">
          <StatusBadge execution={execution} />
          <EnvironmentBadge id={execution.environment_id} />
          <span>{texts.executions.number(execution.id)}</span>
          <span>{execution.phase ? texts.phase[execution.phase] : texts.outcome[execution.result_summary?.outcome ?? 'succeeded'].long}</span>
        </Group>
        <Trouble execution={execution} />
        <ProgressPanel execution={execution} />
        {execution.result_summary && <Result summary={execution.result_summary} />}
        <Details execution={execution} />
        <LogView key={execution.id} execution={execution} />
      </Stack>
    </>
  )
}

/** What an operator has to know while it lasts: the host cannot be reached, stopping is not confirmed. */
function Trouble({ execution }: { execution: Execution }) {
  const now = useNow(execution.status === 'running', true)
  if (execution.status !== 'running') return null
  const { unreachable_since: away, cancel_requested_at: asked } = execution
  return (
    <>
      {away && (
        <Alert color="yellow" role="alert" title={texts.executions.unreachable(duration(since(away, now)))}>
          {visible(execution.unreachable_reason ?? '')} {texts.executions.unreachableMeans}
        </Alert>
      )}
      {asked && (
        <Alert color="yellow" title={texts.executions.stopping(duration(since(asked, now)))}>
          {visible(execution.cancel_note ?? texts.executions.stoppingMeans)}
        </Alert>
      )}
    </>
  )
}

function tabTitle(execution: Execution): string {
  const what = execution.status === 'running' ? `${execution.progress} %` : texts.status[execution.status]
  return `${what} · ${execution.request.job}`
}
