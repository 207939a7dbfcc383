/** A queue in which every group takes turns: a flood delays only its own group. */
import { GatewayError } from '../model/errors.ts'

export interface FairQueue {
  /**
   * Runs `work` on its group's turn. If the queue is full, the last entry of the group with the most waiting is
   * removed, perhaps this one: it rejects with `ERR_CHOICES_UNAVAILABLE`.
   */
  run<T>(group: string, work: () => Promise<T>): Promise<T>
  /** True if the queue is empty and work can begin at once. */
  isIdle(): boolean
}

interface Waiting {
  readonly begin: () => void
  readonly refuse: (error: Error) => void
}

/** @param most maximum waiting; `Infinity`: none is ever removed */
export function createFairQueue(atOnce: number, most: number): FairQueue {
  /** In order of their turns. */
  const groups = new Map<string, Waiting[]>()
  let running = 0
  let waiting = 0

  const next = (): void => {
    while (running < atOnce && waiting > 0) {
      const [group, list] = groups.entries().next().value!
      const first = list.shift()!
      waiting -= 1
      groups.delete(group)
      // Behind all others, if the group has more.
      if (list.length > 0) groups.set(group, list)
      running += 1
      first.begin()
    }
  }
  const rejectLast = (): void => {
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
        if (waiting > most) rejectLast()
      }),
    isIdle: () => waiting === 0 && running < atOnce,
  }
}
