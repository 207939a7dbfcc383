/** Turns pulled events into candidates for sending, and groups those into envelopes. */
import type { StandingReader } from '../flow/ports.ts'
import type { PreparedItem, WithheldEvent } from '../flow/prepare.ts'
import { type DecideDeps, decideNow, type Sendable } from '../flow/sendable.ts'
import type { PulledEvent } from '../intake/ports.ts'
import type { PartnerId } from '../model/brand.ts'

export interface Candidate {
  readonly pulled: PulledEvent
  readonly sendable: Sendable<PreparedItem>
}

export type Made =
  | ({ readonly kind: 'item' } & Candidate)
  | { readonly kind: 'withheld'; readonly pulled: PulledEvent; readonly prepared: WithheldEvent }

/** Consecutive events are mostly of one device: they share one look-up, within one turn only. */
export function lookOnce({ lookup }: StandingReader): StandingReader['lookup'] {
  type Read = ReturnType<StandingReader['lookup']>
  const known = new Map<string, Read>()
  let last: { readonly keys: Parameters<StandingReader['lookup']>[0]; readonly read: Read } | undefined
  return (keys) => {
    // Events of one batch share their list of keys.
    if (last?.keys === keys) return last.read
    const together = keys.join()
    const read = known.get(together) ?? lookup(keys)
    known.set(together, read)
    last = { keys, read }
    return read
  }
}

/** Decides under the current state. `look` is called once, before it returns. */
export function makeCandidate(
  partner: PartnerId,
  pulled: PulledEvent,
  deps: DecideDeps,
  look: StandingReader['lookup'] = deps.standing.lookup,
): Made {
  const { event, attempt } = pulled
  const { preparer, parts } = deps
  const decided = decideNow(
    partner,
    event,
    attempt,
    (judged, joined, at) => preparer.prepare(event, judged, joined, parts.app(event), at),
    deps,
    look,
  )
  if (decided.kind === 'withheld') return { kind: 'withheld', pulled, prepared: decided.prepared }
  return { kind: 'item', pulled, sendable: decided.sendable }
}

/** Groups candidates into envelopes by count and size, in order. */
export function envelopesOf(items: readonly Candidate[], maxItems: number, maxBytes: number): Candidate[][] {
  const envelopes: Candidate[][] = []
  let bytes = 0
  for (const item of items) {
    const size = Buffer.byteLength(item.sendable.prepared.bytes)
    const last = envelopes.at(-1)
    if (last !== undefined && last.length < maxItems && bytes + size <= maxBytes) {
      last.push(item)
      bytes += size
    } else {
      envelopes.push([item])
      bytes = size
    }
  }
  return envelopes
}
