/** The exact command and every error, from the server, a moment after the last change. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDebouncedValue } from '@mantine/hooks'
import { api, ask, type Parameter, type Preview, type Values } from '../api/client'

const PAUSE_MS = 250

export interface LivePreview {
  preview: Preview | undefined
  error: unknown
  /** True while what is shown is not yet that of the form. */
  stale: boolean
}

export function useJobPreview(jobId: number, body: { environment_id?: string; parameters: Values }): LivePreview {
  return usePreview(['job', jobId], body, () =>
    ask(api.POST('/migration-jobs/{id}/preview', { params: { path: { id: jobId } }, body })),
  )
}

export function useSourcePreview(body: { script_path: string; parameters: Parameter[]; values: Values }): LivePreview {
  return usePreview(['source'], body, () => ask(api.POST('/migration-source-preview', { body })))
}

function usePreview(key: unknown[], body: unknown, read: () => Promise<Preview>): LivePreview {
  const now = JSON.stringify(body)
  const [settled] = useDebouncedValue(now, PAUSE_MS)
  const query = useQuery({
    queryKey: ['preview', ...key, settled],
    queryFn: read,
    enabled: settled === now,
    placeholderData: keepPreviousData,
  })
  return { preview: query.data, error: query.error, stale: settled !== now || query.isFetching || query.isPlaceholderData }
}
