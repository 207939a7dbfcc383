/**
 * The app of each write key. An event belongs to its key's app, and contracts name apps: a key that moves sends its users' data to
 * other partners, and a key that is restored admits its holders again.
 */
import type { AppPlan } from '../model/contract.ts'
import type { DifferenceSet } from './differences.ts'

type Apps = readonly Pick<AppPlan, 'id' | 'writeKeys' | 'retiredKeys'>[]

/** Write key → its last app, and whether it was live there. */
export type KeyOwners = ReadonlyMap<string, KeyOwner>
export interface KeyOwner {
  readonly app: string
  readonly isLive: boolean
}

export function keyOwners(apps: Apps): KeyOwners {
  return new Map<string, KeyOwner>([
    ...apps.flatMap(({ id, retiredKeys }) => retiredKeys.map((key) => [key, { app: id, isLive: false }] as const)),
    ...apps.flatMap(({ id, writeKeys }) => writeKeys.map((key) => [key, { app: id, isLive: true }] as const)),
  ])
}

/** True if a key becomes live: its earlier owners must then be looked up. */
export function addsKeys(before: Apps, after: Apps): boolean {
  const known = keyOwners(before)
  return after.some(({ writeKeys }) => writeKeys.some((key) => known.get(key)?.isLive !== true))
}

/**
 * A new key is harmless, and so is one that ends. Keys themselves are not shown.
 * @param former keys of earlier revisions that `before` no longer lists; they count as retired there
 */
export function compareWriteKeys(before: Apps, after: Apps, former: KeyOwners, into: DifferenceSet): void {
  const owners = keyOwners(before)
  for (const [key, { app, isLive }] of keyOwners(after)) {
    const owner = owners.get(key) ?? withdrawn(former.get(key))
    if (owner === undefined || (owner.app === app && (owner.isLive || !isLive))) continue
    // A retired key that moves only tells a rejected sender the name of its app.
    const direction = isLive ? 'wider' : 'none'
    into.note({
      about: `app ${app}`,
      kind: 'setting',
      what: 'write_keys',
      from: `${owner.isLive ? 'a' : 'a retired'} key of ${owner.app}`,
      to: `a${isLive ? '' : ' retired'} key of ${app}`,
      direction,
    })
  }
}

function withdrawn(owner: KeyOwner | undefined): KeyOwner | undefined {
  return owner === undefined ? undefined : { ...owner, isLive: false }
}
