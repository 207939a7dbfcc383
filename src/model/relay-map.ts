/**
 * A partner type's field map: which parts of its own SDK's requests may pass, as data. The tree mirrors the request; a part it
 * does not list does not pass unless the contract lists it.
 */
import type { Json, JsonObject } from './brand.ts'
import type { PrivacyFlags } from './decision.ts'
import type { RawSignals } from './event.ts'
import type { FieldClass } from './field-class.ts'
import type { AppFacts } from './values.ts'

export type SignalTextName = Exclude<keyof RawSignals, 'categories' | 'advertising_id' | 'integrations'>

/** How a time is written: seconds or milliseconds since 1970, ISO 8601, or `2026-01-02 03:04:05.000` in UTC. */
export type TimeForm = 'epoch' | 'iso' | 'date_time'
/** The component of a place that a text names. `metro` (a TV market) counts as a city. */
export type PlacePart = 'country' | 'region' | 'metro' | 'city' | 'postal'
/** What a text says about a device or system. Only these can be reduced; others are details. */
export type ReduciblePart = 'maker' | 'os_name' | 'os_version' | 'agent' | 'language' | 'timezone' | 'carrier'

/** A value of a field class. Only classes handled in `transform/relay/treat.ts` can be named. */
export interface ValueNode {
  readonly kind: 'value'
  readonly of: FieldClass
  readonly place?: PlacePart
  readonly time?: TimeForm
  /** Accepts only this kind of address. */
  readonly ip?: 4 | 6
  /** How `reduced` treats it, as a word of `reduce.ts` or the type's own function; without one `reduced` drops it. */
  readonly reduce?: ReduciblePart | ((value: string | number) => Json | undefined)
  /** The partner's hash of a text; text that is already hashed is kept. Hashing is encoding, not a treatment. */
  readonly hash?: (text: string) => string | undefined
  /** True if the partner accepts a pseudonym here. Otherwise the id passes whole or not at all. */
  readonly pseudonym?: true
  /** Written if the value is absent or withheld. */
  readonly blank?: Json
  /** The value is also read as this signal. */
  readonly signal?: SignalTextName
  /** True for a public word that follows its class but identifies nobody; other places may hold it all the same. */
  readonly isPublic?: true
}

/** The received value, and what was enforced. */
export interface FlagContext {
  readonly flags: PrivacyFlags
  readonly app: AppFacts
  readonly given: Json | undefined
  /** True if an earlier value of the class, in map order, was written. */
  passed(fieldClass: FieldClass): boolean
}

/** A privacy signal or the partner's own flag: written as enforced, received or not. */
export interface FlagNode {
  readonly kind: 'flag'
  /** The received value is read as this signal, through `read` if the partner has its own notation. */
  readonly signal?: SignalTextName
  /** Undefined if the value says nothing. An unknown value is kept, and denies. */
  readonly read?: (value: Json) => Json | undefined
  readonly write: (context: FlagContext) => Json | undefined
}

/** A consent string or the like: read as a signal, and passed on unchanged or as `strictly` writes it. */
export interface ConsentNode {
  readonly kind: 'consent'
  readonly signal: SignalTextName
  readonly strictly?: (value: Json) => Json | undefined
}

/** A value from the contract's connection that replaces the received one: a key's placeholder, an app id at the partner. */
export interface OursNode {
  readonly kind: 'ours'
  readonly value: Json
}

/** Impersonal; passes unchanged if it has the form. */
export interface PlainNode {
  readonly kind: 'plain'
  readonly form: PlainForm
}
/**
 * `text`: at most 512 characters; never an e-mail or IP address. `keywords`: the same, without `name:value` pairs about a
 * person. `word`: at most 64 of `A-Za-z0-9_.:/+- `. `url`: without its query. `store_url`: with only the query parameter that names an app.
 */
export type PlainForm = 'text' | 'keywords' | 'word' | 'number' | 'flag' | 'url' | 'store_url'

/** A property that the contract lists: one value, or a list. */
export interface NamedNode {
  readonly kind: 'named'
  readonly name: string
}

export interface ObjectNode {
  readonly kind: 'object'
  readonly members: Readonly<Record<string, RelayNode>>
  /** Latitude and longitude members, and those about their quality: these pass only with an exact position. */
  readonly position?: { readonly latitude: string; readonly longitude: string; readonly quality: readonly string[] }
  /** True if the object's place was derived from an IP address: it is then never finer than the address. */
  readonly isFromIp?: (received: JsonObject) => boolean
  /** True if the object itself carries meaning, so that it is written even if empty. */
  readonly keep?: true
  /** True if only the first passing member, in map order, is written, beside those that are always written. */
  readonly onlyFirst?: true
  /** True if nothing is written inside, whatever is enforced, unless the object was received. */
  readonly ifGiven?: true
}
export interface ListNode {
  readonly kind: 'list'
  readonly of: RelayNode
  /** True if each element may describe another person. */
  readonly people?: true
  /** The partner accepts one value or a list; a single value is read as a list of one. */
  readonly orOne?: true
}
/** A positional list: a withheld element is blank, the others keep their index. */
export interface TupleNode {
  readonly kind: 'tuple'
  readonly of: readonly RelayNode[]
  readonly blank: Json
}
/** JSON inside a string. */
export interface JsonTextNode {
  readonly kind: 'json_text'
  readonly of: RelayNode
  /** Written if nothing passes. */
  readonly blank?: string
}
export type RelayNode =
  | ValueNode
  | FlagNode
  | ConsentNode
  | OursNode
  | PlainNode
  | NamedNode
  | ObjectNode
  | ListNode
  | TupleNode
  | JsonTextNode

/** One kind of request that a type accepts. */
export interface RelayRoute {
  readonly method: 'GET' | 'POST'
  /** As the SDK requests it; `{name}` is one segment, replaced by the contract's value. */
  readonly path: string
  /** Destination path, from the contract alone; without a query. */
  readonly to: string
  /** `json_or_none`: the body is optional. */
  readonly body: 'json' | 'json_or_none' | 'form' | 'none'
  readonly query: ObjectNode
  /** By lower-case name. Other headers are not sent. */
  readonly headers: ObjectNode
  /** The JSON body, or an object of a form's fields. */
  readonly content: RelayNode
  /** If it differs from the map's own origin. */
  readonly origin?: string
  /**
   * True for a deletion request from the user to the partner. It is granted by `FORGET_EVENT`, passes whatever restricts, and
   * of the user holds only the device identifier.
   */
  readonly forgets?: true
}

export interface RelayMap {
  /** From the contract alone. */
  readonly origin: string
  readonly routes: readonly RelayRoute[]
  /** An answer that the SDK treats as final success, so that it does not retry. */
  readonly withheld: { readonly status: number; readonly type?: string; readonly body: string }
  /** How long the sender waits for the answer, in milliseconds, if the request says so. */
  readonly deadlineMs?: (content: Json | undefined) => number | undefined
}

/** The key under `events` that grants relay requests. */
export const RELAY_EVENT = '@relay'
/** The key under `events` that grants deletion requests to the partner. */
export const FORGET_EVENT = '@forget'

/** True for the keys of relayed requests. A telemetry event never gets one, even if it has that name. */
export function isRelayKey(eventKey: string): boolean {
  return eventKey === RELAY_EVENT || eventKey === FORGET_EVENT
}
/** Identifiers that name a device to a partner; a deletion request holds one of them and nothing else about the user. */
export const NAMES_OF_DEVICES = ['partner_id', 'vendor_id', 'device_id', 'advertising_id'] as const
