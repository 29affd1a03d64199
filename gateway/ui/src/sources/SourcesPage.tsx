/** Sources: which scripts there are, where they lie, how many jobs use them. */
import { Button, Switch, Table } from '@mantine/core'
import { Link } from 'wouter'
import { useSources } from '../api/queries'
import { Pager, SearchBox, useFilter, useRowKeys } from '../app/lists'
import { Empty, Failure, PageHead, Waiting } from '../app/parts'
import { useTitle } from '../app/Shell'
import { visible } from '../log/text'
import { texts } from '../texts'

export function SourcesPage() {
  useTitle(texts.sources.title)
  const filter = useFilter()
  const inactive = filter.text('inactive') === 'true'
  const sources = useSources({ q: filter.text('q') || undefined, cursor: filter.number('cursor'), include_inactive: inactive || undefined })
  const rows = useRowKeys()
  return (
    <>
      <PageHead title={texts.sources.title}>
        <SearchBox label={texts.sources.search} value={filter.text('q')} onSearch={(text) => filter.set('q', text)} />
        <Switch label={texts.list.inactive} checked={inactive} onChange={(event) => filter.set('inactive', event.currentTarget.checked ? 'true' : null)} />
        <Button component={Link} href="/sources/new">
          {texts.sources.add}
        </Button>
      </PageHead>
      <Failure error={sources.error} />
      {sources.isPending && !sources.error && <Waiting />}
      {sources.data && !sources.data.items.length && !filter.text('q') && (
        <Empty title={texts.sources.none} to="/sources/new" action={texts.sources.add}>
          {texts.sources.noneWhy}
        </Empty>
      )}
      {sources.data && (sources.data.items.length > 0 || filter.text('q')) && (
        <>
          <Table.ScrollContainer minWidth={480}>
            <Table highlightOnHover>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{texts.sources.name}</Table.Th>
                  <Table.Th>{texts.sources.script}</Table.Th>
                  <Table.Th>{texts.sources.jobs}</Table.Th>
                  <Table.Th>{texts.sources.state}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody ref={rows}>
                {sources.data.items.map((source) => (
                  <Table.Tr key={source.id}>
                    <Table.Td>
                      <Link href={`/sources/${source.id}`} data-row>
                        {visible(source.display_name)}
                      </Link>
                    </Table.Td>
                    <Table.Td ff="monospace">{visible(source.script_path)}</Table.Td>
                    <Table.Td>
                      <Link href={`/jobs?source=${source.id}`}>{texts.sources.jobCount(source.job_count)}</Link>
                    </Table.Td>
                    <Table.Td>{source.is_active ? texts.active : texts.inactive}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Pager total={sources.data.total} shown={sources.data.items.length} next={sources.data.next_cursor} cursor={filter.number('cursor')} onCursor={(cursor) => filter.set('cursor', cursor)} />
        </>
      )}
    </>
  )
}
