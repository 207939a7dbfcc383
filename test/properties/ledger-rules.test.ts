/**
 * The verifier's rules against the code that decides, over everything that they depend on: what is sent is never what a
 * verifier calls forbidden. Both are written by themselves; a change of one alone, such as 24/56 for 24/48, fails here.
 */
import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../src/decide/decide.ts'
import { boundTermsOf } from '../../src/decide/terms.ts'
import { forbiddenIn, lacksReason } from '../../src/ledger/verify/forbidden.ts'
import type { IntentShape } from '../../src/ledger/verify/shape.ts'
import { CLASSES } from '../../src/ledger/verify/words.ts'
import { type ContractPlan, PURPOSES, type Purpose, ROLES } from '../../src/model/contract.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import { RELAY_EVENT } from '../../src/model/relay-map.ts'
import { DIMENSIONS, type Dimension } from '../../src/model/signal.ts'
import type { DimensionVerdict, Verdict } from '../../src/model/verdict.ts'
import { finestLevelFor } from '../../src/transform/coarse-coordinates.ts'
import { APP, contract } from '../support/builders.ts'

const NAMES = Object.keys(DIMENSIONS) as readonly Dimension[]
/** Bits of an INTENT's verdict, `docs/ledger-format.md`. */
const BIT: Readonly<Record<string, number>> = { sale: 1, sharing: 2, targeted_advertising: 4, precise_location: 8 }
const CHILD = 16
const DEVICE = 32
const SENSITIVE = 64
const COUNTRY = 128
const TOP = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const dimension = (allowed: boolean): DimensionVerdict => ({
  allowed,
  binding: allowed ? 'agreed' : 'choice',
  causes: [],
  onlyUnasked: false,
})

function verdictOf(bits: number): Verdict {
  const has = (bit: number): boolean => (bits & bit) !== 0
  return {
    regime: 'us',
    band: 'unknown',
    // Sound: one entry for each dimension.
    dimensions: Object.fromEntries(NAMES.map((name) => [name, dimension(has(BIT[name]!))])) as Verdict['dimensions'],
    consent: { required: false, why: 'agreed', strings: undefined, categories: undefined },
    refusedPurposes: { bits: 0, why: 'agreed' },
    child: { blocked: has(CHILD), why: has(CHILD) ? 'child' : 'agreed', contextual: has(CHILD) },
    deviceLimit: { limited: has(DEVICE), why: has(DEVICE) ? 'lmt' : 'agreed' },
    sensitive: { limited: has(SENSITIVE), why: has(SENSITIVE) ? 'sensitive' : 'agreed' },
    countryOnly: has(COUNTRY),
    withdrawal: false,
  }
}

/** Every purpose alone and together; a service provider has no advertising. */
function contracts(): readonly ContractPlan[] {
  const sets = Array.from({ length: 2 ** PURPOSES.length - 1 }, (_, index) =>
    PURPOSES.filter((_purpose, bit) => ((index + 1) >> bit) & 1),
  )
  return ROLES.flatMap((role) =>
    sets
      .filter((purposes) => role === 'third_party' || !purposes.includes('advertising'))
      .map((purposes: readonly Purpose[]) =>
        contract({
          role,
          purposes,
          ...(role === 'service_provider' ? { agreementUntil: Number.MAX_SAFE_INTEGER } : {}),
          events: { Any: { as: 'any', properties: { x: 'x' } }, [RELAY_EVENT]: { as: '', properties: {} } },
          share: TOP,
          whenRestricted: { send: 'limited', share: TOP },
        }),
      ),
  )
}

test('whatever is decided, the verifier’s rules forbid none of it', () => {
  const findings = new Set<string>()
  let cases = 0
  let sent = 0
  for (const plan of contracts()) {
    const terms = boundTermsOf(plan, () => TOP, false)
    for (let bits = 0; bits < 256; bits++) {
      for (const eventKey of ['Any', RELAY_EVENT]) {
        cases++
        const finestCoarse = finestLevelFor(5)
        const decision = decide({
          ...{ accepted: terms, now: terms, app: APP, eventKey, finestCoarse },
          ...{ verdict: verdictOf(bits), at: 0, point: undefined },
        })
        if (decision.kind === 'withhold') continue
        sent++
        const levels = new Map(
          CLASSES.flatMap((one, number) => {
            const level =
              one === undefined ? 0 : (decision.fields[one.name as keyof typeof decision.fields]?.level ?? 0)
            return level === 0 ? [] : [[number, level] as const]
          }),
        )
        // Sound: what the rules read of an INTENT.
        const shape = {
          verdict: bits,
          role: plan.role,
          purposes: plan.purposes,
          levels,
          why: decision.why,
        } as unknown as IntentShape
        for (const finding of forbiddenIn(shape)) findings.add(finding)
        if (lacksReason(shape)) findings.add(`agreed, although ${plan.role} ${plan.purposes.join()} under ${bits}`)
      }
    }
  }
  deepEqual([...findings], [])
  ok(cases >= 23_040 && sent > 5_000, `${cases} cases, ${sent} sent`)
})
