/** What was asked for: the exact command, the values, who and when. */
import { Group } from '@mantine/core'
import type { Execution } from '../api/client'
import { Copy, Moment } from '../app/parts'
import { CommandBox } from '../forms/CommandBox'
import { visible } from '../log/text'
import { texts } from '../texts'
import classes from './executions.module.css'

const words = texts.executions

export function Details({ execution }: { execution: Execution }) {
  const values = Object.entries(execution.request.parameters)
  return (
    <details className={classes.details}>
      <summary>{words.details}</summary>
      <dl className={classes.facts}>
        <Fact name={words.source}>{visible(execution.request.source)}</Fact>
        <Fact name={words.requested}>
          <Moment at={execution.started_at} />
        </Fact>
        {execution.script_started_at && (
          <Fact name={words.scriptStarted}>
            <Moment at={execution.script_started_at} />
          </Fact>
        )}
        {execution.completed_at && (
          <Fact name={words.ended}>
            <Moment at={execution.completed_at} />
          </Fact>
        )}
        <Fact name={words.by}>{visible(execution.executed_by ?? '–')}</Fact>
        {values.map(([name, value]) => (
          <Fact key={name} name={name}>
            <span className={classes.value}>{visible(String(value))}</span>
          </Fact>
        ))}
      </dl>
      <CommandBox command={execution.command_executed} />
      <Group mt="xs">
        <Copy text={JSON.stringify(execution.request.parameters, null, 1)} what={words.values} />
        <span>{words.values}</span>
      </Group>
    </details>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
