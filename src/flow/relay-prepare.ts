/**
 * From a request of a partner's own SDK to the exact bytes that may go on, or the reason why none do. By the very judge
 * and decision that events have; built from what the map names; guarded. Pure: the relay and the simulator call this.
 */

import { scanLeaves } from '../guard/index.ts'
import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { NAMES_OF_DEVICES } from '../model/relay-map.ts'
import type { AppFacts } from '../model/values.ts'
import type { Encoder, PartnerRequest } from '../partners/type.ts'
import type { SortedLeaves } from '../transform/relay/reading.ts'
import { textOf } from '../transform/relay/request.ts'
import type { Judged } from './judge.ts'
import type { PartnerParts, PreparedItem, Preparer, WithheldEvent } from './prepare.ts'
import type { ReadRequest } from './relay-read.ts'

export interface PreparedRelay extends Pick<PreparedItem, 'kind' | 'verdict' | 'decision' | 'bytes'> {
  /** A member for each class of which something passes. */
  readonly view: object
  /** Every value that passes, with what it is. */
  readonly passed: SortedLeaves
  readonly request: PartnerRequest
  readonly contract: ContractPlan
  readonly encoder: Encoder
}

export function prepareRelay(
  decide: Preparer['decide'],
  { reading, request, route }: ReadRequest,
  event: AcceptedEvent,
  judged: Judged,
  partner: PartnerParts,
  app: AppFacts,
  at: EpochMs,
): PreparedRelay | WithheldEvent {
  const { verdict } = judged
  const decision = decide(event, judged, partner, at)
  if (decision.kind === 'withhold') return { kind: 'withheld', why: decision.why, verdict, decision }
  const { now, encoder, relay, pseudonymise } = partner
  const live = relay?.routes.find(
    ({ route: { path, method, body } }) =>
      path === route.route.path && method === route.route.method && body === route.route.body,
  )
  if (now === undefined || encoder === undefined || relay === undefined || live === undefined)
    return { kind: 'withheld', why: 'contract_ended', verdict, decision }
  const { writing, ...written } = live.write(request, decision, app, pseudonymise)
  if (route.route.forgets === true && !NAMES_OF_DEVICES.some((name) => writing.passes[name] === true))
    return { kind: 'withheld', why: 'type_cannot_carry', verdict, decision }
  const bytes = textOf(written)
  const { constants, ownNumbers, passes } = writing
  const scanned = scanLeaves({ raw: reading, passed: writing, bytes, constants, ownNumbers })
  if (!scanned.clear) return { kind: 'withheld', why: 'guard', verdict, decision, hit: scanned }
  return {
    kind: 'item',
    verdict,
    decision,
    view: passes,
    passed: writing,
    bytes,
    request: { ...written, origin: live.route.origin ?? relay.map.origin },
    contract: now.contract,
    encoder,
  }
}
