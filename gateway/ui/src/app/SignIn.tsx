/** Asks for the token once, where the gateway wants one. */
import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { signIn, useSession } from '../api/session'
import { texts } from '../texts'

export function SignIn() {
  const { tokenWanted } = useSession()
  const queries = useQueryClient()
  const [token, setToken] = useState('')
  return (
    <Modal opened={tokenWanted} onClose={() => undefined} withCloseButton={false} title={texts.signIn.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          signIn(token.trim())
          setToken('')
          void queries.invalidateQueries()
        }}
      >
        <Stack>
          <Text size="sm">{texts.signIn.why}</Text>
          <PasswordInput label={texts.signIn.token} value={token} onChange={(event) => setToken(event.currentTarget.value)} data-autofocus required />
          <Button type="submit" disabled={!token.trim()}>
            {texts.signIn.go}
          </Button>
        </Stack>
      </form>
    </Modal>
  )
}
