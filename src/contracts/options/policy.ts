/** The shape of `config/policy.yaml`. */
import { z } from 'zod'
import { DEVICE_IDENTITIES, RULES } from '../../model/contract.ts'
import { AGE_BANDS, type AgeBand, DIMENSIONS, type Dimension } from '../../model/signal.ts'
import { DAY, ID, isPublicHttps, LINE, NOTES, PARAGRAPH } from './words.ts'

/** Square kilometres. California's precise location ends at a circle of 1,850 feet, which is 1.00 km². */
const MIN_AREA_KM2 = 1

const RULE = z.enum(RULES)

/** One rule for every age band, or `default` and the bands that differ. */
const BY_AGE = z.strictObject({
  default: RULE.optional(),
  // Sound: one entry for each band.
  ...(Object.fromEntries(AGE_BANDS.map((band) => [band, RULE.optional()])) as unknown as Record<
    AgeBand,
    z.ZodOptional<typeof RULE>
  >),
})
export type RuleByAge = z.output<typeof RULE> | z.output<typeof BY_AGE>
const DIMENSION_RULE = z.union([RULE, BY_AGE])

// Sound: one entry for each dimension.
const RULES_OF_REGIME = z.strictObject(
  Object.fromEntries(Object.keys(DIMENSIONS).map((dimension) => [dimension, DIMENSION_RULE])) as unknown as Record<
    Dimension,
    typeof DIMENSION_RULE
  >,
)

const REGIME = z.strictObject({
  law: PARAGRAPH,
  /** Date of the law's text that this follows. */
  law_date: DAY,
  /** How sure we are, for counsel. */
  sure: PARAGRAPH,
  consent_required: z.boolean(),
  /** The consent strings that count here; where consent is required, IAB Europe's unless another is named. */
  consent_string: z.enum(['tcf_eu', 'tcf_canada']).optional(),
  /** Countries to which data may go without a ground of its own; where named, every other one asks for `transfer_basis`. */
  transfer_free: z.array(z.string()).min(1).optional(),
  rules: RULES_OF_REGIME,
})
export type RegimeOptions = z.output<typeof REGIME>

export const POLICY_OPTIONS = z.strictObject({
  date: DAY,
  /** Whom people may ask. */
  contact: LINE.optional(),
  /** The published privacy policy itself. */
  privacy_policy: z.string().refine(isPublicHttps, { error: 'not an https URL (without a password in it)' }).optional(),
  erasure: z
    .strictObject({
      /** Off unless it is here: what an erasure leaves for a while, against fraud. */
      keep_for_fraud: z
        .strictObject({
          identities: z.array(z.enum(DEVICE_IDENTITIES)).min(1),
          months: z.int().min(1).max(24),
        })
        .optional(),
    })
    .prefault({}),
  /** Off unless it is here: what time takes away. What restricts is never taken away by time. */
  retention: z
    .strictObject({
      /** Opt-ins count so long from when they were last said. */
      permissions_months: z.int().min(1).max(120).optional(),
      /** Links between identities that nothing confirmed for so long. */
      links_months: z.int().min(2).max(120).optional(),
    })
    .prefault({}),
  /** People of whom a released table, or a count of the transparency report, must be at least. */
  minimum_cohort: z.int().min(20).max(100_000).optional(),
  notes: NOTES.optional(),
  honour: z.strictObject({ dnt: z.boolean().default(false), gpc: z.boolean().default(true) }).prefault({}),
  /** IAB's vendor list, a JSON file beside this one. Without it legitimate interest never counts. */
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
