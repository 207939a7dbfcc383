/** Previews an erasure: the same queries as the erasure itself, without changes. */
import type { IdentityKey } from '../model/brand.ts'
import { allRecipients } from './erasure-answers.ts'
import { holdsOver } from './holds.ts'
import type { ErasureParts, ForeseenPart, Recipient } from './ports.ts'
import { listRecipients } from './recipients.ts'

/** See `ErasureRequest`. */
export interface ForeseeRequest {
  readonly withShared?: boolean
  readonly accounts?: 'include' | 'leave'
}

export interface ForeseenErasure {
  /** The subject's identities, including exclusively linked ones. */
  readonly identities: readonly IdentityKey[]
  readonly keys: number
  /** Devices shared with another account, which would not be erased. */
  readonly sharedDevices: number
  /** Linked accounts, which would not be erased. */
  readonly otherAccounts: number
  /** No account is named but some are linked: `accounts` must be given. */
  readonly asksAboutAccounts: boolean
  readonly recipients: readonly Recipient[]
  /** Cells that did not answer: what they hold is not included. */
  readonly missing: readonly string[]
  /** Holds on the subject's records: without an override the erasure is refused. */
  readonly holds: readonly string[]
}

export async function foreseeErasure(
  parts: ErasureParts,
  named: readonly IdentityKey[],
  { withShared = false, accounts }: ForeseeRequest,
): Promise<ForeseenErasure> {
  const person = await parts.choices.personOf(named, withShared, accounts === 'include')
  const others = await parts.elsewhere.foreseen(person.keys)
  const found = [await foreseeHere(parts, person.keys), ...others.flatMap(({ answer }) => answer ?? [])]
  return {
    identities: person.keys,
    keys: found.reduce((sum, { keys }) => sum + keys, 0),
    sharedDevices: person.sharedDevices,
    otherAccounts: person.otherAccounts,
    asksAboutAccounts: accounts === undefined && person.otherAccounts > 0 && !named.some(parts.isAccount),
    recipients: allRecipients(found.flatMap(({ recipients }) => recipients)),
    missing: others.flatMap(({ cell, answer }) => (answer === undefined ? [cell] : [])),
    holds: [...new Set(found.flatMap(({ holds }) => holds))].sort(),
  }
}

/** The part of this cell. */
export async function foreseeHere(
  { records, keys, holds, isAccount }: Pick<ErasureParts, 'records' | 'keys' | 'holds' | 'isAccount'>,
  identities: readonly IdentityKey[],
): Promise<ForeseenPart> {
  const foundBy = identities.filter((key) => !isAccount(key))
  return {
    keys: identities.flatMap((key) => keys.all(key)).length,
    recipients: await listRecipients(records, { keys: identities, foundBy }),
    holds: await holdsOver(records, await holds(), identities),
  }
}
