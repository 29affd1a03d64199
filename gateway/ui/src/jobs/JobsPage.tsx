/** Jobs: what can be run, from which source, and how it last went. */
import { Button, Group, NativeSelect, Switch, Table, VisuallyHidden } from '@mantine/core'
import { Link } from 'wouter'
import type { Job } from '../api/client'
import { useJobs, useSources } from '../api/queries'
import { Pager, SearchBox, useFilter, useRowKeys } from '../app/lists'
import { Empty, EnvironmentBadge, Failure, Moment, PageHead, StatusBadge, Waiting } from '../app/parts'
import { useTitle } from '../app/Shell'
import { useNow } from '../app/useNow'
import { visible } from '../log/text'
import { texts } from '../texts'

export function JobsPage() {
  useTitle(texts.jobs.title)
  const filter = useFilter()
  const inactive = filter.text('inactive') === 'true'
  const sourceId = filter.number('source')
  const jobs = useJobs({ q: filter.text('q') || undefined, cursor: filter.number('cursor'), source_id: sourceId, include_inactive: inactive || undefined })
  const sources = useSources({ include_inactive: true, limit: 500 })
  const names = new Map(sources.data?.items.map((source) => [source.id, source.display_name]))
  const rows = useRowKeys()
  const filtered = filter.text('q') !== '' || sourceId !== undefined
  if (sources.data?.total === 0)
    return (
      <>
        <PageHead title={texts.jobs.title} />
        <Empty title={texts.jobs.noSources} to="/sources/new" action={texts.sources.add}>
          {texts.jobs.noSourcesWhy}
        </Empty>
      </>
    )
  return (
    <>
      <PageHead title={texts.jobs.title}>
        <SearchBox label={texts.jobs.search} value={filter.text('q')} onSearch={(text) => filter.set('q', text)} />
        <NativeSelect
          aria-label={texts.jobs.source}
          value={sourceId === undefined ? '' : String(sourceId)}
          data={[{ value: '', label: texts.jobs.allSources }, ...[...names].map(([id, name]) => ({ value: String(id), label: visible(name) }))]}
          onChange={(event) => filter.set('source', event.currentTarget.value)}
        />
        <Switch label={texts.list.inactive} checked={inactive} onChange={(event) => filter.set('inactive', event.currentTarget.checked ? 'true' : null)} />
        <Button component={Link} href={sourceId === undefined ? '/jobs/new' : `/jobs/new?source=${sourceId}`}>
          {texts.jobs.add}
        </Button>
      </PageHead>
      <Failure error={jobs.error} />
      {jobs.isPending && !jobs.error && <Waiting />}
      {jobs.data && !jobs.data.items.length && !filtered && (
        <Empty title={texts.jobs.none} to="/jobs/new" action={texts.jobs.add}>
          {texts.jobs.noneWhy}
        </Empty>
      )}
      {jobs.data && (jobs.data.items.length > 0 || filtered) && (
        <>
          <Table.ScrollContainer minWidth={560}>
            <Table highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{texts.jobs.name}</Table.Th>
                  <Table.Th>{texts.jobs.source}</Table.Th>
                  <Table.Th>{texts.jobs.last}</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>{texts.jobs.actions}</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody ref={rows}>
                {jobs.data.items.map((job) => (
                  <Table.Tr key={job.id}>
                    <Table.Td>
                      <Link href={`/jobs/${job.id}`} data-row>
                        {visible(job.name)}
                      </Link>
                      {!job.is_active && ` (${texts.inactive})`}
                    </Table.Td>
                    <Table.Td>{visible(names.get(job.source_id) ?? `#${job.source_id}`)}</Table.Td>
                    <Table.Td>
                      <LastExecution job={job} />
                    </Table.Td>
                    <Table.Td>
                      <Button component={Link} href={`/jobs/${job.id}/run`} size="compact-sm" variant="default" aria-label={texts.jobs.runJob(job.name)}>
                        {texts.jobs.run}
                      </Button>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Pager total={jobs.data.total} shown={jobs.data.items.length} next={jobs.data.next_cursor} cursor={filter.number('cursor')} onCursor={(cursor) => filter.set('cursor', cursor)} />
        </>
      )}
    </>
  )
}

function LastExecution({ job: { last_execution: last } }: { job: Job }) {
  const now = useNow(last !== null, true)
  if (!last) return texts.jobs.never
  return (
    <Group gap="xs" wrap="nowrap">
      <Link href={`/executions/${last.id}`} aria-label={`${texts.status[last.status]} ${texts.executions.number(last.id)}`}>
        <StatusBadge execution={last} />
      </Link>
      <EnvironmentBadge id={last.environment_id} />
      <Moment at={last.started_at} nowMs={now} />
    </Group>
  )
}
