/** A checkout's own code, from acceptance to the guard, asked about one event. The same questions go to two of them. */
import { createSecretKey } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Accept from '../../src/flow/accept.ts'
import type * as Parts from '../../src/flow/parts.ts'
import type * as Prepare from '../../src/flow/prepare.ts'
import type * as RoutesOf from '../../src/flow/routes.ts'
import type { EventRef, JsonObject } from '../../src/model/brand.ts'
import type { ContractPlan } from '../../src/model/contract.ts'
import type * as EventModel from '../../src/model/event.ts'
import type * as Registry from '../../src/partners/registry.ts'
import type * as Decoders from '../../src/signals/decoders.ts'
import type * as Place from '../../src/signals/place.ts'
import type * as Read from '../../src/signals/read.ts'
import type * as Builders from '../support/builders.ts'

/** What became of an event for one partner: sent, withheld by the guard (and as what), or withheld for another reason. */
export type Outcome = 'sent' | 'other' | { readonly what: string; readonly form: string }
/** For each contract, in order; undefined for an event that is not taken. */
export type Judged = (raw: JsonObject, optedOut: boolean) => readonly Outcome[] | undefined

const NOW = Date.UTC(2026, 10, 24, 12)

/** @param contracts parts of contracts, made whole by the checkout's own builders */
export async function judgeOf(tree: string, contracts: readonly Partial<ContractPlan>[]): Promise<Judged> {
  // Sound as far as both checkouts have these modules: what differs between them shows as a failure at once.
  const of = <T>(path: string): Promise<T> => import(pathToFileURL(join(tree, path)).href) as Promise<T>
  const accept = await of<typeof Accept>('src/flow/accept.ts')
  const { createParts } = await of<typeof Parts>('src/flow/parts.ts')
  const { createPreparer } = await of<typeof Prepare>('src/flow/prepare.ts')
  const { createRoutes } = await of<typeof RoutesOf>('src/flow/routes.ts')
  const { NO_STANDING } = await of<typeof EventModel>('src/model/event.ts')
  const { partnerTypes } = await of<typeof Registry>('src/partners/registry.ts')
  const { createDecoders } = await of<typeof Decoders>('src/signals/decoders.ts')
  const { createCountryReader } = await of<typeof Place>('src/signals/place.ts')
  const { NO_REQUEST_SIGNALS } = await of<typeof Read>('src/signals/read.ts')
  const { APP, contract, finding, revision } = await of<typeof Builders>('test/support/builders.ts')

  const types = partnerTypes()
  const plan = revision({ contracts: contracts.map(contract) })
  const parts = createParts(
    { current: () => plan, at: () => plan, stopped: () => false },
    types,
    createSecretKey(Buffer.alloc(32, 7)),
  )
  const rules = {
    revision: plan.number,
    policy: plan.policy,
    routes: createRoutes(
      plan,
      (type) => types.get(type)?.abilities,
      () => false,
    ),
    countryOf: createCountryReader(),
    categories: {},
    decoders: createDecoders(),
  }
  const request = {
    app: { id: APP, platform: 'ios' } as const,
    signals: NO_REQUEST_SIGNALS,
    clientIp: undefined,
    receivedAt: NOW,
    sentAt: NOW,
    shared: undefined,
    batchContext: undefined,
  }
  const preparer = createPreparer()
  const withdrawn = { findings: [finding({ denies: 7, withdrawal: true })] }
  return (raw, optedOut) => {
    const found = accept.classifyEvent(raw, request, rules)
    if (found.kind === 'rejected') return undefined
    const event = accept.acceptedEvent(found, 'f'.repeat(32) as EventRef, [], {
      revision: plan.number,
      standing: NO_STANDING,
    })
    const judged = preparer.judge(event, optedOut ? withdrawn : NO_STANDING, parts.rules(event), NOW)
    return plan.contracts.map(({ id }): Outcome => {
      const prepared = preparer.prepare(event, judged, parts.forPartner(id, event), parts.app(event), NOW)
      if (prepared.kind === 'item') return 'sent'
      if (prepared.why !== 'guard') return 'other'
      return { what: prepared.hit?.what ?? 'tainted', form: prepared.hit?.form ?? '' }
    })
  }
}
