/** A download through the browser itself, so that its size does not matter; with a token, through this page. */
import { currentToken } from './session'

export async function download(path: string, name: string): Promise<void> {
  const token = currentToken()
  if (token === null) return save(path, name)
  const response = await fetch(path, { headers: { Authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(response.statusText)
  const address = URL.createObjectURL(await response.blob())
  save(address, name)
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}

function save(address: string, name: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
