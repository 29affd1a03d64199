/** Who asks: the token, for as long as the tab lives, where the gateway wants one; else a name, remembered here. */
import { useSyncExternalStore } from 'react'

interface Session {
  token: string | null
  tokenWanted: boolean
  name: string
}

const TOKEN = 'medpro.token'
const NAME = 'medpro.name'
const listeners = new Set<() => void>()
let session: Session = {
  token: sessionStorage.getItem(TOKEN),
  tokenWanted: false,
  name: localStorage.getItem(NAME) ?? '',
}

export function useSession(): Session {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => session,
  )
}

export function currentToken(): string | null {
  return session.token
}

export function signIn(token: string): void {
  sessionStorage.setItem(TOKEN, token)
  change({ token, tokenWanted: false })
}

export function tokenRefused(): void {
  sessionStorage.removeItem(TOKEN)
  change({ token: null, tokenWanted: true })
}

export function rememberName(name: string): void {
  localStorage.setItem(NAME, name)
  change({ name })
}

function change(part: Partial<Session>): void {
  session = { ...session, ...part }
  listeners.forEach((listener) => listener())
}
