/**
 * The log of one execution. All lines: one scroll bar over the whole log, of which only the visible part is loaded.
 * With a level: the matching lines from the first one on, loaded page by page.
 */
import { useMediaQuery } from '@mantine/hooks'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { Execution } from '../api/client'
import { readLog } from '../api/log'
import { useKeys } from '../app/keys'
import { texts } from '../texts'
import { FilteredLines } from './FilteredLines'
import { AllLines, type AllLinesHandle } from './AllLines'
import { Lines } from './lines'
import { LineText } from './text'
import classes from './log.module.css'
import { LogToolbar, type LevelFilter } from './LogToolbar'
import { extend, parseRange, rangeHash, type Range } from './range'
import { lineOfLevel, useHits } from './useHits'

export function LogView({ execution }: { execution: Execution }) {
  const { id, log_lines: total, live_line: liveLine } = execution
  const list = useRef<AllLinesHandle>(null)
  const searchBox = useRef<HTMLInputElement>(null)
  const [range, setRange] = useHashRange((linked) => show(linked.first, linked))
  const [follow, setFollow] = useState(range === null)
  const [search, setSearch] = useState('')
  const [level, setLevel] = useState<LevelFilter>('ALL')
  const [wrap, setWrap] = useState(useMediaQuery('(max-width: 600px)', false, { getInitialValueInEffect: false }))
  const hits = useHits(id, search, total)
  const lines = useMemo(() => new Lines(async (after, limit) => (await readLog(id, { after, limit })).items), [id])
  useSyncExternalStore(lines.subscribe, lines.snapshot)

  const show = (seq: number | null, picked: Range | null = null) => {
    if (seq === null) return
    setLevel('ALL')
    setFollow(false)
    setRange(picked ?? { first: seq, last: seq })
    // After a change of the level the list of all lines has to be there first.
    requestAnimationFrame(() => list.current?.show(seq))
  }
  const jump = async (direction: 1 | -1) => show(await hits.jump(direction).catch(() => null))
  const error = async (direction: 1 | -1) => {
    const at = range?.first ?? list.current?.topLine() ?? 0
    const where = direction === 1 ? { after: at } : { before: Math.max(1, at) }
    show(await lineOfLevel(id, 'ERROR', where).catch(() => null))
  }
  const followEnd = (on: boolean) => {
    setLevel('ALL')
    setFollow(on)
  }
  const isFollowing = follow && level === 'ALL'
  const step = (direction: 1 | -1) => void (search ? jump(direction) : error(direction))
  useKeys({
    '/': () => searchBox.current?.focus(),
    f: () => followEnd(!isFollowing),
    g: () => show(1),
    G: () => followEnd(true),
    j: () => step(1),
    k: () => step(-1),
  })

  return (
    <section className={classes.log} aria-label={texts.log.title}>
      <LogToolbar
        execution={execution}
        searchBox={searchBox}
        search={search}
        onSearch={(text) => {
          setSearch(text)
          hits.leave()
        }}
        hits={hits}
        onJump={(direction) => void jump(direction)}
        level={level}
        onLevel={setLevel}
        wrap={wrap}
        onWrap={setWrap}
        follow={isFollowing}
        onFollow={followEnd}
        onLine={show}
        onFirstError={() => void firstError(execution).then(show, () => null)}
      />
      {level === 'ALL' ? (
        <AllLines
          ref={list}
          lines={lines}
          total={total}
          follow={follow}
          onFollow={setFollow}
          wrap={wrap}
          search={search}
          range={range}
          initialLine={range?.first ?? null}
          onPick={(seq, shift) => setRange(extend(range, seq, shift))}
        />
      ) : (
        <FilteredLines
          executionId={id}
          level={level}
          running={execution.status === 'running'}
          total={total}
          wrap={wrap}
          search={search}
          onPick={(seq) => show(seq)}
        />
      )}
      {liveLine !== null && (
        <div className={classes.live} data-testid="live-line">
          <span className={classes.liveMark}>{texts.log.live}</span>
          <LineText text={liveLine} search="" />
        </div>
      )}
    </section>
  )
}

async function firstError(execution: Execution): Promise<number | null> {
  return execution.result_summary?.first_error_seq ?? lineOfLevel(execution.id, 'ERROR', { after: 0 })
}

/** The range of the address; `onLink` hears of a link that was followed while the log is open. */
function useHashRange(onLink: (range: Range) => void): [Range | null, (range: Range) => void] {
  const [range, setRange] = useState(() => parseRange(location.hash))
  const current = useRef(onLink)
  current.current = onLink
  useEffect(() => {
    const read = () => {
      const linked = parseRange(location.hash)
      if (linked) current.current(linked)
      else setRange(null)
    }
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
  return [
    range,
    (next) => {
      history.replaceState(history.state, '', rangeHash(next))
      setRange(next)
    },
  ]
}
