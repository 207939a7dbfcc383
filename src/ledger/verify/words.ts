/**
 * The verifier's own number tables: typed from `docs/ledger-format.md`, not imported from the writer. A test compares them
 * with that page. The verifier rejects a number that is not listed here.
 */

/** By number. */
export const KINDS = [
  '',
  'intent',
  'outcome',
  'withheld',
  'control',
  'request',
  'notice',
  'notice_outcome',
  'notice_end',
  'receipt',
  'case',
  'by_hand',
  'cell',
] as const
/** The last kind of version 3. */
export const LAST_OF_3 = 5
/** Kinds reserved for later versions, read by the common layout. */
export const LATER = { name: 'later', first: 64, last: 127 } as const
/** Kinds whose time is midnight UTC. */
export const OF_A_DAY: readonly string[] = ['notice', 'notice_outcome', 'notice_end', 'receipt', 'case', 'by_hand']
export const VERBS = ['', 'opt_out', 'opt_in', 'erase', 'restrict', 'object', 'correct'] as const
export const OUTCOMES = [
  '',
  'delivered',
  'refused',
  'failed_before_write',
  'unknown_after_write',
  'cancelled_not_sent',
  'unresolved_assume_disclosed',
] as const
export const ROLES = ['', 'third_party', 'service_provider'] as const
/** By bit. */
export const PURPOSES = ['advertising', 'measurement', 'analytics', 'fraud_prevention', 'service'] as const

export const REASONS = [
  '',
  'stopped',
  'never_leaves',
  'child',
  'guard',
  'contract_ended',
  '',
  'event_not_granted',
  'choice',
  'signal_invalid',
  'gpc',
  'us_privacy',
  'gpp',
  'tcf',
  'category',
  'dnt',
  'att',
  'lmt',
  'zeroed_id',
  'location_permission',
  'consent_missing',
  'regime',
  'not_opted_in',
  'precise_location',
  'no_identity',
  'rollout',
  'type_cannot_carry',
  '',
  'generalised',
  'not_granted',
  'agreed',
  'sensitive',
  'category_unmapped',
  'lapsed',
  'erased',
  'integrations',
  'not_fresh',
] as const

const ID = ['drop', 'pseudonym', 'pass']
const WHOLE = ['drop', 'pass']
const REDUCED = ['drop', 'reduced', 'pass']
const NEVER = ['drop']

export interface KnownClass {
  readonly name: string
  /** By level; empty for `ip`, whose level is two numbers. */
  readonly levels: readonly string[]
}

/** By number; 0 is unassigned. */
export const CLASSES: readonly KnownClass[] = [
  { name: '', levels: [] },
  { name: 'advertising_id', levels: ID },
  { name: 'vendor_id', levels: ID },
  { name: 'device_id', levels: ID },
  { name: 'user_id', levels: ID },
  { name: 'anonymous_id', levels: ID },
  { name: 'push_token', levels: ID },
  { name: 'partner_id', levels: ID },
  { name: 'click_id', levels: ID },
  { name: 'message_id', levels: ID },
  { name: 'ip', levels: [] },
  { name: 'coordinates', levels: ['drop', '5000km2', '500km2', '50km2', '5km2', 'pass'] },
  { name: 'place', levels: ['drop', 'country', 'region', 'city', 'postal'] },
  { name: 'email', levels: WHOLE },
  { name: 'phone', levels: WHOLE },
  { name: 'name', levels: WHOLE },
  { name: 'address', levels: WHOLE },
  { name: 'birth_date', levels: WHOLE },
  { name: 'gender', levels: WHOLE },
  { name: 'user_agent', levels: REDUCED },
  { name: 'device', levels: REDUCED },
  { name: 'os', levels: REDUCED },
  { name: 'locale', levels: REDUCED },
  { name: 'timezone', levels: REDUCED },
  { name: 'carrier', levels: REDUCED },
  { name: 'network', levels: REDUCED },
  { name: 'time', levels: ['drop', 'day', 'hour', 'pass'] },
  { name: 'url', levels: ['drop', 'origin', 'pass'] },
  { name: 'referrer', levels: ['drop', 'origin', 'pass'] },
  { name: 'receipt', levels: WHOLE },
  { name: 'property', levels: WHOLE },
  { name: 'hardware_id', levels: NEVER },
  { name: 'contacts', levels: NEVER },
  { name: 'message_content', levels: NEVER },
  { name: 'media', levels: NEVER },
  { name: 'face_data', levels: NEVER },
  { name: 'payment', levels: NEVER },
]
export const IP_CLASS = 10
