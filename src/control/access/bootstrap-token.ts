/**
 * The bootstrap token: lets the first operator in before any issuer is set up. Kept as its SHA-256 alone; it is 256
 * random bits, so a slow hash would add nothing. At the first start it lies in clear beside the hash, once, for the
 * operator to take away.
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
  /** True while the file of the first start is still there: anyone who reads it is in. */
  liesInClear(): boolean
  /** A new token, durable, in force at once; the old one, and its file, are gone. This is the only time it is shown. */
  rotate(): Promise<string>
}

/** `<data>/keys/bootstrap.hash` and, until somebody removes it, `<data>/keys/staff.token`. */
export async function openBootstrapToken(dataFolder: string): Promise<BootstrapToken> {
  const folder = join(dataFolder, 'keys')
  const hashFile = join(folder, 'bootstrap.hash')
  const clearFile = join(folder, 'staff.token')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let hash = await readHash(hashFile)
  if (hash === undefined) {
    const token = (await readClear(clearFile)) ?? newToken()
    // In this order: a start that ends in between finds the token again, and nobody is shut out.
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
