/** One line of the log: its number (a link to it), when it was read, its text in the colours of its level. */
import type { LogLine } from '../api/client'
import { texts } from '../texts'
import { clockTime, localTime, utcTime } from '../time'
import classes from './log.module.css'
import { LineText } from './text'

interface Props {
  seq: number
  line: LogLine | undefined
  search: string
  picked: boolean
  onPick: (seq: number, shift: boolean) => void
  top?: number
  index?: number
  measure?: (element: Element | null) => void
}

export function Row({ seq, line, search, picked, onPick, top, index, measure }: Props) {
  const isHit = search !== '' && !!line?.message.toLowerCase().includes(search.toLowerCase())
  return (
    <div
      ref={measure}
      className={classes.row}
      data-index={index}
      data-seq={seq}
      data-level={line?.log_level}
      data-picked={picked || undefined}
      data-hit={isHit || undefined}
      style={top === undefined ? undefined : { position: 'absolute', transform: `translateY(${top}px)` }}
    >
      <a
        className={classes.number}
        href={`#L${seq}`}
        aria-label={texts.log.lineNumber(seq)}
        onClick={(event) => {
          event.preventDefault()
          onPick(seq, event.shiftKey)
        }}
      >
        {seq}
      </a>
      {line && (
        <>
          <time className={classes.time} dateTime={line.logged_at} title={`${localTime(line.logged_at)}\n${utcTime(line.logged_at)}`}>
            {clockTime(line.logged_at)}
          </time>
          <span className={classes.text}>
            <LineText text={line.message} search={search} />
          </span>
        </>
      )}
    </div>
  )
}
