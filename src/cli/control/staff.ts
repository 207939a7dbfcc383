/** Calls of the ops API from the command line. */
import type { Command } from 'commander'
import { request } from 'undici'
import { type AccessFlags, accessOf, withAccessFlags } from './access.ts'
import { asNoAnswer, refusalLines } from './refusal.ts'

export interface StaffFlags extends AccessFlags {
  readonly json?: boolean
}

/** The gateway refused the call, or a required option is missing. */
export class StaffRefused extends Error {}

export function withStaffFlags(command: Command): Command {
  return withAccessFlags(command).option('--json', 'print one JSON object')
}

/** The body of a successful answer. Throws `StaffRefused`. */
export async function callStaff(
  flags: AccessFlags,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, unknown>>> {
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
  const answer = (await answered.json()) as { readonly code?: string; readonly title?: string }
  if (statusCode >= 300) throw new StaffRefused(refusalLines(answer, statusCode))
  return answer as Readonly<Record<string, unknown>>
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
