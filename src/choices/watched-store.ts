/** Notes of whom something was written, at the one place through which every rule writes. */
import type { IdentityKey } from '../model/brand.ts'
import { type Changed, EVERYONE } from './last-changed.ts'
import type { ErasureStore } from './store.ts'

/** Named one by one; where there are more, all are taken for changed. */
const MAX_NAMED = 4_096

export interface WrittenOf {
  /** Those on whom a statement came to stand, stands no longer or means something else, and both ends of a new link. */
  readonly changed: Changed
  /** Of them, those from whom a statement or a link was taken. */
  readonly lifted: Changed
}

/** The same store, and whom it was written of since the last `take`. */
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
    displace: (key, id) => {
      lift([key])
      store.displace(key, id)
    },
    widenCover: (id, finding) => {
      touch(store.standingKeys(id))
      store.widenCover(id, finding)
    },
    retire: (id, at) => {
      lift(store.standingKeys(id))
      store.retire(id, at)
    },
    forget: (id) => {
      lift(store.standingKeys(id))
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
    // Sound: every member that is not replaced is the store's own.
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
