/** Saving or deleting something: one at a time, the failure kept for the form, then on to where it leads. */
import { notifications } from '@mantine/notifications'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { type ApiError, asApiError, fieldErrors } from '../api/client'

export function useSaving(kind: 'sources' | 'jobs') {
  const [, navigate] = useLocation()
  const queries = useQueryClient()
  const [failure, setFailure] = useState<ApiError | null>(null)
  const [saving, setSaving] = useState(false)
  /** `work` answers with the address to go to. What is `gone` is not read again. */
  const act = async (work: () => Promise<string>, done: string, gone = false): Promise<void> => {
    setSaving(true)
    try {
      const next = await work()
      setFailure(null)
      await queries.invalidateQueries({ queryKey: [kind], refetchType: gone ? 'none' : 'active' })
      notifications.show({ message: done })
      navigate(next)
    } catch (error) {
      setFailure(asApiError(error))
    } finally {
      setSaving(false)
    }
  }
  return { failure, errors: fieldErrors(failure?.problem.errors), saving, act }
}
