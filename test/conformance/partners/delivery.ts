/** The gateway's own way from an event to a partner's bytes, over contracts made for a vector: accept, judge, prepare. */
import { createSecretKey } from 'node:crypto'
import { acceptedEvent, type Classified, classifyEvent } from '../../../src/flow/accept.ts'
import { createParts } from '../../../src/flow/parts.ts'
import { createPreparer, type Prepared, type WithheldEvent } from '../../../src/flow/prepare.ts'
import { type PreparedRelay, prepareRelay } from '../../../src/flow/relay-prepare.ts'
import { readRelay, relayedEvent } from '../../../src/flow/relay-read.ts'
import { createRoutes } from '../../../src/flow/routes.ts'
import type { AppId, EventRef, JsonObject, PartnerId, Revision } from '../../../src/model/brand.ts'
import type { AppPlan, ContractPlan, RevisionPlan } from '../../../src/model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type RawSignals, type Standing } from '../../../src/model/event.ts'
import { RELAY_EVENT } from '../../../src/model/relay-map.ts'
import type { RegisteredType } from '../../../src/partners/kit/envelope-limits.ts'
import type { PartnerRequest } from '../../../src/partners/kit/type.ts'
import { partnerTypes } from '../../../src/partners/registry.ts'
import { NO_REQUEST_SIGNALS } from '../../../src/signals/read.ts'
import { matchRoute, parseContent, parseForm } from '../../../src/transform/relay/request.ts'
import type { Bench } from '../judgement.ts'

/** One app a platform: what kind an id is depends on it. */
export const APPS = { ios: 'records-ios', android: 'records-android', other: 'records-web' } as const
export type Platform = keyof typeof APPS

const TYPES = partnerTypes()
const NUMBER = 1 as Revision

export function typeNamed(name: string): RegisteredType {
  const type = TYPES.get(name)
  if (type === undefined) throw new RangeError(`no partner type ${name}`)
  return type
}
export function typeNames(): readonly string[] {
  return [...TYPES.keys()]
}

/** A state in which an event is sent: signals beside those it brings itself, and what stands against its subject, then and now. */
export interface Circumstances {
  /** Whether what the event itself says of the person's privacy counts. */
  readonly own: boolean
  readonly signals: RawSignals
  readonly standing?: Standing
}

export interface Delivery {
  /** Undefined where the events API takes no such event, whatever is added. */
  accept(input: JsonObject, platform: Platform): AcceptedEvent | undefined
  prepare(event: AcceptedEvent, partner: PartnerId, circumstances: Circumstances): Prepared
  /** The same request as an SDK of the partner's own would send it, through the relay. Undefined where the type relays no such one. */
  relay(
    request: PartnerRequest,
    partner: PartnerId,
    platform: Platform,
    circumstances: Circumstances,
  ): PreparedRelay | WithheldEvent | undefined
}

/** @param bundle the store id that the apps' configuration names */
export function createDelivery(
  contracts: readonly ContractPlan[],
  { rules, decoders, countryOf, at }: Bench,
  bundle: string,
): Delivery {
  const plan: RevisionPlan = {
    number: NUMBER,
    digest: '0'.repeat(64),
    activatedAt: 0,
    publication: { author: 'files', message: '', approvals: [], parent: 0, change: 'first' },
    policy: rules.policy,
    apps: Object.entries(APPS).map(([platform, id]) => appOf(id, platform, bundle)),
    contracts,
  }
  const parts = createParts(
    { current: () => plan, at: () => plan, stopped: () => false },
    TYPES,
    createSecretKey(new Uint8Array(32)),
  )
  const routes = createRoutes(
    plan,
    (type) => TYPES.get(type)?.abilities,
    () => false,
  )
  const preparer = createPreparer()
  const appNamed = (platform: Platform): AppPlan => plan.apps.find(({ id }) => id === APPS[platform])!
  const under = (event: AcceptedEvent, { own, signals, standing = NO_STANDING }: Circumstances): AcceptedEvent => ({
    ...event,
    signals: own ? { ...event.signals, ...signals } : signals,
    accepted: {
      ...event.accepted,
      standing: { findings: [...event.accepted.standing.findings, ...standing.findings] },
    },
  })
  const judge = (event: AcceptedEvent) =>
    preparer.judge(event, event.accepted.standing, { accepted: rules, now: rules }, at)

  return {
    accept: (input, platform) => {
      const app = appNamed(platform)
      const classified = classifyEvent(
        input,
        {
          app,
          signals: NO_REQUEST_SIGNALS,
          clientIp: undefined,
          receivedAt: at,
          sentAt: undefined,
          shared: undefined,
        },
        { revision: NUMBER, policy: rules.policy, routes, countryOf, categories: {}, decoders },
      )
      return classified.kind === 'rejected' ? undefined : accepted(classified)
    },
    prepare: (event, partner, circumstances) => {
      const judged = under(event, circumstances)
      return preparer.prepare(judged, judge(judged), parts.forPartner(partner, judged), parts.app(judged), at)
    },
    relay: ({ method, path, headers, body }, partner, platform, circumstances) => {
      const [target = '', query = ''] = path.split('?')
      const app = appNamed(platform)
      const map = parts.forPartner(partner, relayedBy(app)).relay
      const isForm = headers['Content-Type'] === 'application/x-www-form-urlencoded'
      const match = map === undefined ? undefined : matchRoute(map, method, target, isForm ? 'form' : 'json')
      if (match?.kind !== 'route') return undefined
      const small = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
      const content = parseContent(match.route.route.body, body)
      const read = readRelay(
        match.route,
        { query: parseForm(query), headers: Object.fromEntries(small), content },
        { app, receivedAt: at, signals: { gpc: [], dnt: [] }, ipPlace: undefined },
        { policy: rules.policy, categories: {}, decoders, countryOf },
      )
      const event = under(relayedEvent(read, REF, [], { revision: NUMBER, standing: NO_STANDING }), circumstances)
      return prepareRelay(
        preparer.decide,
        read,
        event,
        judge(event),
        parts.forPartner(partner, event),
        parts.app(event),
        at,
      )
    },
  }
}

const REF = '0'.repeat(32) as EventRef

/** Enough of an event to ask for a partner's terms. */
function relayedBy(app: AppPlan): AcceptedEvent {
  return relayedEvent(
    {
      eventKey: RELAY_EVENT,
      context: { app, receivedAt: 0, signals: { gpc: [], dnt: [] }, ipPlace: undefined },
      signals: {},
      identities: [],
    },
    REF,
    [],
    { revision: NUMBER, standing: NO_STANDING },
  )
}

function accepted(classified: Classified): AcceptedEvent {
  return acceptedEvent(classified, REF, [], { revision: NUMBER, standing: NO_STANDING })
}

function appOf(id: string, platform: string, bundle: string): AppPlan {
  return {
    id: id as AppId,
    name: 'Records',
    bundle,
    ...(platform === 'ios' || platform === 'android' ? { platform } : {}),
    writeKeys: [],
    retiredKeys: [],
  }
}
