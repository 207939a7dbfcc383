/**
 * What an event says, by field class. `classify` reads a telemetry event into this shape, treatments keep the shape,
 * partner types encode from it. A key that is missing was absent or withheld: the two look the same on purpose.
 */
import type { Json } from './brand.ts'
import type { UserIds } from './user-ids.ts'

/** Which system issued an advertising id; `pseudonym` once it is no longer the id itself. */
export type AdvertisingIdKind = 'idfa' | 'aaid' | 'oaid' | 'amazon' | 'unknown'

export interface FieldValues {
  readonly advertising_id?: { readonly id: string; readonly kind: AdvertisingIdKind }
  /** IDFV, or Android's app set id. */
  readonly vendor_id?: string
  /** Android id, or whatever the SDK calls the device's id where it is not a vendor id. */
  readonly device_id?: string
  readonly user_id?: string
  readonly anonymous_id?: string
  readonly push_token?: string
  /** Ids that partners issued, by the partner's own name for them: `appsflyer_id`, `adid`, `fbp`, … */
  readonly partner_id?: Readonly<Record<string, string>>
  /** `gclid`, `fbc`, `ttclid`, … */
  readonly click_id?: Readonly<Record<string, string>>
  readonly message_id?: string
  /** Text of an IPv4 or IPv6 address or, once treated, of the network's first address. */
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
  /** Event properties and traits a contract named, by their source path (`revenue`, `traits.plan`, `products[].sku`). */
  readonly property?: Readonly<Record<string, Json>>
}

/** Which telemetry call an event is. */
export const EVENT_KINDS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/**
 * The event after treatment: all that a partner type ever sees. `event` is the contract's word for it, never the raw
 * event name; `property` is keyed by the partner's names. `app` holds facts from `apps.yaml`, not from the event.
 */
export interface View extends FieldValues {
  readonly event: string
  readonly kind: EventKind
  readonly app: AppFacts
}

/** What the gateway's own configuration says of an app. */
export interface AppFacts {
  readonly id: string
  /** Store id: bundle id on iOS, package name on Android. */
  readonly bundle?: string
  readonly platform?: 'ios' | 'android'
  /** What its user ids are, where its configuration says so. */
  readonly userIds?: UserIds
}

/** The facts of an app, without what else a plan says of it. */
export function factsOf<Id extends string>(app: AppFacts & { readonly id: Id }): AppFacts & { readonly id: Id } {
  const { id, bundle, platform, userIds } = app
  return {
    id,
    ...(bundle === undefined ? {} : { bundle }),
    ...(platform === undefined ? {} : { platform }),
    ...(userIds === undefined ? {} : { userIds }),
  }
}
