/** Every string of three answers, held against the sentence of `docs/signals.md`. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RawSignals } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS } from '../model/signal.ts'
import { createDecoders } from './decoders.ts'
import { findSignals } from './findings.ts'
import { parseUsPrivacy } from './us-privacy.ts'

const NOW = Date.UTC(2026, 0, 15)
const find = (raw: RawSignals) =>
  findSignals(raw, {
    honoured: { gpc: true, dnt: false },
    categories: {},
    decoders: createDecoders(),
    from: NOW,
    until: NOW,
  })

/** What is denied: nothing, what an opt-out of sale denies, or all four because the answers contradict each other. */
const TABLE: Readonly<Record<'nothing' | 'opted_out' | 'contradicts' | 'both', string>> = {
  nothing: '1YNY 1YNN 1---',
  opted_out: '1YYY 1YYN 1NYY 1NYN',
  contradicts: '1NNY 1NNN 1YN- 1NN- 1-NY 1-NN 1-N- 1Y-Y 1Y-N 1Y-- 1N-Y 1N-N 1N-- 1--Y 1--N',
  both: '1YY- 1NY- 1-YY 1-YN 1-Y-',
}
const DENIES = { nothing: 0, opted_out: ADVERTISING_DIMENSIONS, contradicts: ALL_DIMENSIONS, both: ALL_DIMENSIONS }

describe('a US Privacy string', () => {
  const rows = Object.entries(TABLE).flatMap(([what, texts]) =>
    texts.split(' ').map((text) => [text, what as keyof typeof TABLE] as const),
  )
  for (const [text, what] of rows) {
    test(`${text}: ${what}`, () => {
      const { findings, lifting } = find({ us_privacy: [text] })
      const isWithdrawn = what === 'opted_out' || what === 'both'
      deepEqual(
        {
          denies: findings.reduce((bits, { denies }) => bits | denies, 0),
          withdrawn: findings.some(({ withdrawal }) => withdrawal),
          lifting,
        },
        { denies: DENIES[what], withdrawn: isWithdrawn, lifting: /^1YN[YN]$/.test(text) ? ['us_privacy'] : [] },
      )
    })
  }
  test('the table holds every string of three answers once', () => {
    const answers = ['Y', 'N', '-']
    const all = answers.flatMap((a) => answers.flatMap((b) => answers.map((c) => `1${a}${b}${c}`)))
    deepEqual(rows.map(([text]) => text).sort(), all.sort())
  })

  const lowerCase = { '1nyn': ADVERTISING_DIMENSIONS, '1yyn': ADVERTISING_DIMENSIONS, '1ynn': ALL_DIMENSIONS }
  for (const [text, denies] of Object.entries(lowerCase)) {
    test(`${text}: lower case may opt out and never permits`, () => {
      equal(
        find({ us_privacy: [text] }).findings.reduce((bits, finding) => bits | finding.denies, 0),
        denies,
      )
    })
  }
  for (const text of [' ', '1YY', '1YYNN', '2YYN', '1XYN', '1YYX', '１YYN']) {
    test(`${JSON.stringify(text)}: invalid`, () => {
      equal(parseUsPrivacy(text).state, 'invalid')
    })
  }
})
