/**
 * From raw signals to what they mean for the verdict: every signal's rule in one place, in the order of
 * `docs/signals.md`. Each returns findings; merging is the verdict's business, and order cannot matter.
 */
import type { RawSignals } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import {
  ADVERTISING_DIMENSIONS,
  type AgeBand,
  ALL_DIMENSIONS,
  type Finding,
  type Signal,
  type SignalName,
  youngest,
} from '../model/signal.ts'
import { parseAge } from './age.ts'
import { attIsRequired, lmtIsUnreliable, parseAtt } from './att.ts'
import { parseGpc } from './gpc.ts'
import { parseLocationPermission } from './location-permission.ts'
import { parseSwitch } from './switches.ts'
import { parseUsPrivacy } from './us-privacy.ts'

/** Which signals the published policy honours. */
export interface Honoured {
  readonly gpc: boolean
  readonly dnt: boolean
}

/** What one event's signals say. `lifting` names the signals that were valid and restrict nothing. */
export interface SignalFindings {
  readonly findings: readonly Finding[]
  readonly lifting: readonly SignalName[]
}

const NOTHING = { denies: 0, permits: 0, deviceLimit: false, child: false, countryOnly: false, withdrawal: false }
const blocked = (signal: SignalName): Finding => ({ ...NOTHING, signal, denies: ALL_DIMENSIONS, why: 'signal_invalid' })
const optedOut = (signal: SignalName, why: Reason): Finding => ({
  ...NOTHING,
  signal,
  denies: ADVERTISING_DIMENSIONS,
  withdrawal: true,
  why,
})
const limited = (signal: SignalName, why: Reason): Finding => ({ ...optedOut(signal, why), deviceLimit: true })
const child = (signal: SignalName, withdrawal: boolean): Finding => ({
  ...NOTHING,
  signal,
  denies: ALL_DIMENSIONS,
  child: true,
  withdrawal,
  why: withdrawal ? 'child' : 'signal_invalid',
})

/** Pure. Reads every text of every signal; a place that disagrees with another is simply another finding. */
export function findSignals(raw: RawSignals, honoured: Honoured): SignalFindings {
  const findings: Finding[] = []
  const lifting: SignalName[] = []
  const note = (signal: SignalName, found: readonly (Finding | undefined)[]): void => {
    const restricting = found.filter((finding) => finding !== undefined)
    findings.push(...restricting)
    if (restricting.length === 0 && found.length > 0) lifting.push(signal)
  }
  const each = <T>(
    signal: SignalName,
    texts: readonly string[] | undefined,
    parse: (text: string) => Signal<T>,
    restrict: (value: T) => Finding | undefined,
    malformed: () => Finding = () => blocked(signal),
  ): void => {
    if (texts === undefined) return
    const found: (Finding | undefined)[] = []
    for (const text of texts) {
      const parsed = parse(text)
      if (parsed.state === 'invalid') found.push(malformed())
      if (parsed.state === 'valid') found.push(restrict(parsed.value))
    }
    note(signal, found)
  }

  if (honoured.gpc && raw.gpc !== undefined && parseGpc(raw.gpc).state === 'valid') {
    findings.push(optedOut('gpc', 'gpc'))
  }
  each('us_privacy', raw.us_privacy, parseUsPrivacy, (value) =>
    value.optedOutOfSale === true ? optedOut('us_privacy', 'us_privacy') : undefined,
  )
  if (honoured.dnt) each('dnt', raw.dnt, parseSwitch, (on) => (on ? optedOut('dnt', 'dnt') : undefined))
  each(
    'lmt',
    raw.lmt,
    parseSwitch,
    (on) => (on ? limited('lmt', 'lmt') : undefined),
    () => ({ ...blocked('lmt'), deviceLimit: true }),
  )
  findAtt(raw, note)
  if (raw.advertising_id !== undefined) {
    note(
      'zeroed_id',
      raw.advertising_id
        .filter((text) => text !== 'empty')
        .map((text) => (text === 'zero' ? limited('zeroed_id', 'zeroed_id') : undefined)),
    )
  }
  each(
    'location_permission',
    raw.location_permission,
    parseLocationPermission,
    (granted) => (granted ? undefined : locationRefused('location_permission')),
    () => locationRefused('signal_invalid'),
  )
  each(
    'coppa',
    raw.coppa,
    parseSwitch,
    (on) => (on ? child('coppa', true) : undefined),
    () => child('coppa', false),
  )
  findAge(raw, findings)
  // Consent strings that nothing here can read must not pass as if they were absent.
  for (const [signal, texts] of [
    ['tcf', raw.tcf],
    ['gpp', raw.gpp],
  ] as const) {
    if (texts?.some((text) => text !== '')) findings.push(blocked(signal))
  }
  if (raw.categories !== undefined) {
    for (const texts of Object.values(raw.categories)) {
      if (texts.some((text) => text !== '1' && text !== 'true')) findings.push({ ...optedOut('category', 'category') })
    }
  }
  return { findings, lifting }
}

function findAtt(raw: RawSignals, note: (signal: SignalName, found: readonly (Finding | undefined)[]) => void): void {
  const os = raw.os?.[0]
  const version = raw.os_version?.[0]
  const found: (Finding | undefined)[] = []
  for (const text of raw.att ?? []) {
    const status = parseAtt(text)
    if (status.state === 'invalid') found.push({ ...blocked('att'), deviceLimit: true })
    if (status.state === 'valid') found.push(status.value === 'authorized' ? undefined : limited('att', 'att'))
  }
  if (found.length === 0 && attIsRequired(os, version)) found.push(limited('att', 'att'))
  if (lmtIsUnreliable(os, version) && (raw.advertising_id ?? ['empty']).some((id) => id !== 'present')) {
    found.push(limited('att', 'att'))
  }
  note('att', found)
}

function findAge(raw: RawSignals, findings: Finding[]): void {
  const bands: AgeBand[] = []
  for (const text of raw.age ?? []) {
    const age = parseAge(text)
    if (age.state === 'invalid') findings.push(child('age', false))
    if (age.state === 'valid') bands.push(age.value)
  }
  if (bands.length === 0) return
  const band = youngest(bands)
  findings.push(
    band === 'under_13' ? { ...child('age', true), band } : { ...NOTHING, signal: 'age', band, why: 'agreed' },
  )
}

function locationRefused(why: Reason): Finding {
  return {
    ...NOTHING,
    signal: 'location_permission',
    denies: ALL_DIMENSIONS & ~ADVERTISING_DIMENSIONS,
    countryOnly: true,
    withdrawal: why !== 'signal_invalid',
    why,
  }
}
