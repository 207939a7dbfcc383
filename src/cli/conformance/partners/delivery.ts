/** The gateway's own way from an event to a partner's bytes, over contracts made for a vector: accept, judge, prepare. */
import { createSecretKey } from 'node:crypto'
import { acceptedEvent, type Classified, classifyEvent } from '../../../flow/accept.ts'
import { createParts } from '../../../flow/parts.ts'
import { createPreparer, type Prepared } from '../../../flow/prepare.ts'
import { createRoutes } from '../../../flow/routes.ts'
import type { AppId, EventRef, JsonObject, PartnerId, Revision } from '../../../model/brand.ts'
import type { AppPlan, ContractPlan, RevisionPlan } from '../../../model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type RawSignals, type Standing } from '../../../model/event.ts'
import type { RegisteredType } from '../../../partners/envelope-limits.ts'
import { partnerTypes } from '../../../partners/registry.ts'
import { NO_REQUEST_SIGNALS } from '../../../signals/read.ts'
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

  return {
    accept: (input, platform) => {
      const app = plan.apps.find(({ id }) => id === APPS[platform])!
      const classified = classifyEvent(
        input,
        {
          app,
          signals: NO_REQUEST_SIGNALS,
          clientIp: undefined,
          receivedAt: at,
          sentAt: undefined,
          batchContext: undefined,
        },
        { revision: NUMBER, policy: rules.policy, routes, countryOf, categories: {}, decoders },
      )
      return classified.kind === 'rejected' ? undefined : accepted(classified)
    },
    prepare: (event, partner, { own, signals, standing = NO_STANDING }) => {
      const judgedEvent = {
        ...event,
        signals: own ? { ...event.signals, ...signals } : signals,
        accepted: { ...event.accepted, standing },
      }
      const judged = preparer.judge(judgedEvent, standing, { accepted: rules, now: rules }, at)
      return preparer.prepare(judgedEvent, judged, parts.forPartner(partner, judgedEvent), parts.app(judgedEvent), at)
    },
  }
}

function accepted(classified: Classified): AcceptedEvent {
  return acceptedEvent(classified, '0'.repeat(32) as EventRef, [], { revision: NUMBER, standing: NO_STANDING })
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
