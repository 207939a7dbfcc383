/**
 * The numbers that leaves use for words. A number never changes its meaning: append new ones, never renumber, never reuse.
 * `docs/ledger-format.md` prints these tables; a test compares the two.
 */
import type { Purpose, Role } from '../model/contract.ts'
import type { LedgerRecord, NoticeVerb, Outcome } from '../model/disclosure.ts'
import type { FieldClass } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'

export const KIND_NUMBERS = {
  intent: 1,
  outcome: 2,
  withheld: 3,
  control: 4,
  request: 5,
  notice: 6,
  notice_outcome: 7,
  notice_end: 8,
  receipt: 9,
  case: 10,
  by_hand: 11,
  cell: 12,
} as const satisfies Record<Exclude<LedgerRecord['kind'], 'later'>, number>

/** The last kind of format 3. */
export const LAST_KIND_OF_3 = KIND_NUMBERS.request
/** Kinds reserved for later versions. They have the body of an action, so this version can read them. */
export const LATER_KINDS = { first: 64, last: 127 } as const

export const VERB_NUMBERS = {
  opt_out: 1,
  opt_in: 2,
  erase: 3,
  restrict: 4,
  object: 5,
  correct: 6,
} as const satisfies Record<NoticeVerb, number>

export const OUTCOME_NUMBERS = {
  delivered: 1,
  refused: 2,
  failed_before_write: 3,
  unknown_after_write: 4,
  cancelled_not_sent: 5,
  unresolved_assume_disclosed: 6,
} as const satisfies Record<Outcome['kind'], number>

export const ROLE_NUMBERS = { third_party: 1, service_provider: 2 } as const satisfies Record<Role, number>

/** Bit numbers in the purpose set, at most 15. */
export const PURPOSE_NUMBERS = {
  advertising: 0,
  measurement: 1,
  analytics: 2,
  fraud_prevention: 3,
  service: 4,
} as const satisfies Record<Purpose, number>

export const REASON_NUMBERS = {
  stopped: 1,
  never_leaves: 2,
  child: 3,
  guard: 4,
  contract_ended: 5,
  // 6 is reserved.
  event_not_granted: 7,
  choice: 8,
  signal_invalid: 9,
  gpc: 10,
  us_privacy: 11,
  gpp: 12,
  tcf: 13,
  category: 14,
  dnt: 15,
  att: 16,
  lmt: 17,
  zeroed_id: 18,
  location_permission: 19,
  consent_missing: 20,
  regime: 21,
  not_opted_in: 22,
  precise_location: 23,
  no_identity: 24,
  rollout: 25,
  type_cannot_carry: 26,
  // 27 is reserved.
  generalised: 28,
  not_granted: 29,
  agreed: 30,
  sensitive: 31,
  category_unmapped: 32,
  lapsed: 33,
  erased: 34,
  integrations: 35,
  not_fresh: 36,
} as const satisfies Record<Reason, number>

/** A class's position in the packed treatments, from 1. Its levels are those of `LADDERS`, from 0 = drop. */
export const CLASS_NUMBERS = {
  advertising_id: 1,
  vendor_id: 2,
  device_id: 3,
  user_id: 4,
  anonymous_id: 5,
  push_token: 6,
  partner_id: 7,
  click_id: 8,
  message_id: 9,
  ip: 10,
  coordinates: 11,
  place: 12,
  email: 13,
  phone: 14,
  name: 15,
  address: 16,
  birth_date: 17,
  gender: 18,
  user_agent: 19,
  device: 20,
  os: 21,
  locale: 22,
  timezone: 23,
  carrier: 24,
  network: 25,
  time: 26,
  url: 27,
  referrer: 28,
  receipt: 29,
  property: 30,
  hardware_id: 31,
  contacts: 32,
  message_content: 33,
  media: 34,
  face_data: 35,
  payment: 36,
} as const satisfies Record<FieldClass, number>

/** Number → word, with holes for unassigned numbers. */
export function wordsOf<Word extends string>(numbers: Readonly<Record<Word, number>>): readonly (Word | undefined)[] {
  const words: (Word | undefined)[] = []
  for (const word of Object.keys(numbers) as Word[]) words[numbers[word]] = word
  return words
}
