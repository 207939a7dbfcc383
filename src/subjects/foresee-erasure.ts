/** What an erasure would do, before anybody decides on it: the same questions that the erasure itself asks, and no change. */
import type { IdentityKey } from '../model/brand.ts'
import { holdsOver } from './holds.ts'
import type { ErasureParts, Recipient } from './ports.ts'
import { listRecipients } from './recipients.ts'

/** See `ErasureRequest`. */
export interface ForeseeRequest {
  readonly withShared?: boolean
  readonly accounts?: 'include' | 'leave'
}

export interface ForeseenErasure {
  /** Of the person, those linked to them alone included. */
  readonly identities: readonly IdentityKey[]
  readonly keys: number
  /** Devices that another account uses too, which would be left alone. */
  readonly sharedDevices: number
  /** Accounts linked to these identities, which would be left alone. */
  readonly otherAccounts: number
  /** No account is named and some are linked: it must be said what becomes of them. */
  readonly asksAboutAccounts: boolean
  readonly recipients: readonly Recipient[]
  /** Holds that keep records about the person: it is refused unless it is to be done despite them. */
  readonly holds: readonly string[]
}

export async function foreseeErasure(
  { choices, records, keys, holds, isAccount }: ErasureParts,
  named: readonly IdentityKey[],
  { withShared = false, accounts }: ForeseeRequest,
): Promise<ForeseenErasure> {
  const person = await choices.personOf(named, withShared, accounts === 'include')
  const foundBy = person.keys.filter((key) => !isAccount(key))
  return {
    identities: person.keys,
    keys: person.keys.flatMap((key) => keys.all(key)).length,
    sharedDevices: person.sharedDevices,
    otherAccounts: person.otherAccounts,
    asksAboutAccounts: accounts === undefined && person.otherAccounts > 0 && !named.some(isAccount),
    recipients: await listRecipients(records, { keys: person.keys, foundBy }),
    holds: await holdsOver(records, await holds(), person.keys),
  }
}
