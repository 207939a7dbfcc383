/** Previews an erasure: the same queries as the erasure itself, without changes. */
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
  /** Holds on the subject's records: without an override the erasure is refused. */
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
