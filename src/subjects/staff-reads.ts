/**
 * Logs staff access to subjects' data: one REQUEST record for each identity, durable before anything is shown. The member of
 * staff is a keyed reference in the clear. The subject is sealed under the identity's own key, so that the subject's statement
 * lists it (GDPR Art. 5(2), 15; ECJ C-579/21 on access logs) and an erasure unlinks it. Records hold only the day, so that
 * identities looked up together share no exact time.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { Records, SubjectKeys } from './ports.ts'

const ACTION = 'staff_read'
const BOUND = 'sluice staff read'
const PAGE = 1_000
const DAY_MS = 86_400_000
const KEY_BYTES = 32

export interface StaffRead {
  /** A day. */
  readonly at: EpochMs
  /** The ops API operation, such as `readDisclosures`. */
  readonly call: string
}

export interface StaffReads {
  /** Rejects with `ERR_LEDGER_UNAVAILABLE`; then nothing may be shown. */
  record(call: string, actor: string, identities: readonly IdentityKey[]): Promise<void>
  /** Oldest first; an operation counts once a day, for any number of the identities. Empty after an erasure. */
  of(identities: readonly IdentityKey[]): Promise<readonly StaffRead[]>
}

export function createStaffReads(parts: {
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly records: Pick<Records, 'find'>
  readonly keys: SubjectKeys
  readonly random: RandomBytes
  readonly now: () => EpochMs
}): StaffReads {
  const { ledger, records, keys, random, now } = parts
  const nonce = nonceSource(random)
  return {
    record: async (call, actor, identities) => {
      const time = now() - (now() % DAY_MS)
      await ledger.append(
        identities.toSorted().map((identity): LedgerEntry => {
          // An identity without a key has no records: seal under a throw-away key.
          const key = sealingKey(keys.all(identity)[0]?.key ?? random(KEY_BYTES))
          const subject = Buffer.from(seal(key, nonce(), BOUND, call)).toString('base64')
          return { kind: 'request', time, action: ACTION, facts: { call, actor, subject } }
        }),
      )
    },
    of: async (identities) => {
      const own = identities.flatMap((identity) => keys.all(identity).map(({ key }) => sealingKey(key)))
      const found = new Map<string, StaffRead>()
      if (own.length === 0) return []
      for (let after: number | undefined; ; ) {
        const query = { kind: 'request', action: ACTION, limit: PAGE, ...(after === undefined ? {} : { after }) }
        const { records: rows, next } = await records.find(query)
        for (const { facts, time } of rows) {
          // Sound: only `record` above writes records of this action.
          const { call, subject } = facts as { readonly call: string; readonly subject: string }
          const sealed = Buffer.from(subject, 'base64')
          if (own.some((key) => unseal(key, BOUND, sealed) !== undefined))
            found.set(`${String(time)} ${call}`, { at: Number(time), call })
        }
        if (next === undefined) return [...found.values()]
        after = next
      }
    },
  }
}

function sealingKey(subjectKey: Uint8Array): KeyObject {
  return createSecretKey(createHmac('sha256', subjectKey).update(BOUND).digest())
}
