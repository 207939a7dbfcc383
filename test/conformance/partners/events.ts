/** A vector's event as the events API takes it. */
import type { JsonObject } from '../../../src/model/brand.ts'
import { EVENT_KINDS } from '../../../src/model/values.ts'
import { textAt } from '../judgement.ts'
import type { Platform } from './delivery.ts'
import type { PartnerVector } from './vectors.ts'

/** What the API asks of every event is added where a vector lacks it, with values that say nothing of anyone. */
export function completed(input: JsonObject): JsonObject {
  const type = EVENT_KINDS.find((kind) => kind === String(input.type).toLowerCase()) ?? 'track'
  const hasSubject = [input.userId, input.anonymousId].some((id) => typeof id === 'string' && id.trim() !== '')
  return {
    ...input,
    type,
    ...(type === 'track' && typeof input.event !== 'string' ? { event: 'Record' } : {}),
    ...(hasSubject || typeof input.userId === 'number' ? {} : { anonymousId: 'record' }),
    ...(typeof input.messageId === 'string' && input.messageId !== '' && input.messageId.length <= 100
      ? {}
      : { messageId: 'record-message' }),
  }
}

/** The contract's key for the event. */
export function eventKeyOf(event: JsonObject): string {
  return event.type === 'track' ? String(event.event) : `@${String(event.type)}`
}

/**
 * As the app's configuration would say it. Some vectors name two systems: what kind of id the forwarder sent says which of
 * them it took for the app's.
 */
export function platformOf({ input, pii_landing: landings }: PartnerVector): Platform {
  const places = landings
    .filter(({ from }) => from.startsWith('/context/device/'))
    .map(({ to }) => to.slice(to.lastIndexOf('/') + 1))
  if (places.some((place) => place === 'idfa' || place === 'idfv')) return 'ios'
  if (places.some((place) => ANDROID_PLACES.has(place))) return 'android'
  const words = [textAt(input, 'context', 'os', 'name'), textAt(input, 'context', 'device', 'type')]
  for (const word of words) {
    if (/android/i.test(word)) return 'android'
    if (/^(ios|ipados|watchos|tvos|iphone|ipad)/i.test(word)) return 'ios'
  }
  return 'other'
}
const ANDROID_PLACES: ReadonlySet<string> = new Set(['gps_adid', 'aifa', 'aaid', 'gaid', 'adid', 'android_id', 'andi'])
