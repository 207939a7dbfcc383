/**
 * What may be sent, made in one place for both fronts: an event's item, and a relayed request. It is decided under the
 * state at one time, detects when that state is no longer in force, and can be decided again.
 */
import { turningPoints } from '../decide/terms.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import type { Judged } from './judge.ts'
import type { Parts } from './parts.ts'
import type { SentItem, StandingReader } from './ports.ts'
import type { PartnerParts, PreparedItem, Preparer, WithheldEvent } from './prepare.ts'

/** What a front prepared: `request` if it is a request by itself, not an item of an envelope. */
export interface Sending extends Omit<PreparedItem, 'view'> {
  /** A member for each class of which something is sent. */
  readonly view: object
  readonly request?: PartnerRequest
}

/** Something in flight, and how to check that it may still be sent. */
export interface Sendable<Item extends Sending = Sending> {
  readonly event: AcceptedEvent
  /** From 1. */
  readonly attempt: number
  readonly prepared: Item
  /** The revision that was live when `prepared` was decided. */
  readonly revision: Pick<RevisionPlan, 'number' | 'digest'>
  /** True while the state that `prepared` depends on is in force: a few comparisons. */
  isCurrent(): boolean
  /** Decides again under the current state; from then on `isCurrent` refers to that state. */
  again(): Item | WithheldEvent
}

export interface DecideDeps {
  readonly standing: StandingReader
  readonly parts: Parts
  readonly preparer: Preparer
  readonly current: () => RevisionPlan
  readonly now: () => EpochMs
  /** True for an event that arrived before its subject was erased. */
  readonly isErased: (event: AcceptedEvent) => boolean
}

/** Prepares what a front sends: an event as an item, a relayed request as a request. Pure. */
export type Front<Item extends Sending> = (judged: Judged, partner: PartnerParts, at: EpochMs) => Item | WithheldEvent

export type Decided<Item extends Sending> =
  | { readonly kind: 'sendable'; readonly sendable: Sendable<Item> }
  | { readonly kind: 'withheld'; readonly prepared: WithheldEvent; readonly revision: RevisionPlan }

/**
 * Decides under the current state.
 * @param look called once, before it returns
 */
export function decideNow<Item extends Sending>(
  partner: PartnerId,
  event: AcceptedEvent,
  attempt: number,
  front: Front<Item>,
  deps: DecideDeps,
  look: StandingReader['lookup'] = deps.standing.lookup,
): Decided<Item> {
  let stamp = 0
  /** The decision expires when the terms change by themselves. */
  let until = Number.POSITIVE_INFINITY
  const decide = (lookup: StandingReader['lookup']): Item | WithheldEvent => {
    const read = lookup(event.identityKeys)
    stamp = read.stamp
    const at = deps.now()
    const judged = deps.preparer.judge(event, read.standing, deps.parts.rules(event), at)
    if (deps.isErased(event)) return erased(judged)
    const joined = deps.parts.forPartner(partner, event)
    until = nextTurn(joined, at)
    return front(judged, joined, at)
  }
  const prepared = decide(look)
  const revision = deps.current()
  if (prepared.kind === 'withheld') return { kind: 'withheld', prepared, revision }
  return {
    kind: 'sendable',
    sendable: {
      event,
      attempt,
      prepared,
      revision,
      isCurrent: () =>
        deps.standing.isCurrent(stamp, event.identityKeys) && deps.now() < until && !deps.isErased(event),
      again: () => decide(deps.standing.lookup),
    },
  }
}

/** What rollout monitoring compares. */
export function sentItem({ bytes, staged }: Sending): SentItem {
  return { bytes: Buffer.byteLength(bytes), isStaged: staged === true }
}

/** What the guard found: a kind of value and a form. */
export function describeHit({ hit }: Pick<WithheldEvent, 'hit'>): string {
  return hit === undefined ? '' : `${hit.what} as ${hit.form}`
}

/** The next time at which a grant, an agreement or a staged widening ends by itself. */
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
