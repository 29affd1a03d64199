/** The whole log in one scrolling list: rows exist for what is visible only. */
import { Button, Text } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type Ref, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react'
import { texts } from '../texts'
import { Row } from './Row'
import { segmentAround, type Lines } from './lines'
import classes from './log.module.css'
import type { Range } from './range'

const ROW_PX = 24
const NEAR_END_PX = 40
const EDGE_LINES = 300

export interface AllLinesHandle {
  show: (seq: number) => void
  topLine: () => number
}

interface Props {
  ref: Ref<AllLinesHandle>
  lines: Lines
  total: number
  follow: boolean
  onFollow: (follow: boolean) => void
  wrap: boolean
  search: string
  range: Range | null
  initialLine: number | null
  onPick: (seq: number, shift: boolean) => void
}

export function AllLines({ ref, lines, total, follow, onFollow, wrap, search, range, initialLine, onPick }: Props) {
  const scroller = useRef<HTMLDivElement>(null)
  const lastTop = useRef(0)
  // A line that was jumped to stays where it is, also near the end, until the reader scrolls.
  const isHeld = useRef(initialLine !== null)
  const [most] = useState(mostLines)
  const [around, setAround] = useState(initialLine ?? Number.MAX_SAFE_INTEGER)
  const [seen, setSeen] = useState(total)
  const [pending, setPending] = useState(initialLine)
  const segment = segmentAround(follow ? total : around, total, most)
  const count = Math.max(0, segment.last - segment.first + 1)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => segment.first + index,
  })
  const visible = rows.getVirtualItems()
  const [first, last] = [segment.first + (visible[0]?.index ?? 0), segment.first + (visible.at(-1)?.index ?? 0)]

  useEffect(() => lines.ensure(first, last, total), [lines, first, last, total, lines.snapshot()])
  useEffect(() => rows.measure(), [wrap])
  useLayoutEffect(() => {
    if (!follow || !count) return
    rows.scrollToIndex(count - 1, { align: 'end' })
    setSeen(total)
  }, [follow, total, count, wrap, lines.snapshot()])
  useLayoutEffect(() => {
    if (pending === null || !count) return
    rows.scrollToIndex(Math.min(pending, segment.last) - segment.first, { align: 'center' })
    if (isHeld.current) scroller.current?.scrollIntoView({ block: 'nearest' })
    setPending(null)
  }, [pending, count, segment.first])
  useImperativeHandle(ref, () => ({
    show: (seq) => {
      onFollow(false)
      isHeld.current = true
      if (seq < segment.first || seq > segment.last) setAround(seq)
      setPending(Math.max(1, Math.min(seq, total)))
    },
    topLine: () => segment.first + (rows.getVirtualItemForOffset(scroller.current?.scrollTop ?? 0)?.index ?? 0),
  }))

  const onScroll = () => {
    const box = scroller.current
    if (!box) return
    const atEnd = segment.last === total && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END_PX
    if (atEnd && !follow && !isHeld.current) onFollow(true)
    if (!atEnd && follow && box.scrollTop < lastTop.current) leaveEnd()
    lastTop.current = box.scrollTop
    moveSegment()
  }
  const letGo = () => {
    isHeld.current = false
  }
  const leaveEnd = () => {
    setAround(total)
    onFollow(false)
  }
  // Near an edge that is not the log's own: the next part, with the same line under the reader's eyes.
  const moveSegment = () => {
    const middle = Math.floor((first + last) / 2)
    const atEdge = first - segment.first < EDGE_LINES && segment.first > 1
    const atOther = segment.last - last < EDGE_LINES && segment.last < total
    if (follow || pending !== null || !(atEdge || atOther)) return
    setAround(middle)
    setPending(middle)
  }
  const unseen = total - seen

  return (
    <div className={classes.frame}>
      <div
        ref={scroller}
        className={classes.scroller}
        data-wrap={wrap || undefined}
        data-testid="log-lines"
        role="region"
        aria-label={texts.log.lines}
        tabIndex={0}
        onScroll={onScroll}
        onWheel={letGo}
        onKeyDown={letGo}
        onPointerDown={letGo}
        onTouchMove={letGo}
      >
        {total === 0 && <Text p="md">{texts.log.empty}</Text>}
        <div className={classes.canvas} style={{ height: rows.getTotalSize() }}>
          {visible.map((row) => {
            const seq = segment.first + row.index
            return (
              <Row
                key={row.key}
                measure={wrap ? rows.measureElement : undefined}
                index={row.index}
                top={row.start}
                seq={seq}
                line={lines.at(seq)}
                search={search}
                picked={range !== null && seq >= range.first && seq <= range.last}
                onPick={onPick}
              />
            )
          })}
        </div>
      </div>
      {!follow && (
        <Button className={classes.toEnd} size="compact-sm" onClick={() => onFollow(true)}>
          {unseen > 0 ? texts.log.newLines(unseen) : texts.log.toEnd}
        </Button>
      )}
    </div>
  )
}

/** How many rows fit into the tallest element that this browser can make. */
function mostLines(): number {
  const probe = document.createElement('div')
  probe.style.cssText = 'position:absolute;visibility:hidden;height:100000000px'
  document.body.append(probe)
  const tallestPx = probe.offsetHeight || 10_000_000
  probe.remove()
  return Math.floor((tallestPx * 0.9) / ROW_PX)
}
