/** The interface of a partner type. A type is pure: it sees treated views and settings, never an event, clock or secret. */
import type { z } from 'zod'
import type { Json } from '../../model/brand.ts'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { Outcome } from '../../model/disclosure.ts'
import type { FieldClass, Level } from '../../model/field-class.ts'
import type { RelayMap } from '../../model/relay-map.ts'
import type { View } from '../../model/values.ts'

/** A type's validated settings: the contract's `connection`. Secrets are references here. */
export type Connection = { readonly [key: string]: Json }

/** Placeholder of a secret. The delivery replaces it after encoding; ledger and guard see the placeholder. */
export function secretPlaceholder(key: string): string {
  return `{{secret:${key}}}`
}

/** An HTTP request, secrets as placeholders. `path` starts with `/` and includes the query. */
export interface PartnerRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** `https://host[:port]`, from the contract only. */
  readonly origin: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Set if a header must hold an HMAC of the exact body: computed after secrets are injected. */
  readonly sign?: {
    readonly header: string
    readonly algorithm: 'sha1' | 'sha256'
    readonly prefix: string
    readonly key: string
  }
}

/** One encoded view. The ledger commits to `bytes`, and the guard scans them. */
export type EncodedItem =
  | { readonly kind: 'item'; readonly bytes: string }
  /**
   * The type cannot express this: a required field was withheld (AppsFlyer without `appsflyer_id`), it has no flag for a
   * restriction, or the item exceeds the partner's size limit.
   */
  | { readonly kind: 'impossible'; readonly needs: FieldClass | 'privacy_flag' | 'size' }

/** A partner's answer; delivery adds its own limits. */
export interface PartnerAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The first 64 KB at most, decoded. */
  readonly body: string
  /** The body was cut off, exceeds the limit, or has an unreadable encoding. */
  readonly incomplete?: true
}

/** A connection's encoder, compiled once. */
export interface Encoder {
  /** Deterministic: the same view and flags give the same bytes. */
  item(view: View, flags: PrivacyFlags): EncodedItem
  /** One request for 1..maxBatch items from this encoder, under any flags. */
  envelope(items: readonly string[]): PartnerRequest
  respond(answer: PartnerAnswer): Outcome
  /** Whole values in items that come from no view: the type's words and settings. The guard never attributes them to a user. */
  readonly constants: readonly string[]
}

/** For trials, tests and benchmarks of all types. */
export interface Sample {
  /** As in a contract. */
  readonly connection: Connection
  /** The minimum the type needs under it, beside the event's name, kind and app. */
  readonly view: Partial<View>
  /** The body of a successful answer, status 200, as documented. Default: none. */
  readonly answer?: string
}

export interface PartnerType {
  readonly type: string
  /** Title, address and date of its sources, with their certainty. */
  readonly doc: string
  readonly connection: z.ZodType
  readonly sample: Sample
  /** The most revealing treatment its interface can carry; a missing class is `drop`. */
  readonly abilities: Readonly<Partial<Record<FieldClass, Level>>>
  /** Connection keys that are secrets. */
  readonly secrets: readonly string[]
  /** Maximum items per envelope; 1 if the partner has no batches. */
  readonly maxBatch: number
  /**
   * Default number of attempts, for a type whose requests are worthless later. Its events then do not wait for the partner
   * either: an attempt that could not connect counts.
   */
  readonly attempts?: number
  /** How to ask this partner for a deletion, in words for staff. Automatic calls are in `notices`. */
  readonly deletion?: string
  /** True if the partner de-duplicates items, so that a timeout after writing may be retried. */
  deduplicates(connection: Connection): boolean
  encoder(connection: Connection): Encoder
  /** What may pass of relayed requests from the partner's own SDKs; absent if a type relays none. */
  redact?(connection: Connection): RelayMap
}
