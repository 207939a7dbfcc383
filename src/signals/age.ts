/**
 * Age in whole years, or the name of a band. Under 13 is a child everywhere (COPPA, 16 CFR 312.2); the other bands come from
 * state laws (California under 16; New Jersey 13–16; Delaware and Connecticut 13–17).
 */
import {
  ABSENT,
  AGE_BANDS,
  type AgeBand,
  type Finding,
  invalid,
  SILENT,
  type Signal,
  valid,
  youngest,
} from '../model/signal.ts'
import { child, eachText, noStates, type SignalEntry } from './entry.ts'

const MALFORMED = child('age', false)
const UNDER_13: Finding = { ...child('age', true), band: 'under_13' }

/** The youngest of several ages wins. */
export const AGE: SignalEntry = {
  reason: 'child',
  does: 'Under 13 nothing leaves; from 13 to 17 the place’s rule for the band.',
  read: { age: { keys: ['age', 'ageBand'] } },
  rule: ({ age }, { findings }) => {
    const bands: AgeBand[] = []
    for (const text of age ?? []) {
      const said = parseAge(text)
      if (said.state === 'invalid') findings.push(MALFORMED)
      if (said.state === 'valid') bands.push(said.value)
    }
    if (bands.length === 0) return
    const band = youngest(bands)
    findings.push(band === 'under_13' ? UNDER_13 : { ...SILENT, signal: 'age', band, why: 'agreed' })
  },
  describe: ({ age }) => eachText('age', age, parseAge),
  states: noStates,
}

export function parseAge(text: string | undefined): Signal<AgeBand> {
  if (text === undefined || text === '') return ABSENT
  const named = AGE_BANDS.find((band) => band === text && band !== 'unknown')
  if (named !== undefined) return valid(named)
  if (!/^\d{1,3}(\.\d+)?$/.test(text)) return invalid('not a number of years')
  const years = Number(text)
  if (years > 130) return invalid('more than 130 years')
  if (years < 13) return valid('under_13')
  if (years < 16) return valid('13_15')
  return valid(years < 18 ? '16_17' : 'adult')
}

/** Whole years between a birth date (`YYYY`, `YYYY-MM` or `YYYY-MM-DD…`) and `now`; a partial date counts as the younger. */
export function yearsSince(birthDate: string, now: number): number | undefined {
  const match = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(birthDate)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 12), Number(match[3] ?? 31)]
  const today = new Date(now)
  const hadBirthday =
    today.getUTCMonth() + 1 > month || (today.getUTCMonth() + 1 === month && today.getUTCDate() >= day)
  const years = today.getUTCFullYear() - year - (hadBirthday ? 0 : 1)
  return years >= 0 && years <= 130 ? years : undefined
}
