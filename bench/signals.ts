/** What reading privacy signals costs: a fresh consent string, and a verdict from strings seen before. */

import { verdictKey } from '../src/decide/verdict.ts'
import { findUnder, verdictUnder } from '../src/flow/judge.ts'
import { NO_STANDING, type RawSignals } from '../src/model/event.ts'
import { createDecoders } from '../src/signals/decoders.ts'
import { parseTcString } from '../src/signals/tcf.ts'
import { writeGpp, writeTcString, writeTwoBits } from '../test/conformance/consent-strings.ts'
import { policy } from '../test/support/builders.ts'
import { cpuMicrosEach, MICRO_COLUMNS, microRow } from './support/micro.ts'
import type { Report } from './support/report.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const TARGET_VERDICT_MICROS = 2
const TARGET_FRESH_MICROS = 100
const STRINGS = 1_000
/** A verdict takes a microsecond: fewer would be lost in the ticks of the clock. */
const EVENTS = 10_000
const SPAN = { from: NOW, until: NOW }
const RULES = { policy: policy(), categories: {} }

/** As large as they come: 1,100 vendors disclosed, half of them consented to, some restricted. */
function tcString(serial: number): string {
  const everyone = Array.from({ length: 1_100 }, (_, index) => index + 1)
  return writeTcString({
    created: NOW - serial * 60_000,
    lastUpdated: NOW - serial * 60_000,
    purposes: [1, 2, 3, 4, 7, 9, 10],
    vendors: everyone.filter((id) => (id * 7 + serial) % 13 < 6),
    vendorInterests: everyone.filter((id) => id % 5 === 0),
    restrictions: [2, 7, 9].map((purpose) => ({ purpose, type: 1, vendors: [7, 20, 71, 122, 140, 183] })),
    disclosed: everyone,
  })
}
const gppString = writeGpp([
  [7, `${writeTwoBits(2, [1, 1, 1, 1, 0, 0, 2, 2, 2, ...Array<number>(16).fill(0), 0, 0, 0, 0, 2, 0, 0])}.QA`],
])

const CASES: Readonly<Record<string, RawSignals>> = {
  'phone in California, nothing refused': {
    country: ['US'],
    region: ['CA'],
    lmt: ['0'],
    advertising_id: ['present'],
    os: ['Android'],
    os_version: ['15'],
  },
  'iPhone without tracking': {
    country: ['US'],
    os: ['iOS'],
    os_version: ['18.1'],
    att: ['2'],
    lmt: ['1'],
    advertising_id: ['zero'],
  },
  'GPP and US Privacy': { country: ['US'], region: ['CO'], gpp: [gppString], gpp_sid: ['7'], us_privacy: ['1YNN'] },
  'TC string in Germany': { country: ['DE'], tcf: [tcString(0)], gdpr_applies: ['1'] },
}

export async function run(): Promise<Report> {
  const decoders = createDecoders()
  const strings = Array.from({ length: STRINGS }, (_, index) => tcString(index))
  const judge = (raw: RawSignals): string => {
    const verdict = verdictUnder(raw, findUnder(raw, RULES, SPAN, decoders), NO_STANDING, RULES.policy)
    return verdictKey(verdict)
  }
  // Copies, as every event brings its own.
  const copies = (raw: RawSignals): RawSignals[] => Array.from({ length: EVENTS }, () => structuredClone(raw))
  const allowed = judge(CASES['GPP and US Privacy']!)
  if (allowed.includes('gpp')) throw new Error('the string was meant to refuse nothing')
  return {
    question: 'signals: what does it cost to read privacy signals?',
    method: `CPU of one thread. A fresh TC string has ${strings[0]!.length} characters: 1,100 vendors disclosed, half consented to.`,
    columns: MICRO_COLUMNS,
    rows: [
      ...Object.entries(CASES).map(([name, raw]) =>
        microRow(
          `verdict, strings seen before: ${name}`,
          cpuMicrosEach(() => copies(raw), judge),
          TARGET_VERDICT_MICROS,
        ),
      ),
      microRow(
        'a fresh TC string decoded',
        cpuMicrosEach(() => strings.map((text) => `${text}`), parseTcString),
        TARGET_FRESH_MICROS,
      ),
      microRow(
        'a fresh TC string, to the verdict',
        cpuMicrosEach(
          () => {
            const fresh = createDecoders(STRINGS * 2)
            return strings.map((text) => ({ fresh, raw: { country: ['DE'], tcf: [text] } }))
          },
          ({ fresh, raw }) => verdictUnder(raw, findUnder(raw, RULES, SPAN, fresh), NO_STANDING, RULES.policy),
        ),
        TARGET_FRESH_MICROS,
      ),
    ],
    notes: [
      'a verdict is signals, regime and consent merged, with its key; the strings are new objects with each event',
    ],
  }
}
