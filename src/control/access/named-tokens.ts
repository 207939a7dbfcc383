/**
 * Named local tokens, so that two people can work without an issuer: `<data>/keys/tokens.json` keeps the name, the roles and
 * the SHA-256 of each, 256 random bits like the bootstrap token. One name is one person, however often their token is made.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { STAFF_ROLES, type StaffRole } from '../../model/actor.ts'
import type { EpochMs } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import { ifThere, writeDurably } from '../../platform/durable-file.ts'
import { createInTurn } from '../../platform/in-turn.ts'

const TOKEN_BYTES = 32
/** More are no longer a handful of colleagues: that is what an issuer is for. */
const MAX_TOKENS = 200

/** Lower case, so that no two names read alike. */
export const TOKEN_NAME = z.string().regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'a name in lower case, such as ann')
export const TOKEN_ROLES = z.array(z.enum(STAFF_ROLES)).min(1).max(STAFF_ROLES.length)

const FILE = z.strictObject({
  tokens: z.array(
    z.strictObject({
      name: TOKEN_NAME,
      roles: TOKEN_ROLES,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      since: z.int(),
    }),
  ),
})

export interface NamedToken {
  readonly name: string
  readonly roles: readonly StaffRole[]
  /** Epoch milliseconds. */
  readonly since: EpochMs
}

export interface NamedTokens {
  find(token: string): NamedToken | undefined
  /** By name. */
  list(): readonly NamedToken[]
  /** A new token, durable and in force; the only time it is shown. Throws `ERR_TOKEN_NAME_TAKEN`. */
  add(name: string, roles: readonly StaffRole[]): Promise<string>
  /** Void at once, durable when it resolves. False where there was none. */
  remove(name: string): Promise<boolean>
}

type Kept = z.output<typeof FILE>['tokens'][number]

/** Throws where the file is damaged: nobody is let in by half a list. */
export async function openNamedTokens(dataFolder: string, now: () => EpochMs): Promise<NamedTokens> {
  const path = join(dataFolder, 'keys', 'tokens.json')
  let kept = new Map((await readTokens(path)).map((token) => [token.sha256, token]))
  const inTurn = createInTurn()
  const save = async (tokens: readonly Kept[]): Promise<void> => {
    await mkdir(join(dataFolder, 'keys'), { recursive: true, mode: 0o700 })
    await writeDurably(path, `${JSON.stringify({ tokens })}\n`)
  }
  return {
    // Looked up by hash: how long that takes says nothing of a token.
    find: (token) => kept.get(hashOf(token)),
    list: () =>
      [...kept.values()]
        .map(({ name, roles, since }) => ({ name, roles, since }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    add: (name, roles) =>
      inTurn(async () => {
        const tokens = [...kept.values()]
        if (tokens.some((one) => one.name === name)) throw new GatewayError('ERR_TOKEN_NAME_TAKEN')
        if (tokens.length >= MAX_TOKENS) throw new GatewayError('ERR_TOKEN_NAME_TAKEN', { most: MAX_TOKENS })
        const token = randomBytes(TOKEN_BYTES).toString('base64url')
        const added = { name, roles: [...new Set(roles)], sha256: hashOf(token), since: now() }
        await save([...tokens, added])
        kept.set(added.sha256, added)
        return token
      }),
    remove: (name) => {
      const others = [...kept.values()].filter((one) => one.name !== name)
      if (others.length === kept.size) return Promise.resolve(false)
      // In force first: a token that is taken back must not outlive a disk that fails.
      kept = new Map(others.map((token) => [token.sha256, token]))
      return inTurn(async () => {
        await save([...kept.values()])
        return true
      })
    },
  }
}

async function readTokens(path: string): Promise<readonly Kept[]> {
  const text = await ifThere(readFile(path, 'utf8'))
  if (text === undefined) return []
  try {
    return FILE.parse(JSON.parse(text)).tokens
  } catch (error) {
    throw new Error(`the list of named tokens (${path}) is damaged. Remove it, and make them anew.`, { cause: error })
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
