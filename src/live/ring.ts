/** The newest records, read by whoever likes at their own pace, and the readers who wait for the next one. */
import type { EpochMs } from '../model/brand.ts'
import type { TailRecord } from './ports.ts'

/** Readers that wait at once; more are answered with what there is. */
const MAX_WAITING = 64

type Make = (at: { readonly seq: number; readonly at: EpochMs }) => TailRecord
/** Without values, or still to be described. */
type Held = TailRecord | { readonly seq: number; readonly describe: () => TailRecord }

export interface RingDeps {
  /** Records held. */
  readonly most: number
  readonly now: () => EpochMs
  readonly after: (ms: number, call: () => void) => () => void
  readonly nextTurn: () => Promise<void>
}

export function createRing({ most, now, after, nextTurn }: RingDeps) {
  let seq = 0
  const ring: Held[] = []
  let waiting: (() => void)[] = []
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const one of woken) one()
  }
  /** Described when somebody reads it, once, and one a turn. */
  const shown = async (held: Held): Promise<TailRecord | undefined> => {
    if (!('describe' in held)) return held
    await nextTurn()
    const place = ring.findIndex((one) => one.seq === held.seq)
    const there = ring[place]
    // It fell out while others were described, or was forgotten.
    if (there === undefined) return undefined
    const described = 'describe' in there ? there.describe() : there
    ring[place] = described
    return described
  }
  return {
    last: (): number => seq,
    /** Of the oldest record that is there; one more than the last where there is none. */
    oldest: (): number => ring[0]?.seq ?? seq + 1,
    /** @param isLater made when somebody reads it */
    push: (make: Make, isLater = false): void => {
      const at = { seq: ++seq, at: now() }
      ring.push(isLater ? { seq, describe: () => make(at) } : make(at))
      if (ring.length > most) ring.shift()
      wake()
    },
    since: async (from: number, count: number): Promise<readonly TailRecord[]> => {
      const items: TailRecord[] = []
      for (const held of ring.filter((one) => one.seq > from).slice(0, count)) {
        const record = await shown(held)
        if (record !== undefined) items.push(record)
      }
      return items
    },
    /** Until the next record, or so long. */
    wait: (ms: number): Promise<void> =>
      waiting.length >= MAX_WAITING
        ? Promise.resolve()
        : new Promise((resolve) => {
            const done = (): void => {
              cancel()
              waiting = waiting.filter((one) => one !== done)
              resolve()
            }
            const cancel = after(ms, done)
            waiting.push(done)
          }),
    wake,
    /** What is described holds no value; the rest goes. */
    forget: (): void => {
      ring.splice(0, ring.length, ...ring.filter((held) => !('describe' in held)))
    },
    clear: (): void => {
      ring.length = 0
    },
  }
}
