/** Reads a subject's identities from a file, standard input or a prompt, never from arguments or a URL, which end up in logs. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { IDENTITY_KINDS, type IdentityKind } from '../../model/event.ts'
import { tryJson } from '../../model/json-text.ts'
import { callStaff, type StaffFlags, StaffRefused, withStaffFlags } from './staff.ts'

export interface WhoFlags extends StaffFlags {
  readonly identity?: string
}
type Identities = Readonly<Partial<Record<IdentityKind, string>>>

export function withWhoFlags(command: Command): Command {
  return withStaffFlags(command).option(
    '--identity <file>',
    'JSON such as {"user": "…"}; - is standard input; without it you are asked',
  )
}

/** The subject's handle. */
export async function lookUp(flags: WhoFlags): Promise<string> {
  const identities = await readIdentities(flags.identity)
  const { handle } = (await callStaff(flags, 'POST', 'subjects/lookup', { identities })) as unknown as {
    readonly handle: string
  }
  return handle
}

async function readIdentities(from: string | undefined): Promise<Identities> {
  if (from === undefined) {
    const kind = await ask(`kind of identity (${IDENTITY_KINDS.join(', ')}): `)
    return { [kind]: await ask('identity: ') }
  }
  const given = from === '-' ? await readAll(process.stdin) : await readFile(from, 'utf8')
  const identities = tryJson(given)
  if (identities === undefined) throw new StaffRefused('the identity must be JSON such as {"user": "…"}')
  // Sound: the gateway validates the shape.
  return identities as Identities
}

export async function ask(question: string): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr })
  try {
    // `question` would wait for ever if standard input ends first.
    const ended = new Promise<string>((resolve) => prompt.once('close', () => resolve('')))
    return (await Promise.race([prompt.question(question), ended])).trim()
  } finally {
    prompt.close()
  }
}
