/**
 * The bootstrap token lets the first operator in before an issuer is configured. Only its SHA-256 is stored; with 256 random
 * bits, a slow hash would add nothing. The first start also writes it in clear beside the hash, for the operator to remove.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere, writeDurably } from '../../platform/durable-file.ts'

const TOKEN_BYTES = 32

export interface BootstrapToken {
  /** Compares hashes in constant time. */
  is(token: string): boolean
  /** True while the clear-text file of the first start still exists. */
  liesInClear(): boolean
  /** Replaces the token, durable and at once, and removes the clear-text file. The token is shown only here. */
  rotate(): Promise<string>
}

/** `<data>/keys/bootstrap.hash` and, until removed, `<data>/keys/staff.token`. */
export async function openBootstrapToken(dataFolder: string): Promise<BootstrapToken> {
  const folder = join(dataFolder, 'keys')
  const hashFile = join(folder, 'bootstrap.hash')
  const clearFile = join(folder, 'staff.token')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let hash = await readHash(hashFile)
  if (hash === undefined) {
    const token = (await readClear(clearFile)) ?? newToken()
    // In this order, a crash in between does not lose the token.
    await writeDurably(clearFile, `${token}\n`)
    hash = hashOf(token)
    await writeDurably(hashFile, `${hash.toString('hex')}\n`)
  }
  let current = hash
  return {
    is: (token) => timingSafeEqual(hashOf(token), current),
    liesInClear: () => existsSync(clearFile),
    rotate: async () => {
      const token = newToken()
      await writeDurably(hashFile, `${hashOf(token).toString('hex')}\n`)
      current = hashOf(token)
      await ifThere(unlink(clearFile))
      return token
    },
  }
}

async function readHash(path: string): Promise<Buffer | undefined> {
  const text = await readOrNothing(path)
  if (text === undefined) return undefined
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new Error(`the bootstrap token's hash (${path}) is damaged. Remove it, and the next start makes a new token.`)
  return Buffer.from(text, 'hex')
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
