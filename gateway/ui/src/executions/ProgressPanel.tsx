/** How far it is, who says so, how long it may take, and when it last said anything. */
import { Group, Progress, Text } from '@mantine/core'
import type { Execution } from '../api/client'
import { useNow } from '../app/useNow'
import { visible } from '../log/text'
import { texts } from '../texts'
import { duration, since } from '../time'
import classes from './executions.module.css'

const SILENT_MS = 60_000
const LONG_SILENT_MS = 10 * 60_000

export function ProgressPanel({ execution }: { execution: Execution }) {
  const running = execution.status === 'running'
  const now = useNow(running, true)
  const unknown = running && execution.progress_origin === null
  return (
    <div className={classes.progress}>
      <Progress.Root size="xl" className={classes.bar}>
        <Progress.Section
          value={unknown ? 100 : execution.progress}
          color={running ? 'blue' : execution.status === 'completed' ? 'green' : 'red'}
          striped={unknown && !!execution.script_started_at}
          animated={unknown && !!execution.script_started_at}
          className={unknown ? classes.unknown : undefined}
          aria-label={texts.progress.label}
          aria-valuenow={unknown ? undefined : execution.progress}
          aria-valuetext={unknown ? texts.progress.unknown : `${execution.progress} %`}
        />
      </Progress.Root>
      <Group gap="md" mt={6}>
        <Text fw={700} data-testid="percent">
          {unknown ? texts.progress.unknown : `${execution.progress} %`}
        </Text>
        {execution.progress_origin && <Text>{texts.progress.origin[execution.progress_origin]}</Text>}
        {execution.progress_message && <Text className={classes.message}>{visible(execution.progress_message)}</Text>}
        {running && execution.eta_seconds !== null && <Text>{texts.progress.eta(duration(execution.eta_seconds * 1000))}</Text>}
        <Text ml="auto">{timeText(execution, now)}</Text>
        {running && <LastOutput execution={execution} now={now} />}
      </Group>
    </div>
  )
}

function LastOutput({ execution, now }: { execution: Execution; now: number }) {
  const from = execution.last_output_at ?? execution.script_started_at
  if (!from) return null
  const silentMs = since(from, now)
  const text = execution.last_output_at ? texts.progress.lastOutput(duration(silentMs)) : texts.progress.noOutput(duration(silentMs))
  const level = silentMs > LONG_SILENT_MS ? 'long' : silentMs > SILENT_MS ? 'silent' : undefined
  return (
    <Text className={classes.lastOutput} data-level={level} data-testid="last-output">
      {text}
    </Text>
  )
}

function timeText(execution: Execution, now: number): string {
  if (execution.status !== 'running') return execution.duration_ms === null ? texts.progress.neverStarted : texts.progress.took(duration(execution.duration_ms))
  return execution.script_started_at
    ? texts.progress.runs(duration(since(execution.script_started_at, now)))
    : texts.progress.waits(duration(since(execution.started_at, now)))
}
