/** Small parts that several pages show: the environment, the status, a time, what went wrong, what is not there yet. */
import { Alert, Badge, Button, CopyButton, Group, Loader, Stack, Text, Title, Tooltip } from '@mantine/core'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { asApiError, type Environment, type Execution } from '../api/client'
import { useEnvironment } from '../api/queries'
import { visible } from '../log/text'
import { texts } from '../texts'
import { duration, localTime, since, utcTime } from '../time'
import classes from './app.module.css'

const COLOURS: Record<string, string> = {
  amber: 'yellow', purple: 'grape', grey: 'gray', black: 'dark', brown: 'orange', turquoise: 'teal',
}
const KNOWN = ['red', 'pink', 'grape', 'violet', 'indigo', 'blue', 'cyan', 'teal', 'green', 'lime', 'yellow', 'orange', 'gray', 'dark']

/** The palette's name for an environment's colour. */
export function colourOf(environment: Environment | undefined): string {
  const colour = environment?.colour?.toLowerCase() ?? ''
  return KNOWN.find((known) => known === (COLOURS[colour] ?? colour)) ?? 'gray'
}

export function EnvironmentBadge({ id }: { id: string }) {
  const environment = useEnvironment(id)
  return (
    <span className={classes.environment} data-colour={colourOf(environment)}>
      {environment?.display_name ?? id}
    </span>
  )
}

/** Over a page that concerns a protected environment, in its colour. */
export function ProtectedBand({ id }: { id: string | null | undefined }) {
  const environment = useEnvironment(id)
  if (!environment?.protected) return null
  return (
    <div className={classes.band} data-colour={colourOf(environment)} role="note">
      {texts.environment.protected(environment.display_name)}
    </div>
  )
}

export function StatusBadge({ execution }: { execution: Pick<Execution, 'status'> & { cancel_requested_at?: string | null } }) {
  const stopping = execution.status === 'running' && execution.cancel_requested_at
  return (
    <Badge variant="default" className={classes.status} data-status={stopping ? 'stopping' : execution.status}>
      {stopping ? texts.status.stopping : texts.status[execution.status]}
    </Badge>
  )
}

/** Local time, with UTC where the pointer rests. */
export function Moment({ at, nowMs }: { at: string; nowMs?: number }) {
  return (
    <Tooltip label={utcTime(at)} withArrow>
      <time dateTime={at} tabIndex={0}>
        {nowMs === undefined ? localTime(at) : texts.ago(duration(since(at, nowMs)))}
      </time>
    </Tooltip>
  )
}

export function Copy({ text, what }: { text: string; what: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button size="compact-xs" variant="default" onClick={copy} aria-label={texts.copy(what)}>
          {copied ? texts.copied : texts.copyShort}
        </Button>
      )}
    </CopyButton>
  )
}

const TITLES: Record<number, string> = { 404: texts.notFound, 412: texts.form.changedMeanwhile }

export function Failure({ error, title }: { error: unknown; title?: string }) {
  if (!error) return null
  const { problem } = asApiError(error)
  return (
    <Alert color="red" role="alert" title={title ?? TITLES[problem.status] ?? texts.failed}>
      {visible(problem.detail)}
      {problem.status === 412 && (
        <Button size="compact-sm" variant="default" mt="xs" display="block" onClick={() => location.reload()}>
          {texts.form.showNow}
        </Button>
      )}
    </Alert>
  )
}

/** In place of a page that could not be read. */
export function FailedPage({ title, error }: { title: string; error: unknown }) {
  return (
    <>
      <PageHead title={title} />
      <Failure error={error} />
    </>
  )
}

export function Waiting() {
  return <Loader m="md" aria-label={texts.loading} />
}

export function Empty({ title, children, to, action, order = 2 }: { title: string; children: ReactNode; to?: string; action?: string; order?: 1 | 2 }) {
  return (
    <Stack align="flex-start" className={classes.empty} gap="xs">
      <Title order={order} size="h4">
        {title}
      </Title>
      <Text>{children}</Text>
      {to && action && (
        <Button component={Link} href={to}>
          {action}
        </Button>
      )}
    </Stack>
  )
}

export function PageHead({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <Group justify="space-between" mb="md" gap="sm">
      <Title order={1} size="h2" className={classes.title}>
        {typeof title === 'string' ? visible(title) : title}
      </Title>
      <Group gap="xs">{children}</Group>
    </Group>
  )
}
