/**
 * The identities of one subject, read narrowly. Links come from events, and anyone with an app's public write key can forge
 * one, so a link never leads to another account or to a device that another account also uses.
 */
import type { IdentityKey } from '../model/brand.ts'
import { kindOfKey } from './identity.ts'
import type { PersonKeys } from './ports.ts'
import type { StatementStore } from './store.ts'

/** Links followed from one identity. Ordinary devices have a handful, test devices any number. */
const MAX_NEIGHBOURS = 1_024
/** Most identities of one subject. */
const MAX_IDENTITIES = 4_096

/**
 * @param withShared includes devices shared with other accounts; only for staff who verified the subject
 * @param withAccounts includes accounts linked to the named identities; likewise
 */
export function personOf(
  { neighbours }: Pick<StatementStore, 'neighbours'>,
  named: readonly IdentityKey[],
  withShared: boolean,
  withAccounts = false,
): PersonKeys {
  const inside = new Set(named)
  /** Accounts that count as the subject's. */
  const own = new Set(named)
  const shared = new Set<IdentityKey>()
  const accounts = new Set<IdentityKey>()
  let complete = true
  const linkedTo = (key: IdentityKey): readonly IdentityKey[] => {
    const found = neighbours(key, MAX_NEIGHBOURS + 1)
    if (found.length > MAX_NEIGHBOURS) complete = false
    return found
  }
  const isShared = (device: IdentityKey): boolean =>
    linkedTo(device).some((key) => kindOfKey(key) === 'user' && !own.has(key))
  if (withAccounts) {
    for (const key of named) for (const next of linkedTo(key)) if (kindOfKey(next) === 'user') own.add(next)
    for (const key of own) inside.add(key)
  }
  for (const key of inside) {
    for (const next of linkedTo(key)) {
      if (inside.has(next)) continue
      if (kindOfKey(next) === 'user') accounts.add(next)
      else if (!withShared && isShared(next)) shared.add(next)
      else if (inside.size < MAX_IDENTITIES) inside.add(next)
      else complete = false
    }
  }
  return { keys: [...inside], sharedDevices: shared.size, otherAccounts: accounts.size, complete }
}
