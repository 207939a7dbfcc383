/**
 * Restores choices from the ledger's REQUEST records that the choices do not reflect: the last moments after a crash, or
 * everything since an older copy was put back. Nothing may be sent or accepted before it is done.
 */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel, ChoiceStatement } from '../model/choice.ts'
import type { Choices, Reflection, RequestSeal } from './ports.ts'

const PAGE = 1_000
/** Choices restored concurrently: one group commit, one freshness step. */
const AT_ONCE = 500

export interface RestoreParts {
  readonly choices: Pick<Choices, 'put'> & Reflection
  /** REQUEST records after number `after`, in order. */
  readonly requests: (
    after: number,
    limit: number,
  ) => Promise<{ readonly records: readonly RequestRow[]; readonly next?: number }>
  readonly seal: Pick<RequestSeal, 'open'>
  /** The ledger's size, and its lowest kept record. */
  readonly ledger: { readonly size: number; readonly floor: number }
  readonly eraseAgain: (erasure: SealedErasure) => Promise<void>
}
export interface RequestRow {
  readonly facts?: unknown
}
export interface SealedErasure {
  readonly at: EpochMs
  readonly channel: Channel
  readonly keys: readonly IdentityKey[]
}

export type Restored =
  /** Restored this many choices and erasures, from record `from` on. */
  | { readonly kind: 'told'; readonly from: number; readonly choices: number; readonly erasures: number }
  /** The ledger is older than the choices, which stay unchanged. */
  | { readonly kind: 'ledger_older'; readonly reflected: number }
  /** Unreflected records were pruned: opt-outs may be lost. */
  | { readonly kind: 'lost'; readonly from: number }
  /** A record is sealed under another index key, so no identity can be found. */
  | { readonly kind: 'other_key' }

export async function restoreChoices(parts: RestoreParts): Promise<Restored> {
  const { choices, requests, seal, ledger } = parts
  const from = await choices.reflected()
  if (from > ledger.size) {
    await choices.reflect(ledger.size)
    return { kind: 'ledger_older', reflected: from }
  }
  if (from < ledger.floor) return { kind: 'lost', from }
  let restored = 0
  let waiting: Promise<unknown>[] = []
  let erasure: SealedErasure | undefined
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
        // Consecutive records may belong to several subjects; erasing them together gives the same result.
        erasure = { at, channel, keys: [...(erasure?.keys ?? []), one.key] }
        continue
      }
      await endErasure()
      waiting.push(choices.put([one.key], one.named ? one.said : narrowed(one.said), { partly: true }))
      restored++
      if (waiting.length >= AT_ONCE) await settle()
    }
    after = page.next
  }
  await settle()
  await endErasure()
  await choices.reflect(ledger.size)
  return { kind: 'told', from, choices: restored, erasures }
}

/** A statement that came along a link only restricts. */
function narrowed(said: ChoiceStatement): ChoiceStatement {
  return { ...said, permits: 0, channel: 'app' }
}
