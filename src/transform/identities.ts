/** The identities in an event, for matching stored choices. Deliberately read from more places than fields are. */
import type { JsonObject } from '../model/brand.ts'
import type { Identity, IdentityKind } from '../model/event.ts'
import { isUnreadable } from '../model/json-text.ts'
import { isPlaceholderIdentity } from '../model/placeholder.ts'
import type { UserIds } from '../model/user-ids.ts'
import type { EventKind } from '../model/values.ts'

const MAX_ID = 512
const ZEROS = /^[0-]+$/

export interface FoundIdentities {
  /** Distinct, the most persistent first. */
  readonly identities: readonly Identity[]
  /** Index of the device's identity. */
  readonly deviceIndex: number | undefined
  /** Kinds for which a placeholder was sent. Zeros are not included: they are a signal. */
  readonly leftOut: readonly IdentityKind[]
  /** True if an id is present but unreadable, so that its subject's choices cannot be found. */
  readonly unreadable: boolean
}

/**
 * @param events the event and, if any, `{context}` of its batch
 * @param kind undefined if the event does not state it
 * @param of the app's user ids
 */
export function readIdentities(
  events: readonly JsonObject[],
  kind: EventKind | undefined,
  of?: UserIds,
): FoundIdentities {
  const identities: Identity[] = []
  let unreadable = false
  const leftOut: IdentityKind[] = []
  const add = (identity: IdentityKind, value: unknown): void => {
    const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
    if (text === '') {
      if (isSomething(value)) unreadable = true
      return
    }
    if (text.length > MAX_ID || isUnreadable(text) || (typeof value === 'number' && !Number.isFinite(value))) {
      unreadable = true
      return
    }
    if (isPlaceholderIdentity(identity, text, of?.real)) {
      if (!ZEROS.test(text) && !leftOut.includes(identity)) leftOut.push(identity)
      return
    }
    for (const known of identities) if (known.kind === identity && known.value === text) return
    identities.push(
      identity === 'user' && of !== undefined ? { kind: identity, value: text, of } : { kind: identity, value: text },
    )
  }
  const addAdvertisingIds = (place: JsonObject): void => {
    for (const name in place) if (isAdvertisingId(name)) add('advertising_id', place[name])
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
    add('vendor_id', device.id)
    add('vendor_id', device.idfv)
    add('vendor_id', context.idfv)
    add('vendor_id', device.androidId)
    add('vendor_id', context.android_id)
    add('vendor_id', device.appSetId)
    addAdvertisingIds(device)
    addAdvertisingIds(context)
  }
  return { identities, deviceIndex: deviceAmong(identities), leftOut, unreadable }
}

/** Kinds that identify a device, the most persistent first. */
const DEVICE_KINDS: readonly IdentityKind[] = ['vendor_id', 'advertising_id', 'anonymous']

function deviceAmong(identities: readonly Identity[]): number | undefined {
  for (const wanted of DEVICE_KINDS)
    for (let index = 0; index < identities.length; index++) if (identities[index]!.kind === wanted) return index
  return undefined
}

/** Names for an advertising id in apps, SDKs and OpenRTB (`device.ifa`), lower-case letters only. */
const ADVERTISING_IDS: ReadonlySet<string> = new Set(
  'advertisingid idfa gaid aaid ifa adid googleadid gpsadid googleadvertisingid appleadvertisingid'.split(' '),
)
const LONGEST_NAME = 24
/** Member names repeat from event to event, so each spelling is normalised once. */
const KNOWN_NAMES = new Map<string, boolean>()
const MAX_KNOWN = 4_096

/** In any spelling: an identity found here can only restrict, so more names count than for fields. */
function isAdvertisingId(name: string): boolean {
  if (name.length > LONGEST_NAME || name.length < 3) return false
  let known = KNOWN_NAMES.get(name)
  if (known === undefined) {
    known = ADVERTISING_IDS.has(name) || ADVERTISING_IDS.has(name.replace(/[_-]/g, '').toLowerCase())
    if (KNOWN_NAMES.size >= MAX_KNOWN) KNOWN_NAMES.clear()
    KNOWN_NAMES.set(name, known)
  }
  return known
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

/** A non-empty list or object, such as `{"$oid": "…"}`: an id in an unknown notation. An empty one counts as absent. */
function isSomething(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0
}
