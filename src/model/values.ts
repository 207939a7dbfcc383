/**
 * An event's values by field class. `classify` produces this shape, treatments keep it, partner types encode it. A missing key
 * was absent or withheld: the two are indistinguishable on purpose.
 */
import type { Json } from './brand.ts'
import type { UserIds } from './user-ids.ts'

/** The system that issued an advertising id; `pseudonym` once the id is replaced. */
export type AdvertisingIdKind = 'idfa' | 'aaid' | 'oaid' | 'amazon' | 'unknown'

export interface FieldValues {
  readonly advertising_id?: { readonly id: string; readonly kind: AdvertisingIdKind }
  /** IDFV, or Android's app set id. */
  readonly vendor_id?: string
  /** Android id, or the SDK's device id where it is not a vendor id. */
  readonly device_id?: string
  readonly user_id?: string
  readonly anonymous_id?: string
  readonly push_token?: string
  /** Partner-issued ids, by the partner's own names: `appsflyer_id`, `adid`, `fbp`, … */
  readonly partner_id?: Readonly<Record<string, string>>
  /** `gclid`, `fbc`, `ttclid`, … */
  readonly click_id?: Readonly<Record<string, string>>
  readonly message_id?: string
  /** An IPv4 or IPv6 address or, once truncated, the network's first address. */
  readonly ip?: string
  /** Degrees: latitude -90…90, longitude -180…180. */
  readonly coordinates?: { readonly latitude: number; readonly longitude: number }
  /** Country: ISO 3166-1 alpha-2, upper case. */
  readonly place?: {
    readonly country?: string
    readonly region?: string
    readonly city?: string
    readonly postal?: string
  }
  readonly email?: string
  readonly phone?: string
  readonly name?: { readonly full?: string; readonly first?: string; readonly last?: string }
  readonly address?: string
  readonly birth_date?: string
  readonly gender?: string
  readonly user_agent?: string
  readonly device?: {
    readonly manufacturer?: string
    readonly model?: string
    readonly type?: string
    readonly width?: number
    readonly height?: number
    readonly density?: number
  }
  readonly os?: { readonly name?: string; readonly version?: string }
  readonly locale?: string
  readonly timezone?: string
  readonly carrier?: string
  readonly network?: { readonly cellular?: boolean; readonly wifi?: boolean; readonly bluetooth?: boolean }
  /** ISO 8601 with milliseconds, UTC. */
  readonly time?: string
  readonly url?: string
  readonly referrer?: string
  readonly receipt?: string
  /** Event properties and traits listed in a contract, by source path (`revenue`, `traits.plan`, `products[].sku`). */
  readonly property?: Readonly<Record<string, Json>>
}

/** The telemetry call that produced an event. */
export const EVENT_KINDS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/**
 * The event after treatment: all that a partner type sees. `event` is the contract's name for it, never the raw event name;
 * `property` is keyed by the partner's names. `app` holds facts from `apps.yaml`, not from the event.
 */
export interface View extends FieldValues {
  readonly event: string
  readonly kind: EventKind
  readonly app: AppFacts
}

/** Facts about an app from the configuration. */
export interface AppFacts {
  readonly id: string
  /** Store id: bundle id on iOS, package name on Android. */
  readonly bundle?: string
  readonly platform?: 'ios' | 'android'
  /** Its user ids, if configured. */
  readonly userIds?: UserIds
}

/** Picks the facts from a larger app object. */
export function factsOf<Id extends string>(app: AppFacts & { readonly id: Id }): AppFacts & { readonly id: Id } {
  const { id, bundle, platform, userIds } = app
  return {
    id,
    ...(bundle === undefined ? {} : { bundle }),
    ...(platform === undefined ? {} : { platform }),
    ...(userIds === undefined ? {} : { userIds }),
  }
}
