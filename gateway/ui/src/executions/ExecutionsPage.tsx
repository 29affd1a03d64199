/** All executions, by job, environment and status. */
import { NativeSelect } from '@mantine/core'
import { useEnvironments, useExecutions, useJob, useJobs } from '../api/queries'
import { useFilter } from '../app/lists'
import { Empty, PageHead } from '../app/parts'
import { useTitle } from '../app/Shell'
import { visible } from '../log/text'
import { texts } from '../texts'
import { ExecutionsTable } from './ExecutionsTable'

const STATUSES = ['running', 'completed', 'failed'] as const

export function ExecutionsPage() {
  useTitle(texts.executions.title)
  const filter = useFilter()
  const environments = useEnvironments()
  const jobs = useJobs({ include_inactive: true, limit: 500 })
  const jobId = filter.number('job')
  const chosen = useJob(jobId ?? null)
  const any = useExecutions({ limit: 1 })
  const options = new Map(jobs.data?.items.map((job) => [job.id, job.name]))
  if (chosen.data) options.set(chosen.data.id, chosen.data.name)
  const status = STATUSES.find((one) => one === filter.text('status'))
  return (
    <>
      <PageHead title={texts.executions.title}>
        <NativeSelect
          aria-label={texts.executions.job}
          value={jobId === undefined ? '' : String(jobId)}
          data={[{ value: '', label: texts.executions.allJobs }, ...[...options].map(([id, name]) => ({ value: String(id), label: visible(name) }))]}
          onChange={(event) => filter.set('job', event.currentTarget.value)}
        />
        <NativeSelect
          aria-label={texts.executions.environment}
          value={filter.text('environment')}
          data={[
            { value: '', label: texts.executions.allEnvironments },
            ...(environments.data?.items ?? []).map((one) => ({ value: one.id, label: one.display_name })),
          ]}
          onChange={(event) => filter.set('environment', event.currentTarget.value)}
        />
        <NativeSelect
          aria-label={texts.executions.status}
          value={status ?? ''}
          data={[{ value: '', label: texts.executions.allStatuses }, ...STATUSES.map((one) => ({ value: one, label: texts.status[one] }))]}
          onChange={(event) => filter.set('status', event.currentTarget.value)}
        />
      </PageHead>
      {any.data?.total === 0 ? (
        <Empty title={texts.executions.none} to="/jobs" action={texts.executions.toJobs}>
          {texts.executions.noneWhy}
        </Empty>
      ) : (
        <ExecutionsTable
          filter={{ job_id: jobId, environment_id: filter.text('environment') || undefined, status, cursor: filter.number('cursor') }}
          onCursor={(cursor) => filter.set('cursor', cursor)}
        />
      )}
    </>
  )
}
