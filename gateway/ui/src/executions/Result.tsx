/** The results summary: how it ended, and what was read, migrated, skipped and failed. What does not add up stands out. */
import { Alert, Group, Table, Text, Title } from '@mantine/core'
import type { ResultSummary } from '../api/client'
import { rangeHash } from '../log/range'
import { visible } from '../log/text'
import { texts } from '../texts'
import classes from './executions.module.css'

type Row = ResultSummary['entities'][number]
const COLUMNS = ['read', 'migrated', 'skipped', 'failed'] as const
const words = texts.result

export function Result({ summary }: { summary: ResultSummary }) {
  const { outcome, counts, entities, outputs } = summary
  const rows: Row[] = [...entities, ...(hasCounts(counts) && entities.length !== 1 ? [{ ...counts, name: words.total }] : [])]
  return (
    <section aria-label={words.title} className={classes.result}>
      <Title order={2} size="h4">
        {texts.outcome[outcome].long}
      </Title>
      {summary.reason && <Text>{visible(summary.reason)}</Text>}
      {summary.message && <Text className={classes.message}>{visible(summary.message)}</Text>}
      {summary.reconciled === false && (
        <Alert color="red" my="xs" title={words.mismatch}>
          {words.mismatchMeans}
        </Alert>
      )}
      {rows.length > 0 && (
        <Table.ScrollContainer minWidth={420}>
          <Table className={classes.counts}>
            {summary.detected && <Table.Caption>{words.detected}</Table.Caption>}
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{words.what}</Table.Th>
                {COLUMNS.map((column) => (
                  <Table.Th key={column}>{words[column]}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row, index) => (
                <Table.Tr key={index} data-mismatch={addsUp(row) ? undefined : true}>
                  <Table.Th scope="row">
                    {visible(row.name)}
                    {!addsUp(row) && ` – ${words.doesNotAddUp}`}
                  </Table.Th>
                  {COLUMNS.map((column) => (
                    <Table.Td key={column} data-bad={(column === 'failed' && (row.failed ?? 0) > 0) || undefined}>
                      {row[column]?.toLocaleString() ?? '–'}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Group gap="md">
        <Text size="sm">{words.warnings(summary.warnings)}</Text>
        <Text size="sm">{words.errors(summary.errors)}</Text>
        {summary.first_error_seq != null && <FirstError seq={summary.first_error_seq} />}
      </Group>
      {Object.keys(outputs).length > 0 && (
        <dl className={classes.facts}>
          {Object.entries(outputs).map(([name, value]) => (
            <div key={name}>
              <dt>{visible(name)}</dt>
              <dd>{visible(typeof value === 'string' ? value : JSON.stringify(value))}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}

/** A link that leads there also when the address says so already. */
function FirstError({ seq }: { seq: number }) {
  const hash = rangeHash({ first: seq, last: seq })
  return (
    <a href={hash} onClick={() => location.hash === hash && dispatchEvent(new Event('hashchange'))}>
      {words.firstError(seq)}
    </a>
  )
}

/** Null counts are unknown: then nothing can be said against the sum. */
export function addsUp({ read, migrated, skipped, failed }: Pick<Row, (typeof COLUMNS)[number]>): boolean {
  if (read == null || migrated == null) return true
  const rest = (skipped ?? 0) + (failed ?? 0)
  return skipped == null || failed == null ? migrated + rest <= read : migrated + rest === read
}

function hasCounts(counts: ResultSummary['counts']): boolean {
  return COLUMNS.some((column) => counts[column] != null)
}
