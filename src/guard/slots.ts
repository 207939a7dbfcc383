/** What slots of leaves say of the person. */
import type { FieldValues } from '../model/values.ts'

/** Slots in which a value may openly be an identity: what one of them passes is legitimately in the bytes. */
export const IDENTITY_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>([
  'advertising_id',
  'vendor_id',
  'device_id',
  'user_id',
  'anonymous_id',
  'push_token',
  'partner_id',
  'click_id',
  'message_id',
  'ip',
  'coordinates',
  'email',
  'phone',
])
/** Slots whose texts name somebody, even where they look like any word. */
export const NAMING_SLOTS: ReadonlySet<string> = new Set(
  [...IDENTITY_SLOTS, 'name', 'address'].filter((slot) => slot !== 'coordinates'),
)
