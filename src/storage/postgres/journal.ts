/** Writes to maps and sets that can be undone: a rule that misses something is run again from its beginning. */

export interface Journal {
  /** Undefined deletes. */
  set<K, V>(map: Map<K, V>, key: K, value: V | undefined): void
  put<V>(set: Set<V>, value: V, isIn: boolean): void
  /** Runs it, and undoes what it wrote where it throws. */
  attempt<T>(work: () => T): T
}

export function createJournal(): Journal {
  let steps: (() => void)[] = []
  return {
    set: (map, key, value) => {
      const before = map.get(key)
      steps.push(() => (before === undefined ? void map.delete(key) : void map.set(key, before)))
      if (value === undefined) map.delete(key)
      else map.set(key, value)
    },
    put: (set, value, isIn) => {
      if (set.has(value) === isIn) return
      steps.push(() => (isIn ? void set.delete(value) : void set.add(value)))
      if (isIn) set.add(value)
      else set.delete(value)
    },
    attempt: (work) => {
      steps = []
      try {
        return work()
      } catch (error) {
        for (const step of steps.reverse()) step()
        throw error
      }
    },
  }
}
