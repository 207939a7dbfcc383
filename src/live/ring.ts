/** A ring of the newest records. Readers read at their own pace, or wait for the next record. */
import type { EpochMs } from '../model/brand.ts'
import type { TailRecord } from './ports.ts'

/** Maximum waiting readers; further ones do not wait. */
const MAX_WAITING = 64

type Make = (at: { readonly seq: number; readonly at: EpochMs }) => TailRecord
/** A record without values, or one not described yet. */
type Held = TailRecord | { readonly seq: number; readonly describe: () => TailRecord }

export interface RingDeps {
  /** Maximum records held. */
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
  /** Describes a record on its first read, one per turn of the event loop. */
  const shown = async (held: Held): Promise<TailRecord | undefined> => {
    if (!('describe' in held)) return held
    await nextTurn()
    const place = ring.findIndex((one) => one.seq === held.seq)
    const there = ring[place]
    // Evicted or forgotten while others were described.
    if (there === undefined) return undefined
    const described = 'describe' in there ? there.describe() : there
    ring[place] = described
    return described
  }
  return {
    last: (): number => seq,
    /** Number of the oldest record; one more than the last if there is none. */
    oldest: (): number => ring[0]?.seq ?? seq + 1,
    /** @param isLater if true, `make` runs on the first read */
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
    /** Waits for the next record, at most `ms`. */
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
    /** Keeps described records, which hold no values. */
    forget: (): void => {
      ring.splice(0, ring.length, ...ring.filter((held) => !('describe' in held)))
    },
    clear: (): void => {
      ring.length = 0
    },
  }
}
