/** What is done with a log: search and jump, filter, follow, wrap, go to a line, download. */
import { ActionIcon, Button, Checkbox, Group, NativeSelect, Text, TextInput } from '@mantine/core'
import { useState, type RefObject } from 'react'
import type { Execution, Level } from '../api/client'
import { download } from '../api/download'
import { texts } from '../texts'
import classes from './log.module.css'
import type { Hits } from './useHits'

export type LevelFilter = 'ALL' | Extract<Level, 'WARNING' | 'ERROR'>

interface Props {
  execution: Execution
  searchBox: RefObject<HTMLInputElement | null>
  search: string
  onSearch: (text: string) => void
  hits: Hits
  onJump: (direction: 1 | -1) => void
  level: LevelFilter
  onLevel: (level: LevelFilter) => void
  wrap: boolean | undefined
  onWrap: (wrap: boolean) => void
  follow: boolean
  onFollow: (follow: boolean) => void
  onLine: (seq: number) => void
  onFirstError: () => void
}

export function LogToolbar(props: Props) {
  const { execution, search, hits } = props
  return (
    <Group className={classes.toolbar} gap="xs">
      <TextInput
        ref={props.searchBox}
        size="xs"
        type="search"
        className={classes.search}
        aria-label={texts.log.search}
        placeholder={texts.log.search}
        value={search}
        maxLength={200}
        onChange={(event) => props.onSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && search) props.onJump(event.shiftKey ? -1 : 1)
          if (event.key !== 'Escape') return
          // The browser would empty the box, and j and k would no longer walk the matches.
          event.preventDefault()
          event.currentTarget.blur()
        }}
      />
      {search && (
        <>
          <ActionIcon variant="default" aria-label={texts.log.previousHit} onClick={() => props.onJump(-1)}>
            ↑
          </ActionIcon>
          <ActionIcon variant="default" aria-label={texts.log.nextHit} onClick={() => props.onJump(1)}>
            ↓
          </ActionIcon>
          <Text size="xs" role="status" data-testid="hits">
            {hitsText(hits)}
          </Text>
        </>
      )}
      <NativeSelect
        size="xs"
        aria-label={texts.log.level}
        value={props.level}
        onChange={(event) => props.onLevel(event.currentTarget.value as LevelFilter)}
        data={[
          { value: 'ALL', label: texts.log.allLevels },
          { value: 'WARNING', label: texts.log.warningsUp },
          { value: 'ERROR', label: texts.log.errorsUp },
        ]}
      />
      <Button size="compact-xs" variant="default" onClick={props.onFirstError}>
        {texts.log.firstError}
      </Button>
      <LineBox total={execution.log_lines} onLine={props.onLine} />
      <Checkbox size="xs" label={texts.log.follow} checked={props.follow} onChange={(e) => props.onFollow(e.currentTarget.checked)} />
      <Checkbox size="xs" label={texts.log.wrap} checked={props.wrap ?? false} onChange={(e) => props.onWrap(e.currentTarget.checked)} />
      <Button
        size="compact-xs"
        variant="default"
        onClick={() => void download(`/api/v1/migration-executions/${execution.id}/logs?format=text`, `execution-${execution.id}.log`)}
      >
        {texts.log.download}
      </Button>
      <Text size="xs" c="dimmed" ml="auto" data-testid="line-count">
        {texts.log.count(execution.log_lines)}
      </Text>
    </Group>
  )
}

function LineBox({ total, onLine }: { total: number; onLine: (seq: number) => void }) {
  const [text, setText] = useState('')
  return (
    <TextInput
      size="xs"
      w={90}
      inputMode="numeric"
      aria-label={texts.log.goToLine}
      placeholder={texts.log.goToLine}
      value={text}
      onChange={(event) => setText(event.currentTarget.value.replace(/\D/g, '').slice(0, 12))}
      onKeyDown={(event) => {
        const seq = Math.min(Number(text), total)
        if (event.key === 'Enter' && seq > 0) onLine(seq)
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
    />
  )
}

function hitsText(hits: Hits): string {
  if (hits.none) return texts.log.noHits
  if (hits.count === null) return hits.busy ? texts.log.searching : ''
  return hits.capped ? texts.log.moreHits(hits.count) : texts.log.hits(hits.count)
}
