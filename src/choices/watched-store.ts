/** Wraps the store to record which identities the rules change. */
import type { IdentityKey } from '../model/brand.ts'
import { type Changed, EVERYONE } from './last-changed.ts'
import type { ErasureStore } from './store.ts'

/** With more changed identities, everyone counts as changed. */
const MAX_NAMED = 4_096

export interface WrittenOf {
  /** Identities with an added, removed or changed statement, and both ends of a new link. */
  readonly changed: Changed
  /** Those of them that lost a statement or a link. */
  readonly lifted: Changed
}

/** `take` returns the identities changed since the last call. */
export function watchStore<Store extends ErasureStore>(
  store: Store,
): { readonly store: Store; readonly take: () => WrittenOf } {
  const changed = createNames()
  const lifted = createNames()
  const touch = changed.add
  const lift = (keys: readonly IdentityKey[]): void => {
    changed.add(keys)
    lifted.add(keys)
  }
  const watched: ErasureStore = {
    ...store,
    place: (key, id, direct) => {
      touch([key])
      store.place(key, id, direct)
    },
    removeFrom: (key, id) => {
      lift([key])
      store.removeFrom(key, id)
    },
    widenCover: (id, finding) => {
      touch(store.activeKeys(id))
      store.widenCover(id, finding)
    },
    retire: (id, at) => {
      lift(store.activeKeys(id))
      store.retire(id, at)
    },
    forget: (id) => {
      lift(store.activeKeys(id))
      store.forget(id)
    },
    link: (a, b, month) => {
      if (!store.linked(a, b)) touch([a, b])
      store.link(a, b, month)
    },
    unlinkPair: (a, b) => {
      lift([a, b])
      store.unlinkPair(a, b)
    },
    unlink: (key) => {
      lift([key])
      return store.unlink(key)
    },
  }
  return {
    // Sound: every other member is the store's own.
    store: watched as Store,
    take: () => ({ changed: changed.take(), lifted: lifted.take() }),
  }
}

function createNames() {
  const names = new Set<IdentityKey>()
  return {
    add: (keys: readonly IdentityKey[]): void => {
      for (const key of keys) if (names.size <= MAX_NAMED) names.add(key)
    },
    take: (): Changed => {
      const taken = names.size > MAX_NAMED ? EVERYONE : [...names]
      names.clear()
      return taken
    },
  }
}

export function together(a: Changed, b: Changed): Changed {
  return a === EVERYONE || b === EVERYONE ? EVERYONE : [...a, ...b]
}
