/**
 * From a request of a partner's own SDK to the exact bytes that may be forwarded, or the reason why not. Uses the
 * verdict and decision of events, builds from what the map names, and is guarded. Pure: the relay and the simulator
 * call this.
 */

import { verdictKey } from '../decide/verdict.ts'
import { scanLeaves } from '../guard/index.ts'
import type { EpochMs } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { NAMES_OF_DEVICES } from '../model/relay-map.ts'
import type { AppFacts } from '../model/values.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import type { SortedLeaves } from '../transform/relay/reading.ts'
import { textOf } from '../transform/relay/request.ts'
import type { Judged } from './judge.ts'
import {
  type PartnerParts,
  type PreparedItem,
  type Preparer,
  passesWhole,
  prepareBy,
  type WithheldEvent,
} from './prepare.ts'
import type { ReadRequest } from './relay-read.ts'

export interface PreparedRelay extends Omit<PreparedItem, 'view'> {
  /** A member for each class of which something passes. */
  readonly view: object
  /** Every value that passes, with its class. */
  readonly passed: SortedLeaves
  readonly request: PartnerRequest
}

/**
 * A deletion request is not sharing, which is all that a device limits: on iOS a missing ATT status would be such a
 * limit.
 */
function withoutDeviceLimits(judged: Judged): Judged {
  if (!judged.verdict.deviceLimit.limited) return judged
  const verdict = { ...judged.verdict, deviceLimit: NO_LIMIT }
  return { ...judged, verdict, key: verdictKey(verdict) }
}
const NO_LIMIT = { limited: false, why: 'agreed' } as const

export function prepareRelay(
  decide: Preparer['decide'],
  { reading, request, route }: ReadRequest,
  event: AcceptedEvent,
  asShared: Judged,
  partner: PartnerParts,
  app: AppFacts,
  at: EpochMs,
): PreparedRelay | WithheldEvent {
  const judged = route.route.forgets === true ? withoutDeviceLimits(asShared) : asShared
  return prepareBy(decide(event, judged, partner, at), judged, partner, at, (decision) => {
    const { relay, pseudonymise } = partner
    const live = relay?.routes.find(
      ({ route: { path, method, body } }) =>
        path === route.route.path && method === route.route.method && body === route.route.body,
    )
    if (relay === undefined || live === undefined) return { kind: 'withheld', why: 'contract_ended' }
    const { writing, ...written } = live.write(request, decision, app, pseudonymise)
    if (route.route.forgets === true && !NAMES_OF_DEVICES.some((name) => writing.passes[name] === true))
      return { kind: 'withheld', why: 'type_cannot_carry' }
    const bytes = textOf(written)
    const { constants, ownNumbers, passes: view } = writing
    const isGranted = (kind: 'email' | 'phone'): boolean => passesWhole(decision, kind)
    return {
      kind: 'encoded',
      made: { view, passed: writing, bytes, request: { ...written, origin: live.route.origin ?? relay.map.origin } },
      guard: () => scanLeaves({ raw: reading, passed: writing, bytes, constants, ownNumbers, isGranted }),
    }
  })
}
