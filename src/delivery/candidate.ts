/** Turns a pulled event into what may be sent, and keeps the means to decide it again. */
import { turningPoints } from '../decide/terms.ts'
import type { Candidate } from '../flow/disclose.ts'
import type { Judged } from '../flow/judge.ts'
import type { Parts } from '../flow/parts.ts'
import type { StandingReader } from '../flow/ports.ts'
import type { PartnerParts, Prepared, PreparedItem, Preparer, WithheldEvent } from '../flow/prepare.ts'
import type { PulledEvent } from '../intake/ports.ts'
import type { EpochMs, PartnerId, Position } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'

export interface LiveCandidate extends Candidate {
  readonly position: Position
  readonly pulled: PulledEvent
}

export interface CandidateDeps {
  readonly standing: StandingReader
  readonly parts: Parts
  readonly preparer: Preparer
  readonly current: () => RevisionPlan
  readonly now: () => EpochMs
  /** True for an event that came in before its person was erased. */
  readonly isErased: (event: AcceptedEvent) => boolean
}

export type Made =
  | { readonly kind: 'item'; readonly candidate: LiveCandidate }
  | { readonly kind: 'withheld'; readonly pulled: PulledEvent; readonly prepared: WithheldEvent }

/** The events of one phone mostly come together: one look answers for all of them, within one turn and no longer. */
export function lookOnce({ lookup }: StandingReader): StandingReader['lookup'] {
  const known = new Map<string, ReturnType<StandingReader['lookup']>>()
  return (keys) => {
    const together = keys.join()
    const read = known.get(together) ?? lookup(keys)
    known.set(together, read)
    return read
  }
}

/** Decides under the state of this moment. `look` is asked now and never again. */
export function makeCandidate(
  partner: PartnerId,
  pulled: PulledEvent,
  deps: CandidateDeps,
  look: StandingReader['lookup'] = deps.standing.lookup,
): Made {
  const { position, event, attempt } = pulled
  let stamp = 0
  /** When the terms change by themselves, the decision does as well. */
  let until = Number.POSITIVE_INFINITY
  const decide = (lookup: StandingReader['lookup']): Prepared => {
    const read = lookup(event.identityKeys)
    stamp = read.stamp
    const at = deps.now()
    const judged = deps.preparer.judge(event, read.standing, deps.parts.rules(event), at)
    if (deps.isErased(event)) return erased(judged)
    const parts = deps.parts.forPartner(partner, event)
    until = nextTurn(parts, at)
    return deps.preparer.prepare(event, judged, parts, deps.parts.app(event), at)
  }
  const prepared = decide(look)
  if (prepared.kind === 'withheld') return { kind: 'withheld', pulled, prepared }
  const isCurrent = (): boolean => deps.standing.isCurrent(stamp) && deps.now() < until
  const again = (): Prepared => decide(deps.standing.lookup)
  return {
    kind: 'item',
    candidate: {
      position,
      pulled,
      event,
      attempt,
      prepared,
      revision: deps.current().number,
      revisionDigest: deps.current().digest,
      isCurrent,
      again,
    },
  }
}

function nextTurn({ accepted, now }: PartnerParts, at: EpochMs): EpochMs {
  let next = Number.POSITIVE_INFINITY
  for (const terms of accepted === now ? [now] : [accepted, now]) {
    if (terms === undefined) continue
    for (const turn of turningPoints(terms)) if (turn > at && turn < next) next = turn
  }
  return next
}

function erased({ verdict }: Judged): WithheldEvent {
  return { kind: 'withheld', why: 'erased', verdict, decision: { kind: 'withhold', why: 'erased' } }
}

/** Cuts candidates into envelopes by count and size, in order. */
export function envelopesOf(items: readonly LiveCandidate[], maxItems: number, maxBytes: number): LiveCandidate[][] {
  const envelopes: LiveCandidate[][] = []
  let bytes = 0
  for (const item of items) {
    const size = sizeOf(item.prepared)
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

function sizeOf({ bytes }: PreparedItem): number {
  return Buffer.byteLength(bytes)
}
