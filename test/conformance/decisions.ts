/** Records about whole requests: which signal wins, and what of a bid request reaches a partner. */
import { decide } from '../../src/decide/decide.ts'
import { termsOf } from '../../src/decide/terms.ts'
import type { AppId, PartnerId } from '../../src/model/brand.ts'
import type { ContractPlan, Levels } from '../../src/model/contract.ts'
import type { Decision } from '../../src/model/decision.ts'
import type { RawSignals } from '../../src/model/event.ts'
import { DROP, FIELD_CLASSES, type FieldClass, topOf } from '../../src/model/field-class.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { finestLevelFor } from '../../src/transform/coarse-coordinates.ts'
import { writeGpp, writeTcString, writeTwoBits } from './consent-strings.ts'
import { at, type Bench, canonical, type Field, type Judge, permission, restriction, textAt } from './judgement.ts'
import { signalsOf, verdictFor } from './verdicts.ts'

const EVERYTHING: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const EVENT = 'Request'
const APP = 'records' as AppId
const VENDOR = 1

/** A third party that is granted everything; opted-out people's ids, and whatever could stand in for them, stay here. */
const CONTRACT: ContractPlan = {
  id: 'records' as PartnerId,
  name: 'Records',
  type: 'webhook',
  role: 'third_party',
  purposes: ['measurement'],
  countries: ['US'],
  tcfVendor: VENDOR,
  consentCategories: [],
  privacyPolicy: '',
  contact: '',
  apps: [APP],
  events: { [EVENT]: { as: EVENT, properties: {} } },
  share: EVERYTHING,
  whenRestricted: {
    send: 'limited',
    share: { os: 1, device: 1, place: 1, user_agent: 1, locale: 1, network: 1, time: 1 },
  },
  connection: {},
  limits: { perSecond: 1, concurrency: 1, timeoutMs: 1_000, batch: 1, lingerMs: 0, attempts: 1 },
}

function decideFor(verdict: Verdict, { rules, at: moment }: Bench): Decision {
  const terms = termsOf(CONTRACT, EVERYTHING, false)
  return decide({
    accepted: terms,
    now: terms,
    app: APP,
    eventKey: EVENT,
    verdict,
    finestCoarse: finestLevelFor(rules.policy.minAreaKm2),
    at: moment,
  })
}

/** `signal_precedence`: may an identifier leave, and did the person say no themselves. */
export const judgePrecedence: Judge = ({ input, expected }, bench) => {
  const verdict = verdictFor(signalsInWords(input, bench), bench)
  const decision = decideFor(verdict, bench)
  const allowed = decision.kind === 'send' && decision.fields.advertising_id.level > DROP
  const fields: Field[] = [permission('identifierAllowed', allowed, at(expected, 'identifierAllowed') === true)]
  const withdrawal = at(expected, 'explicitWithdrawal')
  if (typeof withdrawal === 'boolean') fields.push(restriction('explicitWithdrawal', verdict.withdrawal, withdrawal))
  return fields
}

/** A record names states of consent; strings that say exactly that, and whatever is not named is consented to. */
function signalsInWords(input: unknown, { at: moment }: Bench): RawSignals {
  const [country = '', region] = textAt(input, 'jurisdiction').split('-')
  const places: Readonly<Record<string, RawSignals>> = {
    GDPR: { country: ['DE'] },
    US: { country: ['US'], ...(region === undefined ? {} : { region: [region] }) },
  }
  // An unregulated place has a name here, and no regime: the default one applies.
  const raw: { -readonly [Key in keyof RawSignals]: RawSignals[Key] } = { ...(places[country] ?? { country: ['AQ'] }) }
  const [usPrivacy, gpc, first, optOut] = ['usPrivacy', 'gpc', 'tcfPurpose1', 'gppUsSaleOptOut'].map((key) =>
    at(input, key),
  )
  if (typeof usPrivacy === 'string') raw.us_privacy = [usPrivacy]
  if (typeof gpc === 'boolean') raw.gpc = [gpc ? '1' : '0']
  if (typeof first === 'boolean') {
    const purposes = Array.from({ length: 11 }, (_, index) => index + 1).filter((purpose) => first || purpose !== 1)
    raw.tcf = [
      writeTcString({
        created: moment,
        lastUpdated: moment,
        purposes,
        vendors: [VENDOR],
        disclosed: [VENDOR],
        specialFeatures: [1],
      }),
    ]
  }
  if (typeof optOut === 'boolean') raw.gpp = [writeGpp([[7, nationalSection(optOut ? 1 : 2)]])]
  return raw
}

