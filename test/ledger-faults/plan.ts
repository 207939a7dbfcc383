/** What befalls the process in one cycle, and when. All of it follows from the seed. */
import type { Dice } from '../faults/random.ts'
import type { Fault } from './shim.ts'

export type Blow =
  /** Killed with whatever is under way. */
  | { readonly kind: 'kill'; readonly from: 'spawn' | 'serving'; readonly afterMs: number }
  /** Killed once so many records were acknowledged, however slow the machine is. */
  | { readonly kind: 'kill'; readonly from: 'records'; readonly count: number }
  /** Fails once and for all: the process ends by itself, or by the fault. `duringStart`: before it serves. */
  | {
      readonly kind: 'fatal'
      readonly fault: Extract<Fault, 'sync_fails' | 'write_fails' | 'kill_in_write' | 'kill_in_sync'>
      readonly duringStart: boolean
      readonly after: number
    }
  /** The disk is full for a while; then there is space, it goes on by itself, and is killed. */
  | { readonly kind: 'full'; readonly fault: Extract<Fault, 'no_space' | 'short_then_full'>; readonly after: number }
  /** Nothing but slow, or pieces at a time; then killed. */
  | { readonly kind: 'strange'; readonly fault: Extract<Fault, 'slow' | 'short_writes'>; readonly param: number }
  /** The wall clock jumps while it works; then killed. */
  | { readonly kind: 'clock'; readonly byMs: number }
  /** Brought to rest and killed; then its newest files are cut in copies of the folder. */
  | { readonly kind: 'cut' }

const DAY_MS = 86_400_000
/** Forward and back: past a segment's longest age, by an hour, by a minute, and to long before the ledger began. */
const JUMPS_MS = [2 * DAY_MS, 3_600_000, 61_000, -61_000, -3_600_000, -2 * DAY_MS, -9_000 * DAY_MS]

/** The first cycle has traffic, whatever the seed: the others need something to find. Without a shim only what needs none. */
export function blowOf(cycle: number, dice: Dice, hasShim: boolean): Blow {
  if (cycle === 1) return { kind: 'kill', from: 'records', count: 60 }
  const kinds = hasShim ? KINDS : KINDS.filter((kind) => kind === 'kill' || kind === 'cut')
  // In turn, so that a short campaign meets each of them.
  const kind = kinds[(cycle - 2) % kinds.length]!
  switch (kind) {
    case 'kill':
      return dice.chance(0.7)
        ? { kind, from: 'serving', afterMs: dice.between(0, 400) }
        : { kind, from: 'spawn', afterMs: dice.between(50, 900) }
    case 'cut':
      return { kind }
    case 'full':
      return { kind, fault: dice.pick(['no_space', 'short_then_full']), after: dice.between(0, 60) }
    case 'clock':
      return { kind, byMs: dice.pick(JUMPS_MS) }
    case 'slow':
      return { kind: 'strange', fault: 'slow', param: dice.between(1, 80) * 1_000 }
    case 'short_writes':
      return { kind: 'strange', fault: 'short_writes', param: 0 }
    default:
      return { kind: 'fatal', fault: kind, duringStart: dice.chance(0.3), after: dice.between(0, 40) }
  }
}

const KINDS = [
  'kill_in_write',
  'sync_fails',
  'full',
  'cut',
  'clock',
  'kill_in_sync',
  'write_fails',
  'slow',
  'short_writes',
  'kill',
] as const
