/** An event with every field: a partner type that cannot encode it can encode none. */
import type { AppId, EpochMs, EventRef, Revision } from '../../model/brand.ts'
import type { ContractPlan } from '../../model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type RawSignals } from '../../model/event.ts'
import { EVENT_KINDS, type EventKind } from '../../model/values.ts'
import { FULL_FIELDS } from '../../transform/full-fields.ts'

/** @param place where it occurs: under one law of the policy */
export function fullEvent(
  app: AppId,
  eventKey: string,
  { events }: Pick<ContractPlan, 'events'>,
  place: Pick<RawSignals, 'country' | 'region'>,
  at: EpochMs,
): AcceptedEvent {
  const property = Object.fromEntries(Object.keys(events[eventKey]?.properties ?? {}).map((path) => [path, 'sample']))
  return {
    app,
    // Sound: an unused reference; this event is never stored.
    eventRef: '0'.repeat(32) as EventRef,
    kind: kindOf(eventKey),
    eventKey,
    receivedAt: at,
    identityKeys: [],
    fields: { ...FULL_FIELDS, time: new Date(at).toISOString(), property },
    tainted: [],
    signals: place,
    accepted: { revision: 0 as Revision, standing: NO_STANDING },
  }
}

function kindOf(eventKey: string): EventKind {
  return EVENT_KINDS.find((kind) => `@${kind}` === eventKey) ?? 'track'
}
