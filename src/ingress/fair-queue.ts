/** A queue in which every group has its turn: whoever sends a flood waits behind itself, and nobody else behind it. */
import { GatewayError } from '../model/errors.ts'

export interface FairQueue {
  /**
   * Runs `work` when its group's turn has come. Rejects with `ERR_CHOICES_UNAVAILABLE` where more would wait than may: then the last
   * of the group that has most waiting is sent away, which may be this one.
   */
  run<T>(group: string, work: () => Promise<T>): Promise<T>
  /** True where nobody waits and there is room to begin at once. */
  isIdle(): boolean
}

interface Waiting {
  readonly begin: () => void
  readonly refuse: (error: Error) => void
}

/** @param most how many may wait; `Infinity`: nobody is ever sent away */
export function createFairQueue(atOnce: number, most: number): FairQueue {
  /** In the order of their turns. */
  const groups = new Map<string, Waiting[]>()
  let running = 0
  let waiting = 0

  const next = (): void => {
    while (running < atOnce && waiting > 0) {
      const [group, list] = groups.entries().next().value!
      const first = list.shift()!
      waiting -= 1
      groups.delete(group)
      // Behind all the others, if it has more.
      if (list.length > 0) groups.set(group, list)
      running += 1
      first.begin()
    }
  }
  const sendAway = (): void => {
    let longest: Waiting[] = []
    for (const list of groups.values()) if (list.length > longest.length) longest = list
    const last = longest.pop()
    if (last === undefined) return
    waiting -= 1
    for (const [group, list] of groups) if (list.length === 0) groups.delete(group)
    last.refuse(new GatewayError('ERR_CHOICES_UNAVAILABLE'))
  }
  return {
    run: (group, work) =>
      new Promise((resolve, reject) => {
        const begin = (): void => {
          Promise.try(work)
            .then(resolve, reject)
            .finally(() => {
              running -= 1
              next()
            })
        }
        const list = groups.get(group) ?? []
        groups.set(group, list)
        list.push({ begin, refuse: reject })
        waiting += 1
        next()
        if (waiting > most) sendAway()
      }),
    isIdle: () => waiting === 0 && running < atOnce,
  }
}
