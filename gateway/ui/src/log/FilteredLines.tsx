/** Only the lines of a level and above, from the first one on; more are loaded as the reader comes near the end. */
import { Button, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { Level } from '../api/client'
import { pollAfter } from '../api/connection'
import { readLog } from '../api/log'
import { texts } from '../texts'
import classes from './log.module.css'
import { Row } from './Row'

const PAGE_LINES = 500
const ROW_PX = 24

interface Props {
  executionId: number
  level: Level
  running: boolean
  total: number
  wrap: boolean
  search: string
  onPick: (seq: number) => void
}

export function FilteredLines({ executionId, level, running, total, wrap, search, onPick }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const pages = useInfiniteQuery({
    queryKey: ['filtered', executionId, level],
    queryFn: ({ pageParam }) =>
      readLog(executionId, { after: pageParam, limit: PAGE_LINES, level }),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_after,
    staleTime: Infinity,
  })
  const found = pages.data?.pages.flatMap((page) => page.items) ?? []
  const rows = useVirtualizer({
    count: found.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  })
  const visible = rows.getVirtualItems()
  const nearEnd = (visible.at(-1)?.index ?? 0) >= found.length - 50
  const { isFetching, isError, fetchNextPage } = pages
  const looked = pages.data?.pages.at(-1)?.next_after ?? 0

  useEffect(() => {
    if (isFetching || !nearEnd || looked >= total) return
    const timer = setTimeout(() => void fetchNextPage(), isError ? pollAfter(1000) : 0)
    return () => clearTimeout(timer)
  }, [isFetching, isError, nearEnd, fetchNextPage, looked, total])
  useEffect(() => rows.measure(), [wrap])

  return (
    <div
      ref={scroller}
      className={classes.scroller}
      data-wrap={wrap || undefined}
      role="region"
      aria-label={texts.log.lines}
      data-testid="log-lines"
      tabIndex={0}
    >
      {!found.length && !isFetching && <Text p="md">{texts.log.noneOfLevel(running)}</Text>}
      <div className={classes.canvas} style={{ height: rows.getTotalSize() }}>
        {visible.map((row) => {
          const line = found[row.index]
          return (
            line && (
              <Row
                key={line.seq}
                measure={wrap ? rows.measureElement : undefined}
                index={row.index}
                top={row.start}
                seq={line.seq}
                line={line}
                search={search}
                picked={false}
                onPick={onPick}
              />
            )
          )
        })}
      </div>
      {pages.isError && <Button onClick={() => void fetchNextPage()}>{texts.tryAgain}</Button>}
    </div>
  )
}
