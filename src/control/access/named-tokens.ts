/**
 * Named local tokens, so that several operators can work without an issuer. `<data>/keys/tokens.json` holds the name, roles and
 * SHA-256 of each. A name always stands for the same actor, also after a new token is made.
 */
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { STAFF_ROLES, type StaffRole } from '../../model/actor.ts'
import type { EpochMs } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import { NAMED_TOKENS, type SecretStore } from './secrets.ts'

const TOKEN_BYTES = 32
/** Larger teams should use an issuer. */
const MAX_TOKENS = 200

/** Lower case, so that names do not differ only by case. */
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
  /** Creates a token, durable and valid at once. It is shown only here. Throws `ERR_TOKEN_NAME_TAKEN`. */
  add(name: string, roles: readonly StaffRole[]): Promise<string>
  /** Revokes at once, durable when it resolves. False if there was none. */
  remove(name: string): Promise<boolean>
  /** Takes in what other processes did. */
  refresh(): Promise<void>
}

type Kept = z.output<typeof FILE>['tokens'][number]

/** Throws if the list is damaged. */
export async function openNamedTokens(secrets: SecretStore, now: () => EpochMs): Promise<NamedTokens> {
  let kept: ReadonlyMap<string, Kept> = new Map()
  const refresh = async (): Promise<void> => {
    kept = byHash(tokensIn(await secrets.read(NAMED_TOKENS)))
  }
  const change = async (by: (tokens: readonly Kept[]) => readonly Kept[]): Promise<void> => {
    const text = await secrets.change(NAMED_TOKENS, (stored) => `${JSON.stringify({ tokens: by(tokensIn(stored)) })}\n`)
    kept = byHash(tokensIn(text))
  }
  await refresh()
  return {
    refresh,
    // Looked up by hash, so timing reveals nothing about a token.
    find: (token) => kept.get(hashOf(token)),
    list: () =>
      [...kept.values()]
        .map(({ name, roles, since }) => ({ name, roles, since }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    add: async (name, roles) => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      await change((tokens) => {
        if (tokens.some((one) => one.name === name)) throw new GatewayError('ERR_TOKEN_NAME_TAKEN')
        if (tokens.length >= MAX_TOKENS) throw new GatewayError('ERR_TOKEN_NAME_TAKEN', { most: MAX_TOKENS })
        return [...tokens, { name, roles: [...new Set(roles)], sha256: hashOf(token), since: now() }]
      })
      return token
    },
    remove: async (name) => {
      const others = [...kept.values()].filter((one) => one.name !== name)
      if (others.length === kept.size) return false
      // Revoke in memory first: a failing disk must not keep the token valid.
      kept = byHash(others)
      await change((tokens) => tokens.filter((one) => one.name !== name))
      return true
    },
  }
}

function byHash(tokens: readonly Kept[]): ReadonlyMap<string, Kept> {
  return new Map(tokens.map((token) => [token.sha256, token]))
}

function tokensIn(text: string | undefined): readonly Kept[] {
  if (text === undefined) return []
  try {
    return FILE.parse(JSON.parse(text)).tokens
  } catch (error) {
    throw new Error(`the list of named tokens (${NAMED_TOKENS}) is damaged. Remove it, and make them anew.`, {
      cause: error,
    })
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
