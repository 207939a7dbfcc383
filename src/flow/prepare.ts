/**
 * From an accepted event to the exact bytes for one partner, or the reason why nothing is sent: verdict, decide,
 * transform, encode, guard. Pure, and the only path: delivery, relay and simulator all call this.
 */
import { createDecisionCache } from '../decide/decision-cache.ts'
import { isWithinShare, type Terms } from '../decide/terms.ts'
import {
  classOf,
  constantsOf,
  createScanner,
  type FormsVersion,
  parseTaint,
  type ScanResult,
  type Taint,
} from '../guard/index.ts'
import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Decision, PrivacyFlags } from '../model/decision.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { DROP, type FieldClass, topOf } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'
import type { AppFacts, View } from '../model/values.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Encoder } from '../partners/kit/type.ts'
import { isSwitchedOff } from '../signals/integrations.ts'
import type { CompiledMap } from '../transform/relay/request.ts'
import { createViewer, type Pseudonymise } from '../transform/view.ts'
import { createJudge, type Judge, type Judged } from './judge.ts'

/** A partner on one thread: its terms, joined with the functions that apply them. */
export interface PartnerParts {
  /** The terms in force when the event was accepted. */
  readonly accepted: Terms | undefined
  /** The terms in force now; undefined if the contract was removed. */
  readonly now: Terms | undefined
  /** The subject's position in a staged rollout. */
  readonly point?: number | undefined
  readonly encoder: Encoder | undefined
  readonly pseudonymise: Pseudonymise
  /** What may pass of the partner's own requests; undefined for a type that cannot relay. */
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
  /** What the guard found, if anything: a kind of value and a form, never the value. */
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

/** What is decided: an event, or a request in a partner's own format. */
export type Subject = Pick<AcceptedEvent, 'app' | 'eventKey' | 'signals'>

export interface Preparer {
  readonly judge: Judge
  decide(
    subject: Subject,
    judged: Judged,
    terms: Pick<PartnerParts, 'accepted' | 'now' | 'point'>,
    at: EpochMs,
  ): Decision
  prepare(event: AcceptedEvent, judged: Judged, partner: PartnerParts, app: AppFacts, at: EpochMs): Prepared
  /** Forgets every value searched for: call before an erasure is answered. */
  forget(): void
}

/** @param forms an earlier version of the guard's, only for comparison */
export function createPreparer(forms?: FormsVersion): Preparer {
  const judge = createJudge()
  const decideCached = createDecisionCache()
  const constants = createConstants()
  const viewOf = createViewer()
  const scan = createScanner(forms)
  const decide: Preparer['decide'] = (
    { app, eventKey, signals },
    { verdict, key, finestCoarse, vendorList },
    { accepted, now, point },
    at,
  ) => {
    const decision = decideCached(
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
    // An `integrations` switch is this event's own: other decisions say nothing about it.
    if (decision.kind === 'withhold' || signals.integrations === undefined) return decision
    const isOff = [accepted, now].some((terms) => terms && isSwitchedOff(signals.integrations, terms.contract))
    return isOff ? SWITCHED_OFF : decision
  }
  return {
    judge,
    decide,
    forget: () => scan.forget(),
    prepare: (event, judged, partner, app, at) =>
      prepareBy(decide(event, judged, partner, at), judged, partner, at, (decision, encoder) => {
        const view = viewOf(event.fields, event.kind, app, decision, partner.pseudonymise)
        const tainted = passesTainted(event, view, decision)
        if (tainted !== undefined) return { kind: 'withheld', why: 'guard', hit: tainted }
        const encoded = encoder.item(view, decision.flags)
        if (encoded.kind === 'impossible') return { kind: 'withheld', why: 'type_cannot_carry' }
        const { bytes } = encoded
        const looked = {
          raw: event.fields,
          view,
          bytes,
          constants: constants(encoder, view, decision),
          isGranted: (kind: 'email' | 'phone') => passesWhole(decision, kind),
        }
        return { kind: 'encoded', made: { view, bytes }, guard: () => scan(looked) }
      }),
  }
}

/** What a front makes of a decision: the bytes, and how the guard searches them. */
export type Encoded<Made> =
  | { readonly kind: 'encoded'; readonly made: Made; readonly guard: () => ScanResult }
  | { readonly kind: 'withheld'; readonly why: Reason; readonly hit?: NonNullable<WithheldEvent['hit']> }

/** The steps common to events and relayed requests: decide, build, guard. */
export function prepareBy<Made extends { readonly bytes: string; readonly view: object }>(
  decision: Decision,
  { verdict }: Judged,
  { now, encoder, point }: PartnerParts,
  at: EpochMs,
  encode: (decision: SendDecision, encoder: Encoder) => Encoded<Made>,
): (Omit<PreparedItem, 'view'> & Made) | WithheldEvent {
  if (decision.kind === 'withhold') return { kind: 'withheld', why: decision.why, verdict, decision }
  if (encoder === undefined || now === undefined) return { kind: 'withheld', why: 'contract_ended', verdict, decision }
  const staged = now.bounds.length > 0 && isWithinShare(now, at, point) ? STAGED : NOT_STAGED
  const encoded = encode(decision, encoder)
  if (encoded.kind === 'withheld') return { ...encoded, verdict, decision, ...staged }
  const looked = encoded.guard()
  if (!looked.clear) return { kind: 'withheld', why: 'guard', verdict, decision, hit: looked, ...staged }
  return { kind: 'item', verdict, decision, ...encoded.made, contract: now.contract, encoder, ...staged }
}

const SWITCHED_OFF: Decision = { kind: 'withhold', why: 'integrations' }
const STAGED = { staged: true } as const
const NOT_STAGED = {} as const

/**
 * A kept slot that held a dropped identifier on arrival must not be sent, unless that identifier is granted after all.
 * If only the untreated value holds it, a pseudonym may be sent.
 */
function passesTainted(event: AcceptedEvent, view: View, decision: SendDecision): WithheldEvent['hit'] {
  for (const text of event.tainted) {
    const taint = parseTaint(text)
    if (!leaves(taint, view, decision)) continue
    const of = classOf(taint)
    if (of === undefined || !passesWhole(decision, of)) return { clear: false, what: taint.kind, form: taint.form }
  }
  return undefined
}

function leaves({ slot, passOnly }: Taint, view: View, decision: SendDecision): boolean {
  if (slot.startsWith('property.'))
    return decision.fields.property.level !== DROP && Object.hasOwn(decision.properties, slot.slice('property.'.length))
  // Sound: the screen names classes.
  return Object.hasOwn(view, slot) && (!passOnly || passesWhole(decision, slot as FieldClass))
}

/** True if the class passes as received. */
export function passesWhole({ fields }: Pick<SendDecision, 'fields'>, of: FieldClass): boolean {
  return fields[of].level === topOf(of)
}

/** The encoder's constants: the leaves of an item for an empty view. */
type Constants = (encoder: Encoder, view: View, decision: SendDecision) => ReadonlySet<string>

function createConstants(): Constants {
  const known = new WeakMap<Encoder, Map<string, ReadonlySet<string>>>()
  const flagTexts = new WeakMap<PrivacyFlags, string>()
  const textOf = (flags: PrivacyFlags): string => {
    let text = flagTexts.get(flags)
    if (text === undefined) {
      text = Object.values(flags).join()
      flagTexts.set(flags, text)
    }
    return text
  }
  return (encoder, { event, kind, app }, { flags }) => {
    const byKey = known.get(encoder) ?? new Map<string, ReadonlySet<string>>()
    known.set(encoder, byKey)
    const key = `${event}\0${kind}\0${app.id}\0${textOf(flags)}`
    const cached = byKey.get(key)
    if (cached !== undefined) return cached
    const empty = encoder.item({ event, kind, app }, flags)
    const written = empty.kind === 'item' ? constantsOf(empty.bytes) : []
    const constants = new Set([...written, ...encoder.constants])
    byKey.set(key, constants)
    return constants
  }
}
