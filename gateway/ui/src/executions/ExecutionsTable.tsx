/** Executions in a table, the newest first. */
import { Table, Text } from '@mantine/core'
import { Link } from 'wouter'
import type { Execution } from '../api/client'
import { useExecutions, type ExecutionFilter } from '../api/queries'
import { Pager, useRowKeys } from '../app/lists'
import { EnvironmentBadge, Failure, Moment, StatusBadge, Waiting } from '../app/parts'
import { visible } from '../log/text'
import { texts } from '../texts'
import { duration } from '../time'

interface Props {
  filter: ExecutionFilter
  without?: 'job'
  onCursor?: (cursor: string | null) => void
}

export function ExecutionsTable({ filter, without, onCursor }: Props) {
  const executions = useExecutions(filter)
  const rows = useRowKeys()
  if (executions.error && !executions.data) return <Failure error={executions.error} />
  if (!executions.data) return <Waiting />
  const { items, total, next_cursor: next } = executions.data
  if (!items.length) return <Text>{texts.executions.noneHere}</Text>
  return (
    <>
      <Table.ScrollContainer minWidth={620}>
        <Table highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{texts.executions.id}</Table.Th>
              {without !== 'job' && <Table.Th>{texts.executions.job}</Table.Th>}
              <Table.Th>{texts.executions.environment}</Table.Th>
              <Table.Th>{texts.executions.status}</Table.Th>
              <Table.Th>{texts.executions.requested}</Table.Th>
              <Table.Th>{texts.executions.duration}</Table.Th>
              <Table.Th>{texts.executions.by}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody ref={rows}>
            {items.map((execution) => (
              <ExecutionRow key={execution.id} execution={execution} withJob={without !== 'job'} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {onCursor ? (
        <Pager total={total} shown={items.length} next={next} cursor={filter.cursor} onCursor={onCursor} />
      ) : (
        next && <Link href={`/executions?job=${filter.job_id}`}>{texts.executions.all(total)}</Link>
      )}
    </>
  )
}

function ExecutionRow({ execution, withJob }: { execution: Execution; withJob: boolean }) {
  return (
    <Table.Tr>
      <Table.Td>
        <Link href={`/executions/${execution.id}`} data-row>
          {texts.executions.number(execution.id)}
        </Link>
      </Table.Td>
      {withJob && (
        <Table.Td>
          <Link href={`/jobs/${execution.job_id}`}>{visible(execution.request.job)}</Link>
        </Table.Td>
      )}
      <Table.Td>
        <EnvironmentBadge id={execution.environment_id} />
      </Table.Td>
      <Table.Td>
        <StatusBadge execution={execution} /> {execution.status === 'running' ? `${execution.progress} %` : texts.outcome[execution.result_summary?.outcome ?? 'succeeded'].short}
      </Table.Td>
      <Table.Td>
        <Moment at={execution.started_at} />
      </Table.Td>
      <Table.Td>{execution.duration_ms === null ? '–' : duration(execution.duration_ms)}</Table.Td>
      <Table.Td>{visible(execution.executed_by ?? '–')}</Table.Td>
    </Table.Tr>
  )
}
