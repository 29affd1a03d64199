/** Pages of a log. */
import type { paths } from './schema'
import { api, ask, type LogPage } from './client'

export type LogQuery = NonNullable<paths['/migration-executions/{id}/logs']['get']['parameters']['query']>

export async function readLog(id: number, query: LogQuery): Promise<LogPage> {
  const page = await ask(api.GET('/migration-executions/{id}/logs', { params: { path: { id }, query } }))
  if (typeof page === 'string') throw new Error('asked for a page, got text')
  return page
}
