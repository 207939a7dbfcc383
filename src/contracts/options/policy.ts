/** Schema of `config/policy.yaml`. */
import { z } from 'zod'
import { DEVICE_IDENTITIES, RULES } from '../../model/contract.ts'
import { AGE_BANDS, type AgeBand, DIMENSIONS, type Dimension } from '../../model/signal.ts'
import { DAY, ID, isPublicHttps, LINE, NOTES, PARAGRAPH } from './words.ts'

/** Square kilometres. California's precise location is a circle of 1,850 feet, which is 1.00 km². */
const MIN_AREA_KM2 = 1

const RULE = z.enum(RULES)

/** One rule for every age band, or `default` with exceptions by band. */
const BY_AGE = z.strictObject({
  default: RULE.optional(),
  // Sound: one entry per band.
  ...(Object.fromEntries(AGE_BANDS.map((band) => [band, RULE.optional()])) as unknown as Record<
    AgeBand,
    z.ZodOptional<typeof RULE>
  >),
})
export type RuleByAge = z.output<typeof RULE> | z.output<typeof BY_AGE>
const DIMENSION_RULE = z.union([RULE, BY_AGE])

// Sound: one entry per dimension.
const RULES_OF_REGIME = z.strictObject(
  Object.fromEntries(Object.keys(DIMENSIONS).map((dimension) => [dimension, DIMENSION_RULE])) as unknown as Record<
    Dimension,
    typeof DIMENSION_RULE
  >,
)

const REGIME = z.strictObject({
  law: PARAGRAPH,
  /** Date of the law's text on which this is based. */
  law_date: DAY,
  /** Confidence in the reading, for counsel. */
  sure: PARAGRAPH,
  consent_required: z.boolean(),
  /** The consent strings that count here; where consent is required, IAB Europe's by default. */
  consent_string: z.enum(['tcf_eu', 'tcf_canada']).optional(),
  /** Countries to which data may go without a transfer basis; if set, every other one requires `transfer_basis`. */
  transfer_free: z.array(z.string()).min(1).optional(),
  rules: RULES_OF_REGIME,
})
export type RegimeOptions = z.output<typeof REGIME>

export const POLICY_OPTIONS = z.strictObject({
  date: DAY,
  /** Contact for questions about personal data. */
  contact: LINE.optional(),
  /** URL of the published privacy policy. */
  privacy_policy: z.string().refine(isPublicHttps, { error: 'not an https URL (without a password in it)' }).optional(),
  erasure: z
    .strictObject({
      /** Off by default: pseudonyms kept for a while after an erasure, for fraud detection. */
      keep_for_fraud: z
        .strictObject({
          identities: z.array(z.enum(DEVICE_IDENTITIES)).min(1),
          months: z.int().min(1).max(24),
        })
        .optional(),
    })
    .prefault({}),
  /** Off by default: expiry. Restrictions never expire. */
  retention: z
    .strictObject({
      /** Opt-ins expire this long after they were last given. */
      permissions_months: z.int().min(1).max(120).optional(),
      /** Identity links expire this long after they were last confirmed. */
      links_months: z.int().min(2).max(120).optional(),
    })
    .prefault({}),
  /** Minimum number of subjects behind a released table or a count in the transparency report. */
  minimum_cohort: z.int().min(20).max(100_000).optional(),
  notes: NOTES.optional(),
  honour: z.strictObject({ dnt: z.boolean().default(false), gpc: z.boolean().default(true) }).prefault({}),
  /** IAB's vendor list, a JSON file in this folder. Without it legitimate interest never counts. */
  vendor_list: z
    .string()
    .regex(/^(?=.*\S)[^\p{Cc}]{1,1000}$/u, 'a path')
    .optional(),
  min_area_km2: z.number().min(1).max(5_000).default(MIN_AREA_KM2),
  default_regime: ID,
  regimes: z.record(ID, REGIME),
  /** Country or country-region → regime. */
  places: z.record(z.string(), ID),
})
export type PolicyOptions = z.output<typeof POLICY_OPTIONS>
