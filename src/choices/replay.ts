/**
 * Tells the choices again what the ledger has on record and they do not: after a crash the last moments, after a restore
 * of an older copy all that came since. Nothing may be sent, and nothing taken in, before it is done.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel, ChoiceStatement } from '../model/choice.ts'
import type { Choices, Reflection, RequestSeal } from './ports.ts'

const PAGE = 1_000
/** Choices told at once: one group commit, one step of freshness. */
const AT_ONCE = 500

export interface ReplayParts {
  readonly choices: Pick<Choices, 'put'> & Reflection
  /** REQUEST records in the ledger's order, those after number `after`. */
  readonly requests: (
    after: number,
    limit: number,
  ) => Promise<{ readonly records: readonly RequestRow[]; readonly next?: number }>
  readonly seal: Pick<RequestSeal, 'open'>
  /** The ledger's size, and the lowest record it still keeps. */
  readonly ledger: { readonly size: number; readonly floor: number }
  readonly eraseAgain: (erasure: ToldErasure) => Promise<void>
}
export interface RequestRow {
  readonly facts?: unknown
}
export interface ToldErasure {
  readonly at: EpochMs
  readonly channel: Channel
  readonly keys: readonly IdentityKey[]
}

export type Replayed =
  /** Told again: so many choices and erasures, from record `from` on. */
  | { readonly kind: 'told'; readonly from: number; readonly choices: number; readonly erasures: number }
  /** The ledger is older than the choices: they stay as they are, and what the ledger lost cannot be told. */
  | { readonly kind: 'ledger_older'; readonly reflected: number }
  /** Records that the choices do not reflect are no longer kept: opt-outs may be lost. */
  | { readonly kind: 'lost'; readonly from: number }
  /** A record is sealed under another index key than this one: nobody can be found under it. */
  | { readonly kind: 'other_key' }

export async function replayRequests(parts: ReplayParts): Promise<Replayed> {
  const { choices, requests, seal, ledger } = parts
  const from = await choices.reflected()
  if (from > ledger.size) {
    await choices.reflect(ledger.size)
    return { kind: 'ledger_older', reflected: from }
  }
  if (from < ledger.floor) return { kind: 'lost', from }
  let told = 0
  let waiting: Promise<unknown>[] = []
  let erasure: ToldErasure | undefined
  let erasures = 0
  const settle = async (): Promise<void> => {
    await Promise.all(waiting)
    waiting = []
  }
  const endErasure = async (): Promise<void> => {
    if (erasure === undefined) return
    await parts.eraseAgain(erasure)
    erasures++
    erasure = undefined
  }
  for (let after: number | undefined = from - 1; after !== undefined; ) {
    const page = await requests(after, PAGE)
    for (const { facts } of page.records) {
      const { sealed } = (facts ?? {}) as { readonly sealed?: unknown }
      if (typeof sealed !== 'string') continue
      const one = seal.open(sealed)
      if (one === undefined) return { kind: 'other_key' }
      if (one.kind === 'erasure') {
        await settle()
        const { at, channel } = one
        if (erasure?.at !== at || erasure.channel !== channel) await endErasure()
        // Those that follow each other may be several people's: nothing says, and it is the same work.
        erasure = { at, channel, keys: [...(erasure?.keys ?? []), one.key] }
        continue
      }
      await endErasure()
      waiting.push(choices.put([one.key], one.named ? one.said : narrowed(one.said), { partly: true }))
      told++
      if (waiting.length >= AT_ONCE) await settle()
    }
    after = page.next
  }
  await settle()
  await endErasure()
  await choices.reflect(ledger.size)
  return { kind: 'told', from, choices: told, erasures }
}

/** What came along a link only takes away. */
function narrowed(said: ChoiceStatement): ChoiceStatement {
  return { ...said, permits: 0, channel: 'app' }
}
