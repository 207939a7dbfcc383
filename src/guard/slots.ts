/** Which slots identify a user. */
import type { FieldValues } from '../model/values.ts'
import type { How, Needle } from './needle.ts'

/** Slots that may openly hold an identity: what one of them passes may be in the bytes. */
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
/** Slots whose texts identify a user, even if they look like any word. */
export const NAMING_SLOTS: ReadonlySet<string> = new Set(
  [...IDENTITY_SLOTS, 'name', 'address'].filter((slot) => slot !== 'coordinates'),
)
/** Slots whose values are identities: their forms are cached, and searched for by the slot's kind. */
export const REMEMBERED_SLOTS: ReadonlySet<string> = new Set(
  [...IDENTITY_SLOTS, 'name', 'address', 'birth_date'].filter(
    (slot) => slot !== 'message_id' && slot !== 'coordinates',
  ),
)

/** Slots that `reduced` cuts to a few words, which may equal a short value. */
export const REDUCED_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>([
  'user_agent',
  'device',
  'os',
  'locale',
  'timezone',
  'carrier',
  'network',
])

/** The result of `traitsOf` for a slot, one bit each. */
export const NAMES = 1
export const REDUCES = 2
const TRAITS: ReadonlyMap<string, number> = new Map(
  [...NAMING_SLOTS, ...REDUCED_SLOTS].map((slot) => [
    slot,
    (NAMING_SLOTS.has(slot) ? NAMES : 0) | (REDUCED_SLOTS.has(slot) ? REDUCES : 0),
  ]),
)

/** In order: whether the slot is one of `NAMING_SLOTS`, of `REDUCED_SLOTS`. Leaves of one slot are adjacent. */
export function traitsOf(slots: readonly string[]): readonly number[] {
  let last = ''
  let traits = 0
  return slots.map((slot) => {
    if (slot !== last) {
      last = slot
      traits = TRAITS.get(slot) ?? 0
    }
    return traits
  })
}

const WORDS: Readonly<Record<How, string>> = {
  text: 'identifier',
  word: 'identifier',
  few_digits: 'identifier',
  email: 'email',
  phone: 'phone',
  ip: 'ip',
  degree: 'coordinates',
  position: 'coordinates',
  name: 'name',
  street: 'address',
  date: 'birth_date',
}

/** The kind of a value, in words: the class of its slot, or what it looks like. Never the value. */
export function kindOf(slot: string, needle: Needle | undefined): string {
  if (IDENTITY_SLOTS.has(slot) || NAMING_SLOTS.has(slot) || slot === 'birth_date') return slot
  return needle === undefined ? 'value' : WORDS[needle.how]
}
