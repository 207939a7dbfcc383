/**
 * Valid strings flipped, cut, extended and spliced: none crashes a decoder, none takes long, and none gives more than
 * its own bits say.
 *
 * "Gives more" is held against an absent signal under the strictest law. A US section or a US Privacy string gives
 * nothing there, whatever becomes of it. A TC string that is still one after the damage says what it says: what it opens
 * must be what its bits, read here by position and by the IAB's own decoder, consent to; a damaged string that is none
 * any more opens nothing.
 */
import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TCModel, TCString } from '@iabtcf/core'
import fc from 'fast-check'
import { findUnder, verdictUnder } from '../../src/flow/judge.ts'
import { NO_STANDING, type RawSignals } from '../../src/model/event.ts'
import type { Dimension } from '../../src/model/signal.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { US_SECTIONS } from '../../src/signals/gpp-sections.ts'
import { writeGpp } from '../conformance/consent-strings.ts'
import { policy } from '../support/builders.ts'
import { encodeTcf, tcf } from '../support/consents.ts'
import { threadMs } from '../support/cpu-time.ts'
import { writeUsSection } from '../support/us-section.ts'

/** 100,000 in `npm run test:properties`, fewer in `npm test`. */
const CASES = process.env.SLUICE_CASES === undefined ? 3_000 : 100_000
/** Milliseconds for decoding and judging one string. The machine may be busy: a slow string is tried again. */
const MAX_MS = 5
const TRIES = 5

const NOW = Date.UTC(2026, 5, 1)
const RULES = { policy: policy(), categories: {} }
/** Nothing is remembered: every string is decoded. */
const judge = (raw: RawSignals): Verdict => {
  const found = findUnder(raw, RULES, { from: NOW, until: NOW }, createDecoders(1))
  return verdictUnder(raw, found, NO_STANDING, RULES.policy)
}
const ABSENT = judge({})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const bitsOf = (text: string): string =>
  [...text].map((character) => ALPHABET.indexOf(character).toString(2).padStart(6, '0')).join('')

type Damage = (text: string) => string
const at = (share: number, length: number): number => Math.min(length - 1, Math.floor(share * length))
const damage: fc.Arbitrary<Damage> = fc.oneof(
  // One bit of one character.
  fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 5 }))
    .map(([share, bit]) => (text: string) => {
      const place = at(share, text.length)
      const value = ALPHABET.indexOf(text[place]!)
      return value < 0 ? text : text.slice(0, place) + ALPHABET[value ^ (1 << bit)] + text.slice(place + 1)
    }),
  fc.double({ min: 0, max: 1, noNaN: true }).map((share) => (text: string) => text.slice(0, at(share, text.length))),
  fc
    .string({ maxLength: 60, unit: fc.constantFrom(...ALPHABET, '.', '~') })
    .map((tail) => (text: string) => text + tail),
  fc
    .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.string({ maxLength: 8 }))
    .map(([share, part]) => (text: string) => {
      const place = at(share, text.length)
      return text.slice(0, place) + part + text.slice(place + part.length)
    }),
  fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })).map(
    ([from, to]) =>
      (text: string) =>
        text + text.slice(at(Math.min(from, to), text.length), at(Math.max(from, to), text.length)),
  ),
  fc.constant((text: string) => text.repeat(40)),
)

/** Fails where every one of several tries took too long. */
function quickly(run: () => Verdict): Verdict {
  let verdict = run()
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const took = threadMs(() => {
      verdict = run()
    })
    if (took <= MAX_MS) return verdict
  }
  throw new Error(`a string takes more than ${MAX_MS} ms`)
}

function opened(verdict: Verdict): Dimension[] {
  return (Object.keys(verdict.dimensions) as Dimension[]).filter(
    (name) => verdict.dimensions[name].allowed && !ABSENT.dimensions[name].allowed,
  )
}

