/** Stops a run, after asking; then says honestly that it was asked for, which is not yet that it happened. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, ask, type Execution } from '../api/client'
import { Failure } from '../app/parts'
import { texts } from '../texts'

export function Stop({ execution }: { execution: Execution }) {
  const queries = useQueryClient()
  const [asking, setAsking] = useState(false)
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const stop = async () => {
    setBusy(true)
    try {
      const now = await ask(api.POST('/migration-executions/{id}/cancel', { params: { path: { id: execution.id } } }))
      queries.setQueryData(['executions', execution.id], now)
      setAsking(false)
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Button color="red" variant="outline" disabled={execution.cancel_requested_at !== null} onClick={() => setAsking(true)}>
        {execution.cancel_requested_at === null ? texts.stop.button : texts.status.stopping}
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={texts.stop.title}>
        <Text>{execution.script_started_at ? texts.stop.means : texts.stop.meansBefore}</Text>
        <Failure error={failure} />
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            {texts.stop.goOn}
          </Button>
          <Button color="red" loading={busy} onClick={() => void stop()}>
            {texts.stop.confirm}
          </Button>
        </Group>
      </Modal>
    </>
  )
}
