/**
 * From an accepted event to the exact bytes for one partner, or the reason why nothing goes: verdict, decide,
 * transform, encode, guard. Pure, and the only way there is: delivery, relay and simulator all call this.
 */
import { createDecisionCache } from '../decide/decision-cache.ts'
import { isWithinShare, type Terms } from '../decide/terms.ts'
import { constantsOf, createScanner, type ScanResult } from '../guard/index.ts'
import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { DROP } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'
import type { AppFacts, View } from '../model/values.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Encoder } from '../partners/type.ts'
import type { CompiledMap } from '../transform/relay/request.ts'
import { createViewer, type Pseudonymise } from '../transform/view.ts'
import { createJudge, type Judge, type Judged } from './judge.ts'

/** A partner as one thread holds it: terms as data, joined with what works on them. */
export interface PartnerParts {
  /** The terms in force when the event was accepted. */
  readonly accepted: Terms | undefined
  /** The terms in force now; undefined where the contract is gone. */
  readonly now: Terms | undefined
  /** The subject's place among all, where a rollout is staged. */
  readonly point?: number | undefined
  readonly encoder: Encoder | undefined
  readonly pseudonymise: Pseudonymise
  /** What may pass of the partner's own requests; undefined for a type that has none. */
  readonly relay: CompiledMap | undefined
}

type SendDecision = Extract<Decision, { kind: 'send' }>
interface Explained {
  readonly verdict: Verdict
  readonly decision: Decision
  /** Decided for a subject within the share that a widening is staged for. */
  readonly staged?: true
}
export interface WithheldEvent extends Explained {
  readonly kind: 'withheld'
  readonly why: Reason
  /** What the guard hit, where it did: a kind of value and a form, never the value. */
  readonly hit?: Extract<ScanResult, { clear: false }>
}
export interface PreparedItem extends Explained {
  readonly kind: 'item'
  readonly decision: SendDecision
  readonly view: View
  readonly bytes: string
  /** The contract these bytes were prepared under. */
  readonly contract: ContractPlan
  readonly encoder: Encoder
}
export type Prepared = PreparedItem | WithheldEvent

/** What is decided about: an event, or a request in a partner's own format. */
export type Subject = Pick<AcceptedEvent, 'app' | 'eventKey'>

export interface Preparer {
  readonly judge: Judge
  decide(
    subject: Subject,
    judged: Judged,
    terms: Pick<PartnerParts, 'accepted' | 'now' | 'point'>,
    at: EpochMs,
  ): Decision
  prepare(event: AcceptedEvent, judged: Judged, partner: PartnerParts, app: AppFacts, at: EpochMs): Prepared
}

export function createPreparer(): Preparer {
  const judge = createJudge()
  const decideCached = createDecisionCache()
  const constants = createConstants()
  const viewOf = createViewer()
  const scan = createScanner()
  const decide: Preparer['decide'] = (
    { app, eventKey },
    { verdict, key, finestCoarse, vendorList },
    { accepted, now, point },
    at,
  ) =>
    decideCached(
      {
        accepted,
        now,
        app,
        eventKey,
        verdict,
        finestCoarse,
        at,
        point,
        ...(vendorList === undefined ? {} : { vendorList }),
      },
      key,
    )
  return {
    judge,
    decide,
    prepare: (event, judged, partner, app, at) => {
      const { verdict } = judged
      const { now, encoder, pseudonymise } = partner
      const decision = decide(event, judged, partner, at)
      if (decision.kind === 'withhold') return { kind: 'withheld', why: decision.why, verdict, decision }
      if (encoder === undefined || now === undefined)
        return { kind: 'withheld', why: 'contract_ended', verdict, decision }
      const staged = now.bounds.length > 0 && isWithinShare(now, at, partner.point) ? STAGED : NOT_STAGED
      const view = viewOf(event.fields, event.kind, app, decision, pseudonymise)
      if (passesTainted(event, view, decision)) return { kind: 'withheld', why: 'guard', verdict, decision, ...staged }
      const encoded = encoder.item(view, decision.flags)
      if (encoded.kind === 'impossible') return { kind: 'withheld', why: 'type_cannot_carry', verdict, decision }
      const scanned = scan({
        raw: event.fields,
        view,
        bytes: encoded.bytes,
        constants: constants(encoder, view, decision),
      })
      if (!scanned.clear) return { kind: 'withheld', why: 'guard', verdict, decision, hit: scanned, ...staged }
      const { bytes } = encoded
      return { kind: 'item', verdict, decision, view, bytes, contract: now.contract, encoder, ...staged }
    },
  }
}

const STAGED = { staged: true } as const
const NOT_STAGED = {} as const

/** A kept slot that held a dropped identifier when the event came in must not leave, in whatever form. */
function passesTainted(event: AcceptedEvent, view: View, decision: SendDecision): boolean {
  return event.tainted.some((slot) => {
    if (!slot.startsWith('property.')) return Object.hasOwn(view, slot)
    return decision.fields.property.level !== DROP && Object.hasOwn(decision.properties, slot.slice('property.'.length))
  })
}

/** What an encoder writes of its own accord: the leaves of an item for a view that holds nothing. */
type Constants = (encoder: Encoder, view: View, decision: SendDecision) => ReadonlySet<string>

function createConstants(): Constants {
  const known = new WeakMap<Encoder, Map<string, ReadonlySet<string>>>()
  return (encoder, { event, kind, app }, { flags }) => {
    const byKey = known.get(encoder) ?? new Map<string, ReadonlySet<string>>()
    known.set(encoder, byKey)
    const key = `${event}\0${kind}\0${app.id}\0${Object.values(flags).join()}`
    const cached = byKey.get(key)
    if (cached !== undefined) return cached
    const empty = encoder.item({ event, kind, app }, flags)
    const written = empty.kind === 'item' ? constantsOf(empty.bytes) : []
    const constants = new Set([...written, ...(encoder.constants ?? [])])
    byKey.set(key, constants)
    return constants
  }
}
