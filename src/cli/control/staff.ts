/** Calls of the ops API from the command line. */
import type { Command } from 'commander'
import { request } from 'undici'
import { type AccessFlags, accessOf, withAccessFlags } from './access.ts'
import { asNoAnswer, refusalLines } from './refusal.ts'

export interface StaffFlags extends AccessFlags {
  readonly json?: boolean
}

const MOST_OF_PAGE = 1_000

/** The gateway refused the call, or a required option is missing. */
export class StaffRefused extends Error {}

export function withStaffFlags(command: Command): Command {
  return withAccessFlags(command).option('--json', 'print one JSON object')
}

/**
 * The body of a successful answer; `Answer` is the route's own shape, against which tests check what it answers. Members
 * that are undefined are not sent. Throws `StaffRefused`.
 */
export async function callStaff<Answer = Readonly<Record<string, unknown>>>(
  flags: AccessFlags,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const { control, token } = await accessOf(flags)
  const { statusCode, body: answered } = await request(`${control}/api/v1/${path}`, {
    method,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw asNoAnswer(error, control)
  })
  const answer = await answered.json()
  if (statusCode >= 300) throw new StaffRefused(refusalLines(answer as Readonly<Record<string, unknown>>, statusCode))
  return answer as Answer
}

/** The pages of a list, one after another. `most` entries are asked for at once. */
export async function* pagesOf<Page extends { readonly next?: string | undefined }>(
  flags: AccessFlags,
  list: string,
  filter: Readonly<Record<string, string | undefined>>,
  most: () => number = () => MOST_OF_PAGE,
): AsyncGenerator<Page> {
  let cursor: string | undefined
  do {
    const query = new URLSearchParams({ limit: String(Math.min(most(), MOST_OF_PAGE)) })
    for (const [name, value] of Object.entries({ ...filter, cursor })) if (value !== undefined) query.set(name, value)
    const page = await callStaff<Page>(flags, 'GET', `${list}?${query}`)
    yield page
    cursor = page.next
  } while (cursor !== undefined && most() > 0)
}

/** Calls for each id, whatever becomes of the others, and hands on how many were taken. Throws `StaffRefused` for the rest. */
export async function callEach(
  ids: readonly string[],
  call: (id: string) => Promise<unknown>,
  taken: (count: number) => void,
): Promise<void> {
  const refused: string[] = []
  for (const id of ids)
    try {
      await call(encodeURIComponent(id))
    } catch (error) {
      if (!(error instanceof StaffRefused)) throw error
      refused.push(`${id}: ${error.message}`)
    }
  taken(ids.length - refused.length)
  if (refused.length > 0) throw new StaffRefused(refused.join('\n'))
}

/** Prints an error to standard error and sets exit code 1. */
export async function orRefuse(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
