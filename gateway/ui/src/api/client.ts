/** The REST API, typed by the gateway's OpenAPI document. Every failure is an ApiError with the problem that was answered. */
import createClient from 'openapi-fetch'
import { texts } from '../texts'
import { answered, notAnswered } from './connection'
import type { components, paths } from './schema'
import { currentToken, tokenRefused } from './session'

type Schemas = components['schemas']
export type Source = Schemas['Source']
export type SourceInput = Schemas['SourceInput']
export type Parameter = Schemas['Parameter']
export type Job = Schemas['Job']
export type Execution = Schemas['Execution']
export type ResultSummary = Schemas['ResultSummary']
export type Environment = Schemas['Environment']
export type Preview = Schemas['Preview']
export type LogLine = Schemas['LogLine']
export type LogPage = Schemas['LogPage']
export type Problem = Schemas['ProblemDocument']
export type FieldError = Schemas['FieldError']
export type Value = string | number | boolean | null
export type Values = Record<string, Value>
export type Level = LogLine['log_level']

const ANSWER_WITHIN_MS = 15_000
const AWAY = new Set([502, 503, 504])

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }

  get status(): number {
    return this.problem.status
  }
}

export const api = createClient<paths>({ baseUrl: '/api/v1', fetch: fetchAnswer })

/** The data of an answer. Throws ApiError. */
export async function ask<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call
  if (response.ok) return data as T
  throw new ApiError(isProblem(error) ? error : problem(response.status, texts.gateway.failed(response.status)))
}

/** For a change: refused (412) where somebody else has changed it since this was read. */
export function asSeen(item: { updated_at: string } | null): { 'If-Match'?: string } {
  return item ? { 'If-Match': `"${item.updated_at}"` } : {}
}

/** Each field's error, by the field's name; the first one counts. */
export function fieldErrors(errors: FieldError[] | undefined): Record<string, string> {
  const byField: Record<string, string> = {}
  for (const error of errors ?? []) byField[error.field] ??= error.message
  return byField
}

export function asApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(problem(0, String(error)))
}

async function fetchAnswer(request: Request): Promise<Response> {
  const token = currentToken()
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  let response: Response
  try {
    response = await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]) })
  } catch (error) {
    if (request.signal.aborted) throw error
    notAnswered()
    throw new ApiError(problem(503, texts.gateway.away))
  }
  if (AWAY.has(response.status)) notAnswered()
  else answered(response)
  if (response.status === 401) tokenRefused()
  return response
}

function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'detail' in error && 'status' in error
}

function problem(status: number, detail: string): Problem {
  return { type: 'about:blank', title: '', status, detail, instance: '', code: 'unanswered', errors: [] }
}
