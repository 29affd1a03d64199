/** The exact command that would run, or that there is none yet. */
import { Code, Group, Text } from '@mantine/core'
import { Copy } from '../app/parts'
import { texts } from '../texts'
import { visible } from '../log/text'
import classes from './forms.module.css'

export function CommandBox({ command, stale }: { command: string | null | undefined; stale?: boolean }) {
  return (
    <div aria-busy={stale || undefined}>
      <Group justify="space-between" mb={4}>
        <Text fw={600} size="sm">
          {texts.form.command}
        </Text>
        {command && <Copy text={command} what={texts.form.command} />}
      </Group>
      <Code block className={classes.command} data-testid="command" tabIndex={0}>
        {command ? command.split('\n').map(visible).join('\n') : texts.form.noCommand}
      </Code>
    </div>
  )
}
