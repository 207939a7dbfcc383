/**
 * A partner type's field map: what may pass of its own SDKs' requests, place by place, as data. The tree has the shape of
 * the request; what it does not name does not pass, unless the contract names it.
 */
import type { Json, JsonObject } from './brand.ts'
import type { PrivacyFlags } from './decision.ts'
import type { RawSignals } from './event.ts'
import type { FieldClass } from './field-class.ts'
import type { AppFacts } from './values.ts'

export type SignalTextName = Exclude<keyof RawSignals, 'categories' | 'advertising_id' | 'integrations'>

/** How a time is written: seconds or milliseconds since 1970, ISO 8601, or `2026-01-02 03:04:05.000` in UTC. */
export type TimeForm = 'epoch' | 'iso' | 'date_time'
/** The part of a place that a text names. `metro` (a TV market) counts as a city. */
export type PlacePart = 'country' | 'region' | 'metro' | 'city' | 'postal'
/** What a text says of a device or system. Only these have something between whole and dropped; others are details. */
export type ReduciblePart = 'maker' | 'os_name' | 'os_version' | 'agent' | 'language' | 'timezone' | 'carrier'

/** A value of a field class. Only classes with a line in `transform/relay/treat.ts` can be named. */
export interface ValueNode {
  readonly kind: 'value'
  readonly of: FieldClass
  readonly place?: PlacePart
  readonly time?: TimeForm
  /** Only this kind of address has a place here. */
  readonly ip?: 4 | 6
  /** What `reduced` makes of it, as a word of `reduce.ts` or the type's own; without one `reduced` drops it. */
  readonly reduce?: ReduciblePart | ((value: string | number) => Json | undefined)
  /** The partner's hash of a text: what is one already stays. Hashing is how it is written, not a treatment. */
  readonly hash?: (text: string) => string | undefined
  /** True where a pseudonym may stand in the id's place. Else an id goes whole or not at all. */
  readonly pseudonym?: true
  /** Written where there is nothing, or what there is was withheld. */
  readonly blank?: Json
  /** It is a signal as well. */
  readonly signal?: SignalTextName
  /** True for what goes with its class and names nobody: a public word, which other places may say all the same. */
  readonly isPublic?: true
}

/** What was received there, and under what it is written. */
export interface FlagContext {
  readonly flags: PrivacyFlags
  readonly app: AppFacts
  readonly given: Json | undefined
  /** True where a value of the class has been written before, in the order of the map. */
  passed(fieldClass: FieldClass): boolean
}

/** A privacy signal, or the partner's own flag: written as what was enforced, whether or not it was received. */
export interface FlagNode {
  readonly kind: 'flag'
  /** What is received there is read as this signal, by `read` where the partner writes it in its own way. */
  readonly signal?: SignalTextName
  /** Undefined for what says nothing. What nobody understands stays as it is, and denies. */
  readonly read?: (value: Json) => Json | undefined
  readonly write: (context: FlagContext) => Json | undefined
}

/** A consent string and the like: read as a signal, and passes as it is, or as `strictly` writes what was read. */
export interface ConsentNode {
  readonly kind: 'consent'
  readonly signal: SignalTextName
  readonly strictly?: (value: Json) => Json | undefined
}

/** From the contract's connection, whatever was received: a key's placeholder, an id of the app's at the partner. */
export interface OursNode {
  readonly kind: 'ours'
  readonly value: Json
}

/** Says nothing of a person; passes as it is where it has the form. */
export interface PlainNode {
  readonly kind: 'plain'
  readonly form: PlainForm
}
/**
 * `text`: at most 512 characters; never an e-mail address or an IP address. `keywords`: the same, without `name:value` of a
 * person. `word`: 64 of `A-Za-z0-9_.:/+- `. `url`: without its query. `store_url`: of its query what names an app.
 */
export type PlainForm = 'text' | 'keywords' | 'word' | 'number' | 'flag' | 'url' | 'store_url'

/** A name that the contract let through: one value, or a list of them. */
export interface NamedNode {
  readonly kind: 'named'
  readonly name: string
}

export interface ObjectNode {
  readonly kind: 'object'
  readonly members: Readonly<Record<string, RelayNode>>
  /** Two members that are a position, and those that say how good it is: these pass with an exact position only. */
  readonly position?: { readonly latitude: string; readonly longitude: string; readonly quality: readonly string[] }
  /** True for an object whose place was looked up from an IP address: it goes no finer than addresses do. */
  readonly isFromIp?: (received: JsonObject) => boolean
  /** True where the object itself says something plain, and so stays when it is empty. */
  readonly keep?: true
  /** True where only the first member, in the map's order, of those that pass is written; beside what is always written. */
  readonly onlyFirst?: true
  /** True where nothing is written in it, whatever is enforced, unless it was received. */
  readonly ifGiven?: true
}
export interface ListNode {
  readonly kind: 'list'
  readonly of: RelayNode
  /** True where each element may be about another person. */
  readonly people?: true
  /** A partner that takes one value or a list of them: one that is not a list is read as a list of one. */
  readonly orOne?: true
}
/** Positions count: one that is withheld is blank, the others stay where they are. */
export interface TupleNode {
  readonly kind: 'tuple'
  readonly of: readonly RelayNode[]
  readonly blank: Json
}
/** JSON as text. */
export interface JsonTextNode {
  readonly kind: 'json_text'
  readonly of: RelayNode
  /** Written where nothing passes. */
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

/** One kind of request that a type takes. */
export interface RelayRoute {
  readonly method: 'GET' | 'POST'
  /** As the SDK asks for it; `{name}` is one segment that the contract's own replaces. */
  readonly path: string
  /** Where it goes, from the contract alone; without a query. */
  readonly to: string
  /** `json_or_none`: a body is no must. */
  readonly body: 'json' | 'json_or_none' | 'form' | 'none'
  readonly query: ObjectNode
  /** By lower-case name. Whatever else came is not sent. */
  readonly headers: ObjectNode
  /** Of a JSON body whatever it is, of a form an object of its fields. */
  readonly content: RelayNode
  /** Where it does not go to the map's own origin. */
  readonly origin?: string
  /**
   * True where a person asks the partner by it to forget their device. It goes by `FORGET_EVENT`, whatever restricts, and holds
   * of the person the id that names the device.
   */
  readonly forgets?: true
}

export interface RelayMap {
  /** From the contract alone. */
  readonly origin: string
  readonly routes: readonly RelayRoute[]
  /** What an SDK takes for final success, so that it does not ask again. */
  readonly withheld: { readonly status: number; readonly type?: string; readonly body: string }
  /** Milliseconds that the sender waits for the answer, where the request says so. */
  readonly deadlineMs?: (content: Json | undefined) => number | undefined
}

/** The key under `events` of a contract that lets relay requests through. */
export const RELAY_EVENT = '@relay'
/** The key under `events` of a contract that lets through what asks the partner to forget a device. */
export const FORGET_EVENT = '@forget'

/** True for the keys of requests, which no telemetry event has, even where one is called so. */
export function isRelayKey(eventKey: string): boolean {
  return eventKey === RELAY_EVENT || eventKey === FORGET_EVENT
}
/** What names a device to a partner that is asked to forget it: a wish holds one of these and nothing else of the person. */
export const NAMES_OF_DEVICES = ['partner_id', 'vendor_id', 'device_id', 'advertising_id'] as const
