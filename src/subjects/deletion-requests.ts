/**
 * Deletion requests from other companies. A valid one opts the identifier out at once, is recorded and waits for a privacy
 * officer, who decides on the erasure, because the requester's claim is not a user's token. Every answer is a signed
 * acknowledgement.
 */
import type { KeyObject } from 'node:crypto'
import { type JWTVerifyGetKey, SignJWT } from 'jose'
import type { DeletionRequests, StateChoice } from '../choices/ports.ts'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { Identity } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import {
  IDENTIFIERS,
  RESULT,
  type ReadRequest,
  type ResultCode,
  readDeletionRequest,
  type TokenRules,
} from './deletion-tokens.ts'

export interface DeletionParts {
  readonly domain: string
  readonly endpoint: string
  readonly keysOf: (domain: string) => JWTVerifyGetKey | undefined
  readonly signing: DeletionSigning
  readonly choices: DeletionRequests & { keysFor(identity: Identity): readonly IdentityKey[] }
  readonly identityOf: TokenRules['identityOf']
  readonly stateChoice: StateChoice
  /** Keeps the first party's token for those recipients of the identifier that pass it on. */
  readonly keepToken: (keys: readonly IdentityKey[], token: string) => Promise<void>
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  /** The keyed reference that is stored instead of a token's id. */
  readonly referenceOf: (issuer: string, id: string) => string
  readonly newId: () => string
  readonly now: () => EpochMs
}
/** Our ES256 key and its published public key. */
export interface DeletionSigning {
  readonly key: KeyObject
  readonly publicJwk: Readonly<Record<string, string>>
}

export interface DeletionDesk {
  /** `dsrdelete.json`: endpoint, supported identifiers and public key. */
  readonly discovery: Readonly<Record<string, unknown>>
  /** 202 or 400, and the signed acknowledgement. */
  receive(token: string): Promise<{ readonly status: 202 | 400; readonly acJWT: string }>
}

const VERSION = '1.0'

export function createDeletionDesk(parts: DeletionParts): DeletionDesk {
  const { domain, endpoint, signing, choices, ledger, now } = parts
  const acknowledge = (token: string, code: ResultCode, says: string | undefined): Promise<string> =>
    new SignJWT({
      version: VERSION,
      rqJWT: token,
      raResultCode: code,
      ...(says === undefined ? {} : { raResultString: says }),
    })
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: signing.publicJwk.kid as string })
      .setIssuer(domain)
      .setIssuedAt(Math.floor(now() / 1_000))
      .setJti(parts.newId())
      .sign(signing.key)

  const take = async (request: Extract<ReadRequest, { ok: true }>): Promise<ResultCode> => {
    const { issuer, origin, id, identity, type, idJWT } = request
    const at = now()
    const keys = choices.keysFor(identity)
    const key = keys[0]!
    const ref = parts.referenceOf(issuer, id)
    if (!(await choices.keepDeletion({ ref, issuer, at, key }))) return RESULT.token
    const denied = { denies: ADVERTISING_DIMENSIONS, permits: 0, child: false }
    const said = { ...denied, channel: 'import', saidBy: 'deletion_request', at } as const
    // Recipients of the identifier are notified of the opt-out now, and of a deletion with the erasure.
    await parts.stateChoice(keys, said, undefined, [identity])
    await parts.keepToken(keys, idJWT)
    await ledger.append([
      { kind: 'request', time: at, action: 'deletion_request', facts: { ref, issuer, origin, type } },
      { kind: 'request', time: at, action: 'deletion_acknowledged', facts: { ref, issuer, code: RESULT.accepted } },
    ])
    return RESULT.accepted
  }

  return {
    discovery: {
      endpoint,
      identifiers: Object.keys(IDENTIFIERS).map((type, index) => ({ id: index + 1, type, format: 'plaintext' })),
      publicKey: [signing.publicJwk],
      vendorScriptRequirement: false,
    },
    receive: async (token) => {
      const read = await readDeletionRequest(token, {
        keysOf: parts.keysOf,
        identityOf: parts.identityOf,
        domain,
        now,
      })
      if (!read.ok) {
        // Unauthenticated requests are not recorded: anyone could fill the ledger.
        if (read.authentic) {
          const facts = { code: read.code }
          await ledger.append([{ kind: 'request', time: now(), action: 'deletion_refused', facts }])
        }
        return { status: 400, acJWT: await acknowledge(token, read.code, read.says) }
      }
      const code = await take(read)
      if (code === RESULT.accepted) return { status: 202, acJWT: await acknowledge(token, code, undefined) }
      return { status: 400, acJWT: await acknowledge(token, code, 'this token was used before') }
    },
  }
}
