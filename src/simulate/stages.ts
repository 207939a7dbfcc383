/**
 * The three stages of a simulated event: received and classified; treated, with the reason for every field; the exact request,
 * secrets as placeholders. Plain data for screens, the API and tests.
 */
import { explainVerdict } from '../decide/explain.ts'
import type { Prepared } from '../flow/prepare.ts'
import type { PreparedRelay } from '../flow/relay-prepare.ts'
import { reportSignals } from '../flow/signal-report.ts'
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { DROP, FIELD_CLASSES, type FieldClass, treatmentName } from '../model/field-class.ts'
import { REASONS, type Reason, sentenceOfEvent, sentenceOfField } from '../model/reason.ts'
import { type PartnerRequest, secretPlaceholder } from '../partners/kit/type.ts'
import type { DescribedSignal } from '../signals/entry.ts'
import { prepareFor, type SupposeDeps, type Supposed } from './suppose.ts'
import type { World } from './world.ts'

type Plain = Readonly<Record<string, unknown>>
/** `ExplainedVerdict`, as plain data. */
type ShownVerdict = Plain & { readonly words: readonly string[] }

export interface TreatedField {
  /** `pass`, `pseudonym`, `24/48`, `drop`, … */
  readonly treatment: string
  readonly why: Reason
  /** The binding reason, in words. */
  readonly because: string
  /** The event's value; absent if there is none. */
  readonly received?: unknown
  /** The value that leaves; absent if none does. */
  readonly sent?: unknown
}

/** A request in readable form. Each `{{…}}` is replaced on sending. */
export interface ShownRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SimulatedPartner {
  readonly partner: PartnerId
  readonly name: string
  readonly result: 'item' | 'withheld'
  /** The binding reason; `agreed` if nothing restricts. */
  readonly why: Reason
  readonly because: string
  readonly verdict: ShownVerdict
  readonly fields: Readonly<Partial<Record<FieldClass, TreatedField>>>
  /** The treated event from which the request is encoded. */
  readonly view?: Plain
  /** What the ledger commits to. */
  readonly item?: string
  readonly request?: ShownRequest
  /** If the guard stopped it: kind of value and form, never the value. */
  readonly hit?: Plain
}

export interface Simulation {
  readonly revision: number
  readonly digest: string
  readonly at: string
  readonly app: string
  readonly event: string
  /** The stored fields, by class. */
  readonly fields: Plain
  /** Each signal as decoded. */
  readonly decoded: readonly DescribedSignal[]
  readonly verdict: ShownVerdict | undefined
  readonly partners: readonly SimulatedPartner[]
}

/** @param partner one partner; if undefined, every partner whose contract lists the event */
export function simulate(
  world: World,
  supposed: Supposed,
  { decoders }: Pick<SupposeDeps, 'decoders'>,
  partner?: PartnerId,
): Simulation {
  const { plan } = world
  const { event, at } = supposed
  const categories = plan.apps.find(({ id }) => id === event.app)?.consentCategories ?? {}
  const { decoded } = reportSignals(event.signals, { policy: plan.policy, categories }, decoders, at)
  const partners = (partner === undefined ? supposed.partners : [partner]).map((id) =>
    describeEvent(world, event, id, prepareFor(world, supposed, id)),
  )
  return {
    revision: plan.number,
    digest: plan.digest,
    at: new Date(at).toISOString(),
    app: event.app,
    event: event.eventKey,
    fields: { ...event.fields },
    decoded,
    verdict: partners[0]?.verdict,
    partners,
  }
}

function describeEvent(world: World, event: AcceptedEvent, id: PartnerId, prepared: Prepared): SimulatedPartner {
  return describePrepared(world, { ...event.fields }, id, prepared, () =>
    prepared.kind === 'item'
      ? { view: { ...prepared.view }, request: showRequest(prepared.encoder.envelope([prepared.bytes])) }
      : {},
  )
}

/** @param received the received values, by class; `shown` maps an item to the sent values and the request */
export function describePrepared(
  world: World,
  received: Plain,
  id: PartnerId,
  prepared: Prepared | PreparedRelay,
  shown: () => Pick<SimulatedPartner, 'view' | 'request'>,
): SimulatedPartner {
  const { decision, verdict } = prepared
  const contract = world.plan.contracts.find((one) => one.id === id)
  const sent = prepared.kind === 'item' ? shown() : {}
  const head = {
    partner: id,
    name: contract?.name ?? id,
    verdict: { ...explainVerdict(verdict) },
    fields: treatedFields(received, sent.view ?? {}, decision, contract),
  }
  if (prepared.kind === 'withheld') {
    const { why, hit } = prepared
    return {
      ...head,
      result: 'withheld',
      why,
      because: sentenceOfEvent(why),
      ...(hit === undefined ? {} : { hit: { ...hit } }),
    }
  }
  const { why } = prepared.decision
  return { ...head, ...sent, result: 'item', why, because: REASONS[why], item: prepared.bytes }
}

/** Every class that the event holds or the decision lets through. */
function treatedFields(
  received: Plain,
  view: Plain,
  decision: Decision,
  contract: ContractPlan | undefined,
): SimulatedPartner['fields'] {
  const treated: Partial<Record<FieldClass, TreatedField>> = {}
  for (const name of FIELD_CLASSES) {
    const { level, why } = decision.kind === 'send' ? decision.fields[name] : { level: DROP, why: decision.why }
    const had = valueIn(received, name)
    if (had === undefined && level === DROP) continue
    const sent = valueIn(view, name)
    treated[name] = {
      treatment: treatmentName(name, level),
      why,
      because: reasonText(name, why, level, contract),
      ...(had === undefined ? {} : { received: had }),
      ...(sent === undefined ? {} : { sent }),
    }
  }
  return treated
}

function valueIn(values: Plain, name: FieldClass): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/** The reason's sentence, and where to look in the contract. */
function reasonText(name: FieldClass, why: Reason, level: number, contract: ContractPlan | undefined): string {
  const sentence = sentenceOfField(why, level !== DROP)
  if (contract === undefined) return sentence
  const whole = contract.share[name] ?? DROP
  const limited = contract.whenRestricted.share[name] ?? DROP
  switch (why) {
    case 'not_granted':
      return `${sentence} (share has no ${name})`
    case 'generalised':
    case 'agreed':
      return `${sentence} (share.${name}: ${treatmentName(name, whole)})`
    case 'type_cannot_carry':
    case 'never_leaves':
    case 'precise_location':
    case 'location_permission':
      return sentence
    default:
      if (whole === DROP || contract.whenRestricted.send === 'nothing') return sentence
      if (level !== limited) return sentence
      return limited === DROP
        ? `${sentence} (when_restricted.share has no ${name})`
        : `${sentence} (when_restricted.share.${name}: ${treatmentName(name, limited)})`
  }
}

/** As delivery completes it: a signature is shown as a placeholder in its header. */
export function showRequest({ method, origin, path, headers, body, sign }: PartnerRequest): ShownRequest {
  const signed =
    sign === undefined
      ? headers
      : {
          ...headers,
          [sign.header]: `${sign.prefix}{{hmac-${sign.algorithm}:${secretPlaceholder(sign.key).slice(2, -2)}}}`,
        }
  return { method, url: origin + path, headers: signed, body: method === 'GET' ? '' : body }
}
