/** A typed client for the ops API. The browser sends the cookie; calls that change something carry the CSRF token. */
import { OPERATIONS, type Operations } from './operations.ts'

export type OperationId = keyof Operations
export type AnswerOf<Id extends OperationId> = Operations[Id]['answer']
export type BodyOf<Id extends OperationId> = Operations[Id]['body']

interface Extras {
  /** The revision that the change is based on. */
  readonly ifMatch?: number
  readonly signal?: AbortSignal
}
type Part<Name extends string, Value> =
  Value extends Readonly<Record<string, never>>
    ? unknown
    : Partial<Value> extends Value
      ? { readonly [Key in Name]?: Value }
      : { readonly [Key in Name]: Value }
export type Given<Id extends OperationId> = Part<'params', Operations[Id]['params']> &
  Part<'query', Operations[Id]['query']> &
  (BodyOf<Id> extends undefined ? unknown : { readonly body: BodyOf<Id> }) &
  Extras

/** A problem answer: stable code, sentence and details. */
export class ApiProblem extends Error {
  readonly status: number
  readonly code: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, title: string, details: Readonly<Record<string, unknown>>) {
    super(title)
    this.status = status
    this.code = code
    this.details = details
  }
}

export const UNREACHABLE = 'UNREACHABLE'

/** Kept in memory only, while the page is open. */
let csrf = ''
export function holdCsrf(token: string): void {
  csrf = token
}

export async function call<Id extends OperationId>(id: Id, given: Given<Id>): Promise<AnswerOf<Id>> {
  const { method, path } = OPERATIONS[id]
  const { params, query, body, ifMatch, signal } = given as {
    readonly params?: Readonly<Record<string, string | number>>
    readonly query?: Readonly<Record<string, unknown>>
    readonly body?: unknown
  } & Extras
  const url = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.[name] ?? '')))
  const response = await send(method, `${url}${queryText(query)}`, body, ifMatch, signal)
  const type = response.headers.get('content-type') ?? ''
  // Sound: the gateway's tests check its answers against the same description.
  return (type.includes('json') ? await response.json() : await response.text()) as AnswerOf<Id>
}

/** URL of a download link: the browser saves the answer as a file. */
export function urlOf(id: OperationId, query: Readonly<Record<string, unknown>>): string {
  return `${OPERATIONS[id].path}${queryText(query)}`
}

export function mayCall(id: OperationId, roles: readonly string[]): boolean {
  return OPERATIONS[id].roles.some((role) => roles.includes(role))
}

/** Rejects with an `ApiProblem` for every unsuccessful answer. */
export async function send(
  method: string,
  url: string,
  body: unknown,
  ifMatch?: number,
  signal?: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['sluice-csrf'] = csrf
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (ifMatch !== undefined) headers['if-match'] = `"${ifMatch}"`
  let response: Response
  try {
    response = await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiProblem(0, UNREACHABLE, 'The gateway does not answer.', {})
  }
  if (response.ok) return response
  throw await problemOf(response)
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const found = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const { code, title, status: _, type: __, ...details } = found
  const says = typeof title === 'string' ? title : `The gateway answered ${response.status}.`
  return new ApiProblem(response.status, typeof code === 'string' ? code : '', says, details)
}

function queryText(query: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}
