/** The one shape of a partner type. A type is pure: it sees treated views and settings, never an event, clock or secret. */
import type { z } from 'zod'
import type { Json } from '../../model/brand.ts'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { Outcome } from '../../model/disclosure.ts'
import type { FieldClass, Level } from '../../model/field-class.ts'
import type { RelayMap } from '../../model/relay-map.ts'
import type { View } from '../../model/values.ts'

/** A type's checked settings: the contract's `connection`. Secrets are references here. */
export type Connection = { readonly [key: string]: Json }

/** A secret's place in bytes. Replaced by the delivery after encoding; whoever reads bytes before sees this. */
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
  /** Present where a header must hold an HMAC of the exact body: computed after secrets are in. */
  readonly sign?: {
    readonly header: string
    readonly algorithm: 'sha1' | 'sha256'
    readonly prefix: string
    readonly key: string
  }
}

/** One view, encoded. `bytes` is what the ledger commits to and the guard scans. */
export type EncodedItem =
  | { readonly kind: 'item'; readonly bytes: string }
  /**
   * The type cannot say this: it lacks a field that was withheld (AppsFlyer without `appsflyer_id`), has no flag to say
   * that the person is restricted, or the item is larger than the partner takes.
   */
  | { readonly kind: 'impossible'; readonly needs: FieldClass | 'privacy_flag' | 'size' }

/** What an answer means, before delivery adds its own limits. */
export interface PartnerAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** At most the first 64 KB, decoded. */
  readonly body: string
  /** The body broke off, is larger than what is kept, or is in a coding that cannot be read. */
  readonly incomplete?: true
}

/** A connection's encoder: checked and prepared once, then only works. */
export interface Encoder {
  /** Deterministic: the same view and flags give the same bytes. */
  item(view: View, flags: PrivacyFlags): EncodedItem
  /** One request for 1..maxBatch items that were encoded by this encoder under any flags. */
  envelope(items: readonly string[]): PartnerRequest
  respond(answer: PartnerAnswer): Outcome
  /** Whole values in items that come from no view: words of its own and of the settings. The guard takes them for no person's. */
  readonly constants: readonly string[]
}

/** For trials, tests and benchmarks of every type. */
export interface Sample {
  /** As a contract may write it. */
  readonly connection: Connection
  /** The least that the type can say under it, beside the event's name, kind and app. */
  readonly view: Partial<View>
  /** The body of its answer to what it takes, with status 200, as its page shows it. Default: none. */
  readonly answer?: string
}

export interface PartnerType {
  readonly type: string
  /** Title, address and date of what this was built from, and how sure it is. */
  readonly doc: string
  readonly connection: z.ZodType
  readonly sample: Sample
  /** Most revealing treatment its interface can carry; a class not named is `drop`. */
  readonly abilities: Readonly<Partial<Record<FieldClass, Level>>>
  /** Connection keys that are secrets. */
  readonly secrets: readonly string[]
  /** Items an envelope may hold; 1 where the partner takes no batches. */
  readonly maxBatch: number
  /**
   * Tries where the contract does not say, for a type whose requests are worth nothing later. Its events then wait for no
   * partner either: a try that could not connect counts like any other.
   */
  readonly attempts?: number
  /** How this partner is asked to delete a person's data, in words for staff. What is called by itself is in `notices`. */
  readonly deletion?: string
  /** True where sending the same item twice counts once at the partner, so a timeout after writing may be retried. */
  deduplicates(connection: Connection): boolean
  encoder(connection: Connection): Encoder
  /** What may pass of requests that the partner's own SDKs make, relayed; absent where a type has none. */
  redact?(connection: Connection): RelayMap
}
