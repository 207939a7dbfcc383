/** Hashes of the staff's tokens: where they are kept. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere, writeDurably } from '../../platform/durable-file.ts'
import { createInTurn } from '../../platform/in-turn.ts'

export const BOOTSTRAP_HASH = 'bootstrap.hash'
export const NAMED_TOKENS = 'tokens.json'
export type SecretName = typeof BOOTSTRAP_HASH | typeof NAMED_TOKENS

export interface SecretStore {
  /** Undefined if there is none. */
  read(what: SecretName): Promise<string | undefined>
  /** Replaces it by what is made of it, and resolves to that; durable when it resolves. Nothing comes in between. */
  change(what: SecretName, by: (stored: string | undefined) => string): Promise<string>
}

/** A file each. */
export function secretsIn(folder: string): SecretStore {
  const inTurn = createInTurn()
  const read = async (what: SecretName): Promise<string | undefined> => ifThere(readFile(join(folder, what), 'utf8'))
  return {
    read,
    change: (what, by) =>
      inTurn(async () => {
        const text = by(await read(what))
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeDurably(join(folder, what), text)
        return text
      }),
  }
}