/** US National, version 2: notices given, no other opt-out. */
function nationalSection(saleOptOut: number): string {
  return writeTwoBits(2, [1, 1, 1, 1, 0, 0, saleOptOut, 2, 2, ...Array<number>(16).fill(0), 0, 0, 0, 0, 2, 0, 0])
}

/** Where a bid request says something of a person, and what that is in the field dictionary. */
const PERSONAL: readonly (readonly [path: RegExp, FieldClass, wholeFrom?: number])[] = [
  [/^user\.id$/, 'user_id'],
  [/^user\.(buyeruid|eids|ext\.eids)/, 'partner_id'],
  [/^user\.yob$/, 'birth_date'],
  [/^user\.gender$/, 'gender'],
  // Every treatment of a place above `drop` keeps the country.
  [/^(user|device)\.geo\.country$/, 'place', 1],
  [/^(user|device)\.geo\.(lat|lon)$/, 'coordinates'],
  [/^device\.ifa$/, 'advertising_id'],
  [/^device\.(did|dpid)(md5|sha1)$/, 'device_id'],
  [/^device\.mac(md5|sha1)$/, 'hardware_id'],
  [/^device\.ip(v6)?$/, 'ip'],
  [/^device\.ua$/, 'user_agent'],
  [/^device\.language$/, 'locale'],
  [/^device\.(make|model)$/, 'device'],
  [/^(source|imp\.\d+\.ext)\.tid$/, 'message_id'],
]
/** Signals and the request's own settings: they are read, not shared. */
const TRANSACTION = /^imp\.\d+\.ext\.tid/
const NOT_SHARED = /^(regs|ext|device\.(lmt|dnt|ext|os|osv)|user\.(consent|ext\.consent)|imp\.\d+\.)/

/**
 * `ortb_enforce`: whatever a request says of a person, field by field. A field outside the dictionary is granted by
 * nobody and does not leave.
 */
export const judgeRequest: Judge = ({ input, expected }, bench) => {
  const request = at(input, 'request')
  const decision = decideFor(verdictFor(signalsOf(request, bench), bench), bench)
  const kept = leavesOf(at(expected, 'request'))
  return [...leavesOf(request)]
    .filter(([path]) => TRANSACTION.test(path) || !NOT_SHARED.test(path))
    .map(([path, value]) => {
      const [, fieldClass, wholeFrom] = PERSONAL.find(([pattern]) => pattern.test(path)) ?? []
      const level = fieldClass === undefined || decision.kind === 'withhold' ? DROP : decision.fields[fieldClass].level
      const whole = fieldClass === undefined ? 1 : (wholeFrom ?? topOf(fieldClass))
      const ours = level === DROP ? 0 : level >= whole ? 2 : 1
      const theirs = kept.get(path) === value ? 2 : kept.has(path) ? 1 : 0
      const relation = ours === theirs ? 'same' : ours < theirs ? 'stricter' : 'looser'
      return { name: path, relation, ours: HOW_MUCH[ours], expected: HOW_MUCH[theirs] }
    })
}
const HOW_MUCH = ['nothing', 'a part', 'the whole'] as const

function leavesOf(value: unknown, path = ''): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map([[path, canonical(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, path === '' ? key : `${path}.${key}`)]),
  )
}
