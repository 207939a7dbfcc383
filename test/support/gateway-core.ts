/** The pure story — accept, judge, prepare — put together as the gateway does, without its stores and sockets. */
import { createSecretKey } from 'node:crypto'
import {
  acceptedEvent,
  type Classified,
  classifyEvent,
  type RequestContext,
  shareContext,
} from '../../src/flow/accept.ts'
import { createParts } from '../../src/flow/parts.ts'
import { createPreparer, type Prepared } from '../../src/flow/prepare.ts'
import { createRoutes } from '../../src/flow/routes.ts'
import type { EpochMs, EventRef, IdentityKey, JsonObject, Revision } from '../../src/model/brand.ts'
import type { AppPlan, ContractPlan, Policy, RevisionPlan } from '../../src/model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type RawSignals, type Standing } from '../../src/model/event.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { createCountryReader } from '../../src/signals/place.ts'
import type { RequestSignals } from '../../src/signals/read.ts'
import { APP, revision as revisionOf } from './builders.ts'

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 6)
const countryOf = createCountryReader()
const types = partnerTypes()
/** Shared: what it remembers is keyed by each run's own terms. */
const preparer = createPreparer()
const decoders = createDecoders()

export interface CoreInput {
  readonly contracts: readonly ContractPlan[]
  readonly event: JsonObject
  readonly batchContext?: JsonObject
  readonly headers?: RequestSignals
  /** Where the sender's address is looked up to be. */
  readonly ipPlace?: RequestContext['ipPlace']
  readonly standing?: Standing
  readonly accepted?: Standing
  readonly policy?: Policy
  readonly categories?: AppPlan['consentCategories']
  /** When it is decided; default: as it is received. */
  readonly at?: EpochMs
  readonly subject?: IdentityKey
  /** Signals to use instead of the event's own: fixes the verdict. */
  readonly signals?: RawSignals
}

/** Runs one event through the core for every contract. */
export function runCore(input: CoreInput): {
  readonly event: AcceptedEvent
  readonly prepared: ReadonlyMap<string, Prepared>
} {
  const base = revisionOf({
    contracts: input.contracts,
    ...(input.policy === undefined ? {} : { policy: input.policy }),
  })
  const { categories = {}, at = NOW, subject } = input
  const plan: RevisionPlan = { ...base, apps: base.apps.map((app) => ({ ...app, consentCategories: categories })) }
  const revisions = { current: () => plan, at: (_: Revision) => plan, stopped: () => false }
  const parts = createParts(revisions, types, createSecretKey(Buffer.alloc(32, 7)))
  const classified = classifyEvent(
    input.event,
    {
      app: { id: APP },
      signals: input.headers ?? { gpc: [], dnt: [] },
      clientIp: undefined,
      receivedAt: NOW,
      sentAt: undefined,
      shared:
        input.batchContext === undefined ? undefined : shareContext({ context: input.batchContext }, NOW, countryOf),
      ipPlace: input.ipPlace,
    },
    {
      revision: plan.number,
      policy: plan.policy,
      routes: createRoutes(
        plan,
        (type) => types.get(type)?.abilities,
        () => false,
      ),
      countryOf,
      categories,
      decoders,
    },
  )
  if (classified.kind === 'rejected') throw new Error(`rejected: ${classified.code}`)
  const withSignals: Classified =
    input.signals === undefined ? classified : { ...classified, event: { ...classified.event, signals: input.signals } }
  const event = acceptedEvent(withSignals, 'f'.repeat(32) as EventRef, subject === undefined ? [] : [subject], {
    revision: plan.number,
    standing: input.accepted ?? NO_STANDING,
  })
  const judged = preparer.judge(event, input.standing ?? NO_STANDING, parts.rules(event), at)
  const prepared = new Map(
    plan.contracts.map(({ id }) => [
      id as string,
      preparer.prepare(event, judged, parts.forPartner(id, event), parts.app(event), at),
    ]),
  )
  return { event, prepared }
}
