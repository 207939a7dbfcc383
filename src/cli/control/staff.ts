/** Calls of the ops API from the command line, with a token from a file. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { request } from 'undici'

export interface StaffFlags {
  readonly control: string
  readonly tokenFile: string
  readonly json?: boolean
}

/** What the gateway refused: its code and what it says, or what the command was not given. */
export class StaffRefused extends Error {}

export function withStaffFlags(command: Command): Command {
  return command
    .option('--control <url>', 'address of the control plane', 'http://127.0.0.1:8081')
    .option('--token-file <path>', 'file with a token of a privacy officer', 'data/keys/staff.token')
    .option('--json', 'print one JSON object')
}

/** The body of a good answer. Throws `StaffRefused`. */
export async function callStaff(
  { control, tokenFile }: StaffFlags,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<Readonly<Record<string, unknown>>> {
  const token = (await readFile(tokenFile, 'utf8')).trim()
  const { statusCode, body: answered } = await request(`${control}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await answered.json()) as { readonly code?: string; readonly title?: string }
  if (statusCode >= 300)
    throw new StaffRefused(`${answer.code ?? statusCode}: ${answer.title ?? 'the gateway refused'}`)
  return answer as Readonly<Record<string, unknown>>
}

/** An error is a line on standard error, and exit code 1. */
export async function orRefuse(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
