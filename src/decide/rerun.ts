/**
 * Decides a recorded disclosure again, under the terms of then, from what its INTENT holds. Consent strings and signals
 * are not on record, only what they came to: they count as they did. Where the record leaves a few possibilities open
 * (which of two events of one name, which side of a staged rollout), the one that reproduces it is taken.
 */
import type { EpochMs } from '../model/brand.ts'
import { PURPOSES } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import { type IntentRecord, VERDICT_BITS } from '../model/disclosure.ts'
import type { FieldClass, Level } from '../model/field-class.ts'
import { DIMENSIONS, type Dimension } from '../model/signal.ts'
import type { Verdict } from '../model/verdict.ts'
import { decide } from './decide.ts'
import { sharesIn, type Terms } from './terms.ts'

export interface RerunInput {
  readonly record: IntentRecord
  /** Terms of the revision under which the event was accepted, and of the one under which it was sent. */
  readonly accepted: Terms | undefined
  readonly now: Terms | undefined
  /** See `DecideInput`; by both revisions' policies. */
  readonly finestCoarse: Level
}

export interface Rerun {
  /** The decision says what the record says. */
  readonly same: boolean
  /** The one that reproduces the record, or else the nearest. */
  readonly decision: Decision
  /** What differs: a field class, `event` or `why`. Empty where it is the same. */
  readonly differences: readonly (FieldClass | 'event' | 'why' | 'withheld')[]
}

export function rerunDecision({ record, accepted, now, finestCoarse }: RerunInput): Rerun {
  let nearest: Rerun | undefined
  for (const { eventKey, verdict, point } of possibilities(record, accepted, now)) {
    const at: EpochMs = record.time
    const decision = decide({ accepted, now, app: record.app, eventKey, verdict, finestCoarse, at, point })
    const differences = differencesOf(record, decision)
    if (nearest === undefined || differences.length < nearest.differences.length)
      nearest = { same: differences.length === 0, decision, differences }
    if (nearest.same) return nearest
  }
  return nearest ?? { same: false, decision: { kind: 'withhold', why: 'contract_ended' }, differences: ['withheld'] }
}

interface Possibility {
  readonly eventKey: string
  readonly verdict: Verdict
  readonly point: number | undefined
}

function* possibilities(
  record: IntentRecord,
  accepted: Terms | undefined,
  now: Terms | undefined,
): Generator<Possibility> {
  const events = Object.entries(now?.contract.events ?? {})
  const shares = [accepted, now].flatMap((terms) => (terms === undefined ? [] : sharesIn(terms)))
  // One point of every stretch between two shares stands for all of it.
  const points = [undefined, 0, ...new Set(shares)]
  for (const [eventKey, { as }] of events) {
    if (as !== record.event) continue
    for (const point of points) {
      yield { eventKey, verdict: verdictOfRecord(record, false), point }
      yield { eventKey, verdict: verdictOfRecord(record, true), point }
    }
  }
}

function differencesOf(record: IntentRecord, decision: Decision): Rerun['differences'] {
  if (decision.kind === 'withhold') return ['withheld']
  const fields = (Object.keys(record.treatments) as FieldClass[]).filter(
    (name) => decision.fields[name].level !== record.treatments[name],
  )
  return [
    ...fields,
    ...(decision.as === record.event ? [] : (['event'] as const)),
    ...((decision.why === 'agreed') === (record.why === 'agreed') ? [] : (['why'] as const)),
  ]
}

/** A verdict with the record's answers. Consent that the law asks for must have been there: the item was sent. */
function verdictOfRecord({ verdict, regime, why }: IntentRecord, onlyUnasked: boolean): Verdict {
  const has = (name: keyof typeof VERDICT_BITS): boolean => (verdict & VERDICT_BITS[name]) !== 0
  const binding = why === 'agreed' ? 'regime' : why
  const dimension = (name: Dimension) => {
    const allowed = has(name)
    return [name, { allowed, binding: allowed ? 'agreed' : binding, causes: [], onlyUnasked: !allowed && onlyUnasked }]
  }
  return {
    regime,
    band: 'unknown',
    // Sound: one entry for each dimension.
    dimensions: Object.fromEntries((Object.keys(DIMENSIONS) as Dimension[]).map(dimension)) as Verdict['dimensions'],
    consent: { required: has('consent_required'), why: 'agreed', strings: EVERYTHING, categories: EVERY_CATEGORY },
    refusedPurposes: { bits: 0, why: 'agreed' },
    // Something of a child's was sent: then only because the request asked for an ad without a profile.
    child: { blocked: has('child'), why: 'child', contextual: has('child') },
    deviceLimit: { limited: has('device_limited'), why: 'lmt' },
    sensitive: { limited: has('sensitive_limited'), why: 'sensitive' },
    countryOnly: has('country_only'),
    withdrawal: has('withdrawn'),
  }
}

const ALL_BITS = ~0
const EVERYTHING: Verdict['consent']['strings'] = {
  valid: true,
  problem: '',
  purposes: ALL_BITS,
  specialFeatures: ALL_BITS,
  purposesOf: () => ALL_BITS,
  hasProvider: () => true,
}
/** Whatever category a contract names was granted. */
class Granted extends Map<string, boolean> {
  override get(): boolean {
    return true
  }
}
const EVERY_CATEGORY: Verdict['consent']['categories'] = {
  answers: new Granted(),
  granted: 2 ** PURPOSES.length - 1,
}
