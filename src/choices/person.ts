/**
 * Whose identities belong to one person, by the narrow reading: what is theirs alone. Links come from events, and whoever
 * holds an app's write key can make one up, so a link never leads to another account, nor to a device that another
 * account uses too.
 */
import type { IdentityKey } from '../model/brand.ts'
import { kindOfKey } from './identity.ts'
import type { PersonKeys } from './ports.ts'
import type { StatementStore } from './store.ts'

/** Links of one identity that are looked at. A person's device has a handful; a test device has no end. */
const MAX_NEIGHBOURS = 1_024
/** Identities one person can have here. */
const MAX_IDENTITIES = 4_096

/**
 * @param withShared takes devices in that other accounts use too; only staff who verified the person may ask for it
 * @param withAccounts takes in the accounts that the named identities are linked to; likewise
 */
export function personOf(
  { neighbours }: Pick<StatementStore, 'neighbours'>,
  named: readonly IdentityKey[],
  withShared: boolean,
  withAccounts = false,
): PersonKeys {
  const inside = new Set(named)
  /** Accounts that count as the person's. */
  const own = new Set(named)
  const shared = new Set<IdentityKey>()
  const accounts = new Set<IdentityKey>()
  let complete = true
  const linkedTo = (key: IdentityKey): readonly IdentityKey[] => {
    const found = neighbours(key, MAX_NEIGHBOURS + 1)
    if (found.length > MAX_NEIGHBOURS) complete = false
    return found
  }
  const isOthersToo = (device: IdentityKey): boolean =>
    linkedTo(device).some((key) => kindOfKey(key) === 'user' && !own.has(key))
  if (withAccounts) {
    for (const key of named) for (const next of linkedTo(key)) if (kindOfKey(next) === 'user') own.add(next)
    for (const key of own) inside.add(key)
  }
  for (const key of inside) {
    for (const next of linkedTo(key)) {
      if (inside.has(next)) continue
      if (kindOfKey(next) === 'user') accounts.add(next)
      else if (!withShared && isOthersToo(next)) shared.add(next)
      else if (inside.size < MAX_IDENTITIES) inside.add(next)
      else complete = false
    }
  }
  return { keys: [...inside], sharedDevices: shared.size, otherAccounts: accounts.size, complete }
}
