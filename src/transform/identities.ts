/** The identities an event names, for matching stored choices: found in more places than fields are, on purpose. */
import type { JsonObject } from '../model/brand.ts'
import type { Identity, IdentityKind } from '../model/event.ts'
import type { EventKind } from '../model/values.ts'

const ZERO_ID = /^[0-]+$/
const MAX_ID = 512

/**
 * @param events the event and, where there is one, `{context}` of its batch
 * @returns distinct identities, the most lasting first; `deviceIndex` points at the one that stands for the device
 */
export function readIdentities(
  events: readonly JsonObject[],
  kind: EventKind,
): { readonly identities: readonly Identity[]; readonly deviceIndex: number | undefined } {
  const identities: Identity[] = []
  const add = (identity: IdentityKind, value: unknown): void => {
    const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
    const isZeroed = (identity === 'advertising_id' || identity === 'vendor_id') && ZERO_ID.test(text)
    if (text === '' || text.length > MAX_ID || isZeroed) return
    if (!identities.some((known) => known.kind === identity && known.value === text))
      identities.push({ kind: identity, value: text })
  }
  for (const event of events) {
    add('user', event.userId)
    add('anonymous', event.anonymousId)
    if (kind === 'alias') {
      add('user', event.previousId)
      add('anonymous', event.previousId)
    }
    const context = objectOf(event.context)
    const device = objectOf(context.device)
    for (const value of [device.id, device.idfv, context.idfv, device.androidId, context.android_id, device.appSetId])
      add('vendor_id', value)
    for (const value of [
      device.advertisingId,
      context.advertisingId,
      device.idfa,
      context.idfa,
      device.gaid,
      device.aaid,
      context.aaid,
    ]) {
      add('advertising_id', value)
    }
  }
  const deviceIndex = ['vendor_id', 'advertising_id', 'anonymous']
    .map((wanted) => identities.findIndex((identity) => identity.kind === wanted))
    .find((index) => index >= 0)
  return { identities, deviceIndex }
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
