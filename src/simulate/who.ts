/** "Who can ever receive this, and when?": every contract in every situation, in words. */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { ContractPlan, Policy } from '../model/contract.ts'
import { DROP, type FieldClass, type Level, treatmentName } from '../model/field-class.ts'
import { comparePrecedence, REASONS, type Reason } from '../model/reason.ts'
import { type Decided, decideEverywhere, situationsByApp } from './decisions.ts'
import { AGES, DEVICES, type DeviceId, STANCES, type StanceId } from './situations.ts'
import type { World } from './world.ts'

/** Laws that treat the class alike, and when they let it leave. */
export interface WhenReceived {
  readonly laws: readonly string[]
  /** Countries and states of these laws. */
  readonly places: readonly string[]
  /** `pass`, `pseudonym`, `24/48`, … */
  readonly treatment: string
  readonly when: readonly string[]
}
export interface WhoReceives {
  readonly partner: PartnerId
  readonly name: string
  readonly events: readonly string[]
  readonly apps: readonly string[]
  readonly ever: boolean
  readonly received: readonly WhenReceived[]
  /** Laws under which it never leaves, with the binding reason even if everything were granted. */
  readonly never: readonly { readonly laws: readonly string[]; readonly why: Reason; readonly because: string }[]
}

export function whoCanReceive(world: World, fieldClass: FieldClass, at: EpochMs): readonly WhoReceives[] {
  const situationsOf = situationsByApp(world.plan, at)
  return world.plan.contracts.map((contract) => {
    const decided = decideEverywhere(world, contract, situationsOf, at)
    const byLaw = Map.groupBy(decided, ({ situation }) => situation.law)
    const received = groupLaws(byLaw, fieldClass, world.plan.policy)
    const never = [...byLaw].filter(([, ofLaw]) => ofLaw.every((one) => levelIn(one, fieldClass) === DROP))
    const byReason = Map.groupBy(never, ([, ofLaw]) => mostPermissiveReason(ofLaw, fieldClass))
    return {
      partner: contract.id,
      name: contract.name,
      events: Object.keys(contract.events),
      apps: contract.apps,
      ever: received.length > 0,
      received,
      never: [...byReason].map(([why, laws]) => ({
        laws: laws.map(([law]) => law),
        why,
        because: neverReason(why, contract),
      })),
    }
  })
}

/** Groups laws with the same answer in every situation. */
function groupLaws(
  byLaw: ReadonlyMap<string, readonly Decided[]>,
  fieldClass: FieldClass,
  policy: Policy,
): readonly WhenReceived[] {
  const groups = Map.groupBy([...byLaw], ([, ofLaw]) => JSON.stringify(ofLaw.map((one) => levelIn(one, fieldClass))))
  return [...groups.values()].flatMap((same) => {
    const laws = same.map(([law]) => law)
    const ofLaw = same[0]![1]
    const levels = [...new Set(ofLaw.map((one) => levelIn(one, fieldClass)))].filter((level) => level !== DROP)
    return levels.map((level) => ({
      laws,
      places: placesUnder(policy, laws),
      treatment: treatmentName(fieldClass, level),
      when: whenWords(level, ofLaw, fieldClass),
    }))
  })
}

function levelIn({ decision }: Decided, fieldClass: FieldClass): Level {
  return decision.kind === 'send' ? decision.fields[fieldClass].level : DROP
}

/** The reason that remains if the user permits everything. */
function mostPermissiveReason(ofLaw: readonly Decided[], fieldClass: FieldClass): Reason {
  const reasons = ofLaw
    .filter(({ situation: { stance, device, age } }) => stance === 'everything' && device === 'open' && age === 'adult')
    .map(({ decision }) => (decision.kind === 'send' ? decision.fields[fieldClass].why : decision.why))
  return reasons.reduce((last, why) => (comparePrecedence(why, last) > 0 ? why : last))
}

/** Where consent is required, what the contract lacks explains more than the reason. */
function neverReason(why: Reason, { role, tcfVendor, addtlProvider, consentCategories }: ContractPlan): string {
  const isNamed = tcfVendor !== undefined || addtlProvider !== undefined || consentCategories.length > 0
  if (role === 'third_party' && !isNamed && (why === 'tcf' || why === 'category' || why === 'consent_missing'))
    return 'Consent is asked for first, and the contract has no vendor number or consent category to find it by.'
  return REASONS[why]
}

/** Conditions for one law: everyone with exceptions if silence suffices, then those who get more by opting in. */
function whenWords(level: Level, ofLaw: readonly Decided[], fieldClass: FieldClass): readonly string[] {
  const receiving = ofLaw.filter((one) => levelIn(one, fieldClass) === level)
  const bodies = new Map(
    [...Map.groupBy(receiving, ({ situation }) => situation.stance)].map(([stance, of]) => [stance, bodyWords(of)]),
  )
  const silent = bodies.get('nothing')
  const never = STANCE_IDS.filter((stance) => !bodies.has(stance))
  const groups = Map.groupBy([...bodies], ([, words]) => words.join('\0'))
  const isEnough = silent !== undefined && yesGivesMore(receiving)
  const lines = isEnough ? silent.map((body) => `${everybodyBut(never)}; ${body}`) : []
  for (const group of groups.values()) {
    const [, words] = group[0]!
    if (isEnough && words.join() === silent.join()) continue
    const stances = group.map(([stance]) => STANCES[stance].words).join(', or ')
    lines.push(...words.map((body) => `${stances}; ${body}`))
  }
  return lines
}
// Sound: the keys of a record of these keys.
const STANCE_IDS = Object.keys(STANCES) as readonly StanceId[]

/** True if every stance that receives at all does so wherever silence does. */
function yesGivesMore(receiving: readonly Decided[]): boolean {
  const place = ({ situation: { device, age } }: Decided): string => `${device} ${age}`
  const silent = receiving.filter(({ situation }) => situation.stance === 'nothing').map(place)
  return [...Map.groupBy(receiving, ({ situation }) => situation.stance).values()].every((ofStance) => {
    const places = new Set(ofStance.map(place))
    return silent.every((one) => places.has(one))
  })
}

function everybodyBut(never: readonly StanceId[]): string {
  if (never.length === 0) return 'everybody'
  return `everybody but those who ${never.map((stance) => STANCES[stance].words).join(', or ')}`
}

function bodyWords(decided: readonly Decided[]): readonly string[] {
  const agesOf = (ofDevice: readonly Decided[]): string =>
    [...new Set(ofDevice.map(({ situation }) => AGES[situation.age].words))].join(', ')
  const byDevice = Map.groupBy(decided, ({ situation }) => situation.device)
  const byAges = Map.groupBy([...byDevice], ([, ofDevice]) => agesOf(ofDevice))
  return [...byAges].map(([ages, devices]) => `${deviceWords(devices.map(([device]) => device))}; ${ages}`)
}

function deviceWords(devices: readonly DeviceId[]): string {
  if (devices.length === Object.keys(DEVICES).length) return 'whatever the device limits'
  if (devices.includes('open') && devices.includes('no_location')) return 'device does not limit tracking'
  return devices.map((device) => DEVICES[device].words).join(', or ')
}

function placesUnder({ places, defaultRegime }: Policy, laws: readonly string[]): readonly string[] {
  const named = Object.keys(places).filter((place) => laws.includes(places[place]!))
  return laws.includes(defaultRegime) ? [...named, 'everywhere else, and where nobody knows'] : named
}