const usSection = fc
  .constantFrom(...US_SECTIONS)
  .chain((spec) => writeUsSection(spec).map((text) => [spec.id, text] as const))

describe('damaged strings that can only refuse', () => {
  const strings: Readonly<Record<string, fc.Arbitrary<RawSignals & { readonly text: string }>>> = {
    us_privacy: fc.constantFrom('1YYN', '1YNN', '1---', '1NYN', '1YNY').map((text) => ({ text })),
    gpp: usSection.map((section) => ({ text: writeGpp([section]) })),
    gpp_section: usSection.map(([id, text]) => ({ text: `${id}~${text}` })),
    gpp_sid: fc.constantFrom('7', '7,8', '-1', '8_12').map((text) => ({ text })),
  }
  for (const [name, valid] of Object.entries(strings)) {
    test(`${name}: never open anything that an absent one does not`, () => {
      fc.assert(
        fc.property(valid, fc.array(damage, { minLength: 1, maxLength: 2 }), ({ text }, damages) => {
          const broken = damages.reduce((current, change) => change(current), text)
          const verdict = quickly(() => judge({ [name]: [broken] }))
          equal(opened(verdict).join(), '')
          equal(verdict.consent.strings?.purposes ?? 0, 0)
        }),
        { numRuns: Math.ceil(CASES / 8) },
      )
    })
  }
})

describe('damaged TC strings', () => {
  /** As in the wild: recent, much consented. */
  const strings = tcf.map((drawn) => ({
    ...drawn,
    created: Date.UTC(2026, 4, 1),
    policyVersion: 5,
    purposes: [...new Set([...drawn.purposes, 1, 2, 3, 4])],
  }))
  const places: Readonly<Record<string, (text: string) => RawSignals>> = {
    tcf: (text) => ({ tcf: [text] }),
    'tcf inside gpp': (text) => ({ gpp: [`DBABMA~${text}`] }),
  }
  let [stillRead, refused] = [0, 0]
  for (const [name, raw] of Object.entries(places)) {
    test(`${name}: open no more than their bits say`, () => {
      fc.assert(
        fc.property(strings, fc.array(damage, { minLength: 1, maxLength: 2 }), (drawn, damages) => {
          const text = damages.reduce((current, change) => change(current), encodeTcf(drawn))
          const verdict = quickly(() => judge(raw(text)))
          const { strings: reading } = verdict.consent
          if (reading === undefined || !reading.valid) {
            refused++
            equal(opened(verdict).join(), '')
            return
          }
          stillRead++
          const [core = ''] = text.split('.')
          const consented = bitsOf(core).slice(152, 176)
          for (let purpose = 1; purpose <= 24; purpose++) {
            ok((reading.purposes & (1 << (purpose - 1))) === 0 || consented[purpose - 1] === '1', `purpose ${purpose}`)
          }
          if (opened(verdict).includes('targeted_advertising'))
            equal(consented[0]! + consented[2]! + consented[3]!, '111')
          if (opened(verdict).includes('precise_location')) equal(bitsOf(core)[140], '1')
          if (opened(verdict).length > 0) equal(consented[0], '1')
          const theirs = theirReading(text)
          for (const vendor of [1, 2, 31, 500, 1_999]) {
            if (reading.purposesOf(vendor, undefined) !== 0)
              ok(theirs === undefined || theirs.vendorConsents.has(vendor), `vendor ${vendor}`)
          }
        }),
        { numRuns: Math.ceil(CASES / 4) },
      )
    })
  }
  test('the campaign saw both strings that are still read and strings that are not', () => {
    ok(stillRead > CASES / 20 && refused > CASES / 20, `${stillRead} read, ${refused} refused`)
  })
})

/** Undefined where their decoder throws, as it does for CMP ids below 2 and languages it does not know. */
function theirReading(text: string): TCModel | undefined {
  try {
    return TCString.decode(text, new TCModel())
  } catch {
    return undefined
  }
}
