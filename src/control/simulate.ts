/**
 * One event, one or all partners, the verdict and the exact request, secrets as placeholders.
 * Calls the very functions the delivery path calls and holds nothing that could send.
 */
import { z } from 'zod'
import { explainVerdict } from '../decide/explain.ts'
import { acceptedEvent, type Classified, classifyEvent } from '../flow/accept.ts'
import type { Prepared } from '../flow/prepare.ts'
import { reportSignals } from '../flow/signal-report.ts'
import type { JsonObject, PartnerId } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { type AcceptedEvent, NO_STANDING, type Standing } from '../model/event.ts'
import { FIELD_CLASSES, treatmentName } from '../model/field-class.ts'
import { REASONS } from '../model/reason.ts'
import { ADVERTISING_DIMENSIONS, type Finding } from '../model/signal.ts'
import { createDecoders } from '../signals/decoders.ts'
import type { DescribedSignal } from '../signals/describe.ts'
import type { ControlDeps } from './deps.ts'

export const SIMULATE_BODY = z.strictObject({
  app: z.string(),
  /** A telemetry event as an SDK sends it. */
  event: z.record(z.string(), z.unknown()),
  /** One partner; all of the app's when absent. */
  partner: z.string().optional(),
  /** A stored choice to assume: `opted_out`, or none. The real choices are never read: a simulation names no one. */
  choice: z.enum(['none', 'opted_out', 'child']).default('none'),
  headers: z.strictObject({ 'sec-gpc': z.string().optional(), dnt: z.string().optional() }).default({}),
  client_ip: z.string().optional(),
})

const OPTED_OUT: Finding = {
  signal: 'choice',
  denies: ADVERTISING_DIMENSIONS,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'choice',
}
const ASSUMED: Readonly<Record<'none' | 'opted_out' | 'child', Standing>> = {
  none: NO_STANDING,
  opted_out: { findings: [OPTED_OUT] },
  child: { findings: [{ ...OPTED_OUT, child: true, why: 'child' }] },
}

type Plain = Readonly<Record<string, unknown>>
/** The stages of each partner. */
export interface SimulationAnswer {
  readonly revision: number
  readonly received: Plain
  readonly decoded: readonly DescribedSignal[]
  readonly partners: readonly (Described & { readonly partner: string })[]
}
type Described = {
  readonly result: 'item' | 'withheld'
  readonly why: string
  readonly fields: Readonly<Record<string, Plain>>
} & Plain
export type Simulation = z.output<typeof SIMULATE_BODY>

export function createSimulator(deps: ControlDeps): (asked: Simulation) => SimulationAnswer {
  const { revisions, now } = deps
  const decoders = createDecoders()
  return ({ app: appId, event: raw, partner, choice, headers, client_ip: clientIp }) => {
    const app = revisions.current().apps.find(({ id }) => id === appId)
    if (app === undefined)
      throw new GatewayError('ERR_SIMULATE_INVALID', { problems: [{ path: 'app', problem: 'unknown app' }] })
    const classified = classify(raw as JsonObject, app, headers, clientIp)
    const event = acceptedEvent(classified, deps.eventRefOf(app.id, classified.messageId ?? 'simulated'), [], {
      revision: revisions.current().number,
      standing: ASSUMED[choice],
    })
    const partners = partner === undefined ? classified.partners : [partner as PartnerId]
    return {
      revision: revisions.current().number,
      received: { fields: event.fields, signals: event.signals, event: event.eventKey },
      decoded: decodedSignals(event, app),
      partners: partners.map((id) => ({ partner: id, ...describe(prepareFor(event, id, ASSUMED[choice])) })),
    }
  }

  /** Each signal as it was understood; the verdicts below rest on the same functions. */
  function decodedSignals(
    { signals, receivedAt }: AcceptedEvent,
    { consentCategories = {} }: AppPlan,
  ): readonly DescribedSignal[] {
    const { policy } = revisions.current()
    return reportSignals(signals, { policy, categories: consentCategories }, decoders, receivedAt).decoded
  }

  function classify(
    raw: JsonObject,
    app: AppPlan,
    headers: Readonly<Record<string, string | undefined>>,
    clientIp: string | undefined,
  ): Classified {
    const { number, policy } = revisions.current()
    const one = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value])
    const { id, bundle, platform } = app
    const classified = classifyEvent(
      raw,
      {
        app: { id, ...(bundle === undefined ? {} : { bundle }), ...(platform === undefined ? {} : { platform }) },
        signals: { gpc: one(headers['sec-gpc']), dnt: one(headers.dnt) },
        clientIp,
        ipPlace: deps.placeOf(clientIp),
        receivedAt: now(),
        sentAt: undefined,
        batchContext: undefined,
      },
      {
        revision: number,
        policy,
        routes: deps.routes(),
        countryOf: deps.countryOf,
        categories: app.consentCategories ?? {},
        decoders,
      },
    )
    if (classified.kind === 'rejected')
      throw new GatewayError('ERR_SIMULATE_INVALID', { problems: [{ path: 'event', problem: classified.code }] })
    return classified
  }

  function prepareFor(event: AcceptedEvent, partner: PartnerId, standing: Standing): Prepared {
    const at = now()
    const judged = deps.preparer.judge(event, standing, deps.parts.rules(event), at)
    return deps.preparer.prepare(event, judged, deps.parts.forPartner(partner, event), deps.parts.app(event), at)
  }

  /** The stages in plain words: verdict, each field with its because, the request. */
  function describe(prepared: Prepared): Described {
    const { decision, verdict } = prepared
    const fields =
      decision.kind === 'withhold'
        ? {}
        : Object.fromEntries(
            FIELD_CLASSES.map((name) => [name, decision.fields[name]] as const)
              .filter(([name, { level }]) => level > 0 || (prepared.kind === 'item' && name in prepared.view))
              .map(([name, { level, why }]) => [
                name,
                { treatment: treatmentName(name, level), why, because: REASONS[why] },
              ]),
          )
    if (prepared.kind === 'withheld')
      return {
        result: 'withheld',
        why: prepared.why,
        because: REASONS[prepared.why],
        verdict: explainVerdict(verdict),
        fields,
      }
    const { encoder, bytes, view } = prepared
    return {
      result: 'item',
      why: decision.kind === 'send' ? decision.why : 'agreed',
      verdict: explainVerdict(verdict),
      fields,
      view,
      item: bytes,
      commitment: deps.commit(bytes),
      request: encoder.envelope([bytes]),
    }
  }
}
