/**
 * Which app a write key speaks for. An event belongs to the app of its key, and contracts name apps: a key that moves
 * takes the people who use it to other partners, and one that is brought back lets those who still hold it in again.
 */
import type { AppPlan } from '../model/contract.ts'
import type { DifferenceSet } from './differences.ts'

type Apps = readonly Pick<AppPlan, 'id' | 'writeKeys' | 'retiredKeys'>[]

/** Write key → the app that it last belonged to, and whether it was live there. */
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

/** True where a key is live that is not live now: whoever asks for it is asked where it has been before. */
export function addsKeys(before: Apps, after: Apps): boolean {
  const known = keyOwners(before)
  return after.some(({ writeKeys }) => writeKeys.some((key) => known.get(key)?.isLive !== true))
}

/**
 * A key that nobody has used yet is harmless, and so is one that ends. Keys themselves are not told.
 * @param former keys of earlier revisions that `before` does not name any more; retired there, as far as this goes
 */
export function compareWriteKeys(before: Apps, after: Apps, former: KeyOwners, into: DifferenceSet): void {
  const owners = keyOwners(before)
  for (const [key, { app, isLive }] of keyOwners(after)) {
    const owner = owners.get(key) ?? withdrawn(former.get(key))
    if (owner === undefined || (owner.app === app && (owner.isLive || !isLive))) continue
    // A key that stays retired names its app to nobody but a phone that is refused.
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
