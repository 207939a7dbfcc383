/**
 * The bootstrap token lets the first operator in before an issuer is configured. Only its SHA-256 is stored; with 256 random
 * bits, a slow hash would add nothing. The first start also writes it in clear beside the hash, for the operator to remove.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere, writeDurably } from '../../platform/durable-file.ts'
import { BOOTSTRAP_HASH, type SecretStore } from './secrets.ts'

const TOKEN_BYTES = 32

export interface BootstrapToken {
  /** Compares hashes in constant time. */
  is(token: string): boolean
  /** True while the clear-text file of the first start still exists. */
  liesInClear(): boolean
  /** Replaces the token, durable and at once, and removes the clear-text file. The token is shown only here. */
  rotate(): Promise<string>
  /** Takes in that another process replaced or voided it. */
  refresh(): Promise<void>
}

/**
 * The hash in `secrets` and, until removed, `<folder>/staff.token`. Where several processes share the hash, the first one makes
 * the token.
 */
export async function openBootstrapToken(folder: string, secrets: SecretStore): Promise<BootstrapToken> {
  const clearFile = join(folder, 'staff.token')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const read = async (): Promise<Buffer | undefined> => {
    const text = await secrets.read(BOOTSTRAP_HASH)
    return text === undefined ? undefined : hashIn(text)
  }
  let current = await read()
  if (current === undefined) {
    const token = (await readClear(clearFile)) ?? newToken()
    // In this order, a crash in between does not lose the token.
    await writeDurably(clearFile, `${token}\n`)
    const made = `${hashOf(token).toString('hex')}\n`
    const kept = await secrets.change(BOOTSTRAP_HASH, (stored) => stored ?? made)
    if (kept !== made) await ifThere(unlink(clearFile))
    current = hashIn(kept)
  }
  return {
    is: (token) => current !== undefined && timingSafeEqual(hashOf(token), current),
    liesInClear: () => existsSync(clearFile),
    rotate: async () => {
      const token = newToken()
      await secrets.change(BOOTSTRAP_HASH, () => `${hashOf(token).toString('hex')}\n`)
      current = hashOf(token)
      await ifThere(unlink(clearFile))
      return token
    },
    refresh: async () => {
      const before = current
      current = await read()
      if (current === undefined || before?.equals(current) !== true) await ifThere(unlink(clearFile))
    },
  }
}

function hashIn(text: string): Buffer {
  if (!/^[0-9a-f]{64}\n?$/.test(text))
    throw new Error(`the bootstrap token's hash is damaged. \`sluice token reset\` makes a new token.`)
  return Buffer.from(text.trim(), 'hex')
}

async function readClear(path: string): Promise<string | undefined> {
  const text = await readOrNothing(path)
  if (text === '') throw new Error(`the staff token (${path}) is empty. Remove the file, and the next start makes one.`)
  return text
}

async function readOrNothing(path: string): Promise<string | undefined> {
  return (await ifThere(readFile(path, 'utf8')))?.trim()
}

function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
