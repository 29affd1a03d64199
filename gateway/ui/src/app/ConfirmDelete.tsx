/** Says what deleting will do before it is done. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { visible } from '../log/text'
import { texts } from '../texts'

interface Props {
  opened: boolean
  onClose: () => void
  title: string
  consequence: string
  /** It is only deactivated: something refers to it. */
  deactivates: boolean
  busy: boolean
  onConfirm: () => void
}

export function ConfirmDelete({ opened, onClose, title, consequence, deactivates, busy, onConfirm }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={visible(title)}>
      <Text>{consequence}</Text>
      <Group mt="md" justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {texts.cancel}
        </Button>
        <Button color="red" loading={busy} onClick={onConfirm}>
          {deactivates ? texts.deactivate : texts.delete}
        </Button>
      </Group>
    </Modal>
  )
}
