/** What the pages read, cached and polled. Keys begin with the kind, so that a change invalidates all of its kind. */
import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query'
import { api, ApiError, ask } from './client'
import { isAway, pollAfter, subscribe } from './connection'

const LISTS_MS = 5000
const ENVIRONMENTS_MS = 15_000

export function newQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        // Polling is the retry; what will stay wrong is not asked again.
        retry: false,
        refetchIntervalInBackground: true,
        staleTime: 500,
      },
    },
  })
  let wasAway = false
  subscribe(() => {
    // Lines of a log never change: what was read of them stays.
    if (wasAway && !isAway()) void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'filtered' })
    wasAway = isAway()
  })
  return client
}

interface ListFilter {
  q?: string
  cursor?: number
  include_inactive?: boolean
  limit?: number
}

export function useSources(filter: ListFilter) {
  return useQuery({
    queryKey: ['sources', filter],
    queryFn: () => ask(api.GET('/migration-sources', { params: { query: filter } })),
    placeholderData: keepPreviousData,
    refetchInterval: every(LISTS_MS),
  })
}

export function useSource(id: number | null) {
  return useQuery({
    queryKey: ['sources', id],
    queryFn: () => ask(api.GET('/migration-sources/{id}', { params: { path: { id: id ?? 0 } } })),
    enabled: id !== null,
    refetchInterval: whileAway,
  })
}

export function useJobs(filter: ListFilter & { source_id?: number }) {
  return useQuery({
    queryKey: ['jobs', filter],
    queryFn: () => ask(api.GET('/migration-jobs', { params: { query: filter } })),
    placeholderData: keepPreviousData,
    refetchInterval: every(LISTS_MS),
  })
}

export function useJob(id: number | null) {
  return useQuery({
    queryKey: ['jobs', id],
    queryFn: () => ask(api.GET('/migration-jobs/{id}', { params: { path: { id: id ?? 0 } } })),
    enabled: id !== null,
    refetchInterval: whileAway,
  })
}

export interface ExecutionFilter {
  job_id?: number
  environment_id?: string
  status?: 'running' | 'completed' | 'failed'
  cursor?: number
  limit?: number
}

export function useExecutions(filter: ExecutionFilter) {
  return useQuery({
    queryKey: ['executions', filter],
    queryFn: () => ask(api.GET('/migration-executions', { params: { query: filter } })),
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      pollAfter(query.state.data?.items.some((one) => one.status === 'running') ? 2000 : LISTS_MS),
  })
}

export function useExecution(id: number | null) {
  return useQuery({
    queryKey: ['executions', id],
    queryFn: () => ask(api.GET('/migration-executions/{id}', { params: { path: { id: id ?? 0 } } })),
    enabled: id !== null,
    refetchInterval: (query) => (isGone(query.state.error) ? false : pollAfter(query.state.data?.poll_after_ms ?? 1000)),
  })
}

export function useEnvironments() {
  return useQuery({
    queryKey: ['environments'],
    queryFn: () => ask(api.GET('/environments')),
    refetchInterval: every(ENVIRONMENTS_MS),
  })
}

export function useEnvironment(id: string | null | undefined) {
  return useEnvironments().data?.items.find((environment) => environment.id === id)
}

function every(ms: number) {
  return () => pollAfter(ms)
}

function whileAway() {
  return isAway() ? pollAfter(1000) : false
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404
}
