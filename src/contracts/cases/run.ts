/** Runs contracts' cases through the simulator, at every load. */
import { createSecretKey } from 'node:crypto'
import type { EpochMs, JsonObject, Revision } from '../../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../../model/contract.ts'
import { DROP, FIELD_CLASSES, type FieldClass, treatmentName } from '../../model/field-class.ts'
import type { Problem } from '../../model/problem.ts'
import { sentenceOfEvent } from '../../model/reason.ts'
import { isRelayKey } from '../../model/relay-map.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { leavingOf } from '../../simulate/compare.ts'
import { PERSONAS, personaEvent } from '../../simulate/personas.ts'
import { showRequest } from '../../simulate/stages.ts'
import { offlineDeps, prepareFor, type Scenario, type Supposed, suppose } from '../../simulate/suppose.ts'
import { createWorld, type World } from '../../simulate/world.ts'
import type { Plans } from '../config.ts'
import { levelOf } from '../levels.ts'
import { shape } from '../shape.ts'
import { problemAt, type Source } from '../source.ts'
import { differences } from './compare-request.ts'
import { CASES_OPTIONS, type Case } from './options.ts'

/** The time of cases that give none: fixed, so that they do not expire. */
const DEFAULT_AT: EpochMs = Date.UTC(2026, 0, 1, 12)
/** A public key for pseudonyms in cases, so that they are the same everywhere. */
const CASES_KEY = createSecretKey(Buffer.alloc(32))

export interface CasesFile {
  /** The contract's id: the file name without `.cases.yaml`. */
  readonly partner: string
  readonly source: Source
}

export interface RanCases {
  readonly passed: number
  readonly problems: readonly Problem[]
}

export function runCases(
  files: readonly CasesFile[],
  plans: Plans,
  types: ReadonlyMap<string, RegisteredType>,
): RanCases {
  if (files.length === 0) return { passed: 0, problems: [] }
  // Sound: this plan is never published; cases name no revision.
  const plan = { number: 0 as Revision, digest: '', activatedAt: 0, ...plans } as RevisionPlan
  const world = createWorld(plan, { types, pseudonymKey: CASES_KEY, stopped: () => false })
  const deps = offlineDeps()
  let passed = 0
  const problems = files.flatMap(({ partner, source }) => {
    const contract = plans.contracts.find(({ id }) => id === partner)
    if (contract === undefined) {
      const hint = `Its contract would be ${partner}.yaml.`
      return [problemAt(source, [], { found: 'cases of a partner that has no contract', hint })]
    }
    const shaped = shape(CASES_OPTIONS, source, source.value)
    if (!shaped.ok) return shaped.problems
    return shaped.value.cases.flatMap((one, index) => {
      const failures = runCase(world, contract, one, deps)
      if (failures.length === 0) {
        passed++
        return []
      }
      const found = [`the case “${one.name}” fails`, ...failures].join('\n          ')
      return [problemAt(source, ['cases', index, 'expect'], { found, at: 'key' })]
    })
  })
  return { passed, problems }
}

/** The failures, one line each; none if the case passes. */
function runCase(
  world: World,
  contract: ContractPlan,
  { expect, ...given }: Case,
  deps: ReturnType<typeof offlineDeps>,
): readonly string[] {
  const supposed = suppose(world, scenarioOf(world, contract, given), deps)
  if (supposed.kind === 'refused') return [`the event is refused: ${supposed.code}`]
  return judge(world, contract, supposed, expect)
}

function judge(world: World, contract: ContractPlan, supposed: Supposed, expect: Case['expect']): readonly string[] {
  const prepared = prepareFor(world, supposed, contract.id)
  if (prepared.kind === 'withheld') {
    const { why } = prepared
    if (expect.withheld === why) return []
    const expected = expect.withheld === undefined ? 'a request' : `withheld: ${expect.withheld}`
    return [`${expected} is expected, and it is withheld: ${why} (${sentenceOfEvent(why)})`]
  }
  const request = showRequest(prepared.encoder.envelope([prepared.bytes]))
  if (expect.withheld !== undefined)
    return [
      `withheld: ${expect.withheld} is expected, and a request is sent: ${request.method} ${request.url} ${request.body}`,
    ]
  return [
    ...(expect.fields === undefined ? [] : fieldFailures(expect.fields, leavingOf(prepared).levels)),
    ...(expect.request === undefined ? [] : differences(expect.request, request)),
  ]
}

function fieldFailures(
  expected: NonNullable<Case['expect']['fields']>,
  levels: Readonly<Partial<Record<FieldClass, number>>>,
): readonly string[] {
  return FIELD_CLASSES.flatMap((name) => {
    const word = expected[name]
    const wanted = word === undefined ? DROP : levelOf(name, word)
    const real = levels[name] ?? DROP
    if (wanted === real) return []
    return [`${name}: ${treatmentName(name, wanted)} is expected and ${treatmentName(name, real)} leaves`]
  })
}

function scenarioOf(world: World, contract: ContractPlan, given: Omit<Case, 'expect'>): Scenario {
  const { app, event, persona: id, event_name: name, headers, client_ip: clientIp, at, state } = given
  const time = at === undefined ? DEFAULT_AT : Date.parse(at)
  const persona = PERSONAS.find((one) => one.id === id)
  const eventKey = name ?? Object.keys(contract.events).find((key) => !isRelayKey(key)) ?? ''
  const appsOf = world.plan.apps.filter(({ id: own }) => contract.apps.includes(own))
  const likely = appsOf.find(({ platform }) => persona === undefined || platform === persona.platform) ?? appsOf[0]
  const paths = Object.keys(contract.events[eventKey]?.properties ?? {})
  return {
    app: app ?? likely?.id ?? '',
    // Sound: a YAML map of plain data.
    event: persona === undefined ? (event as JsonObject) : personaEvent(persona, eventKey, paths),
    headers: { ...persona?.headers, ...headers },
    clientIp,
    state:
      persona === undefined
        ? state
        : { ...persona.state, ...state, choice: state.choice === 'none' ? persona.state.choice : state.choice },
    at: time,
  }
}
