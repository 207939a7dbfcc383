/** The states in which somebody restricts, or may be taken to, and the contracts under which something could still leave. */
import type { Levels } from '../../../src/model/contract.ts'
import type { RawSignals } from '../../../src/model/event.ts'
import { FIELD_CLASSES, type FieldClass, ipLevel, LADDERS, topOf } from '../../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, type Finding } from '../../../src/model/signal.ts'
import { writeGpp, writeTcString, writeTwoBits } from '../consent-strings.ts'
import { EVERYTHING } from './contracts.ts'
import type { Circumstances } from './delivery.ts'

export interface State extends Circumstances {
  readonly name: string
  /** True where the device itself limits tracking: then no grant passes a third party an id or a contact. */
  readonly deviceLimit: boolean
}

const US: RawSignals = { country: ['US'], region: ['AL'] }
const OPTED_OUT: Finding = {
  signal: 'choice',
  denies: ADVERTISING_DIMENSIONS,
  permits: 0,
  deviceLimit: false,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'choice',
}

/** @param at epoch milliseconds: consent strings are of that moment */
export function restrictedStates(at: number): readonly State[] {
  const state = (name: string, signals: RawSignals, part: Partial<State> = {}): State => ({
    name,
    own: true,
    deviceLimit: false,
    signals,
    ...part,
  })
  const refused = writeTcString({ created: at, lastUpdated: at, disclosed: [1] })
  return [
    state('opted out with us', US, { standing: { findings: [OPTED_OUT] } }),
    state('global privacy control', { ...US, gpc: ['1'] }),
    state('limit ad tracking', { ...US, lmt: ['1'] }, { deviceLimit: true }),
    state('ATT denied', { ...US, os: ['ios'], os_version: ['17.5'], att: ['2'] }, { deviceLimit: true }),
    state('zeroed advertising id', { ...US, advertising_id: ['zero'] }, { deviceLimit: true }),
    state('US privacy string', { ...US, us_privacy: ['1YYN'] }),
    state('US privacy string, malformed', { ...US, us_privacy: ['1YZ'] }),
    state('GPP sale opt-out', { ...US, gpp: [writeGpp([[7, saleOptOut()]])], gpp_sid: ['7'] }),
    state('TCF refused', { country: ['DE'], region: [], tcf: [refused], gdpr_applies: ['1'] }),
    state('TCF missing', { country: ['FR'], region: [] }),
    state('child', { ...US, coppa: ['1'] }),
    state('under 13', { ...US, age: ['under_13'] }),
    state('no country', { country: [], region: [] }),
    state(
      'location permission refused, opted out',
      { ...US, location_permission: ['denied'] },
      {
        standing: { findings: [OPTED_OUT] },
      },
    ),
  ]
}

/** Nothing restricts; whoever is granted nothing still gets nothing. */
export const UNRESTRICTED: State = { name: 'nothing restricts', own: false, deviceLimit: false, signals: US }

/** US National, version 2: notices given, sale opted out. */
function saleOptOut(): string {
  return writeTwoBits(2, [1, 1, 1, 1, 0, 0, 1, 2, 2, ...Array<number>(16).fill(0), 0, 0, 0, 0, 2, 0, 0])
}

/** Nothing restricts, and every opt-in was given. */
export const CONSENTED: Circumstances = {
  own: false,
  signals: US,
  standing: { findings: [{ ...OPTED_OUT, denies: 0, permits: ALL_DIMENSIONS, withdrawal: false, why: 'agreed' }] },
}

/** What a contract says of restricted people. */
export interface Form {
  readonly name: string
  readonly share: Levels
  readonly whenRestricted: { readonly send: 'limited' | 'nothing'; readonly share: Levels }
  /**
   * `nothing`: not one value of the event may leave. `impersonal`: nothing that tells who or where somebody is. `all`: what
   * the contract says, but for what a device's limit keeps back.
   */
  readonly grants: 'nothing' | 'impersonal' | 'all'
}

/** Classes that tell who or where somebody is, as a contract may still grant them: never as they are. */
const VEILED: Readonly<Partial<Record<FieldClass, number>>> = {
  advertising_id: 1,
  vendor_id: 1,
  device_id: 1,
  user_id: 1,
  anonymous_id: 1,
  push_token: 1,
  partner_id: 1,
  click_id: 1,
  ip: ipLevel(24, 48),
  coordinates: LADDERS.coordinates.length - 2,
  email: 0,
  phone: 0,
  name: 0,
  address: 0,
  birth_date: 0,
  receipt: 0,
}
const IMPERSONAL: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, VEILED[name] ?? topOf(name)]))
/** Everything as coarse as it gets before it is nothing. */
const LEAST: Levels = Object.fromEntries(
  FIELD_CLASSES.flatMap((name) => {
    const least = name === 'ip' ? ipLevel(8, 16) : LADDERS[name].length > 2 ? 1 : 0
    return topOf(name) === 0 || least === 0 ? [] : [[name, least]]
  }),
)

export const FORMS: readonly Form[] = [
  { name: 'send nothing', share: EVERYTHING, whenRestricted: { send: 'nothing', share: {} }, grants: 'nothing' },
  { name: 'grants nothing', share: {}, whenRestricted: { send: 'limited', share: {} }, grants: 'nothing' },
  { name: 'limited to nothing', share: EVERYTHING, whenRestricted: { send: 'limited', share: {} }, grants: 'nothing' },
  {
    name: 'limited, coarse',
    share: EVERYTHING,
    whenRestricted: { send: 'limited', share: LEAST },
    grants: 'impersonal',
  },
  {
    name: 'limited, all but who and where',
    share: EVERYTHING,
    whenRestricted: { send: 'limited', share: IMPERSONAL },
    grants: 'impersonal',
  },
  {
    name: 'limited, everything',
    share: EVERYTHING,
    whenRestricted: { send: 'limited', share: EVERYTHING },
    grants: 'all',
  },
]
