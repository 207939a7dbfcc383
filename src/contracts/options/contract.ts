/** Schema of `config/partners/*.yaml`: one partner's terms. */
import { z } from 'zod'
import { PURPOSES, ROLES } from '../../model/contract.ts'
import { FIELD_CLASSES, type FieldClass, LADDERS } from '../../model/field-class.ts'
import { NOTIFY } from './notify.ts'
import { DAY, ID, isPublicHttps, LINE, NOTES } from './words.ts'

/** Items a second. */
const PER_SECOND = 500
/** Concurrent requests: enough for 500 per second at 30 ms. */
const CONCURRENCY = 16
const TIMEOUT_MS = 5_000
/** Milliseconds an item waits for others: negligible for telemetry. */
const LINGER_MS = 20

/** A treatment in contract notation; `pass` is always the most revealing one. */
export type TreatmentWord = string | readonly [number, number]

function treatment(fieldClass: FieldClass): z.ZodType<TreatmentWord> {
  const ladder = LADDERS[fieldClass]
  if (ladder === 'ip') {
    return z.union([z.enum(['pass', 'drop']), z.tuple([z.int().min(0).max(32), z.int().min(0).max(128)])], {
      error: 'pass, drop, or [v4 bits 0 to 32, v6 bits 0 to 128] such as [24, 48]',
    })
  }
  if (ladder.length === 1) {
    return z.custom<string>((value) => value === 'drop', {
      error: 'this kind of data never leaves, whatever a contract says',
    })
  }
  return z.enum([...new Set(['pass', ...ladder.toReversed()])])
}

export const SHARE = z.strictObject(
  Object.fromEntries(FIELD_CLASSES.map((name) => [name, treatment(name).optional()])),
  {
    error: ({ code }) => (code === 'unrecognized_keys' ? 'not a field class' : undefined),
  },
)
export type Share = Readonly<Record<string, TreatmentWord | undefined>>

const EVENT = z.strictObject({
  /** The partner's name for the event; default: the key itself, without `@`. */
  as: LINE.optional(),
  properties: z
    .record(z.string(), z.string().regex(/^[^\p{Cc}]{1,100}$/u, 'one line of 1 to 100 characters'))
    .default({}),
})

const whole = (low: number, high: number): z.ZodInt => z.int().min(low).max(high)

export const SEND = z.enum(['limited', 'nothing'])
export const LIMITS = {
  per_second: whole(1, 100_000),
  concurrency: whole(1, 256),
  timeout_ms: whole(100, 60_000),
  /** Default: the type's maximum, at most 100. */
  batch: whole(1, 2_500),
  linger_ms: whole(0, 10_000),
  /** Default: 12, or the type's. */
  attempts: whole(1, 50),
}

/** Including values from `defaults.yaml`. */
export const CONTRACT_OPTIONS = z.strictObject({
  id: ID,
  name: LINE,
  type: z.string(),
  role: z.enum(ROLES),
  agreement: z.strictObject({ ref: LINE, until: DAY }).optional(),
  purposes: z.array(z.enum(PURPOSES)).min(1),
  countries: z.array(z.string()).min(1),
  /** Legal basis for transfers to those countries; for counsel and the public list. */
  transfer_basis: LINE.optional(),
  tcf_vendor: whole(0, 65_535).optional(),
  addtl_provider: whole(1, 1_000_000).optional(),
  consent_categories: z.array(LINE).default([]),
  privacy_policy: z.string().refine(isPublicHttps, { error: 'not an https URL (without a password in it)' }),
  contact: LINE,
  notes: NOTES.optional(),
  apps: z.array(ID).min(1),
  events: z.record(z.string(), EVENT),
  /** A profile of `defaults.yaml`: provides `share` and `when_restricted` if this contract has none. */
  profile: ID.optional(),
  share: SHARE,
  when_restricted: z.strictObject({ send: SEND.default('nothing'), share: SHARE.default({}) }).prefault({}),
  /** Notices to the partner about opt-outs and deletions. Default: none. */
  notify: NOTIFY.optional(),
  /** The type's own settings: validated by the type's schema, not here. */
  connection: z.record(z.string(), z.unknown()),
  limits: z
    .strictObject({
      per_second: LIMITS.per_second.default(PER_SECOND),
      concurrency: LIMITS.concurrency.default(CONCURRENCY),
      timeout_ms: LIMITS.timeout_ms.default(TIMEOUT_MS),
      batch: LIMITS.batch.optional(),
      linger_ms: LIMITS.linger_ms.default(LINGER_MS),
      attempts: LIMITS.attempts.optional(),
    })
    .prefault({}),
})
export type ContractOptions = z.output<typeof CONTRACT_OPTIONS>

/** A single file: parts that `defaults.yaml` may provide are optional. */
export const CONTRACT_FILE_OPTIONS = CONTRACT_OPTIONS.partial({ contact: true, apps: true, share: true })
