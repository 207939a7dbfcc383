import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { integrationsText, isSwitchedOff } from './integrations.ts'
import { createCountryReader } from './place.ts'
import { NO_REQUEST_SIGNALS, readSignals } from './read.ts'

const PARTNERS = {
  wh: { id: 'wh', name: 'Web Hooks & Co.', type: 'webhook' },
  px: { id: 'px', name: 'Meta Conversions API', type: 'meta_capi' },
}
const off = (...places: readonly unknown[]): readonly string[] => {
  const texts = places.map(integrationsText).filter((text) => text !== undefined)
  return Object.entries(PARTNERS).flatMap(([id, partner]) => (isSwitchedOff(texts, partner) ? [id] : []))
}
const BOTH = ['wh', 'px']

describe('`integrations` of an event', () => {
  const rows: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['nothing', undefined, []],
    ['null', null, []],
    ['an empty object', {}, []],
    ['an empty list, as PHP writes it', [], []],
    ['true', true, []],
    ['all', { All: true }, []],
    ['settings of one', { px: { eventId: 'e' } }, []],
    ['none', { All: false }, BOTH],
    ['none, in small letters', { all: false }, BOTH],
    ['none but one', { All: false, px: true }, ['wh']],
    ['none but one, with settings', { All: false, px: { pixel: '1' } }, ['wh']],
    ['none but the transport', { All: false, 'Segment.io': true }, BOTH],
    ['one by its id', { px: false }, ['px']],
    ['one by its id, in capitals', { PX: false }, ['px']],
    ['one by its name', { 'Meta Conversions API': false }, ['px']],
    ['one by its name, written otherwise', { 'web-hooks & co': false }, ['wh']],
    ['one by its type', { META_CAPI: false }, ['px']],
    ['by one name yes, by another no', { px: true, meta_capi: false }, ['px']],
    ['all yes, one no', { All: true, wh: false }, ['wh']],
    ['one that is not here', { Mixpanel: false }, []],
    ['a number for no', { px: 0 }, ['px']],
    ['null for no', { px: null }, ['px']],
    ['a word for no', { px: 'false' }, ['px']],
    ['switched off in its settings', { px: { enabled: false } }, ['px']],
    ['a word nobody knows, where all are off', { All: false, px: 'perhaps' }, BOTH],
    ['false', false, BOTH],
    ['a text', 'none', BOTH],
    ['a list', ['px'], BOTH],
    ['more names than anybody has', Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [`n${n}`, true])), BOTH],
  ]
  for (const [what, value, expected] of rows) {
    test(`${what}: off are ${expected.join(' and ') || 'none'}`, () => {
      deepEqual(off(value), expected)
    })
  }
  test('of several places each may only take away', () => {
    deepEqual(off({ px: false }, { All: true, px: true }, { wh: true }), ['px'])
    deepEqual(off({ All: false, wh: true }, { wh: false }), BOTH)
  })
  test('a member more never opens a partner that was switched off, unless all were', () => {
    const answer = fc.oneof(fc.boolean(), fc.constantFrom(null, 0, 1, 'false', 'true'), fc.object())
    const names = fc.constantFrom('px', 'wh', 'META_CAPI', 'webhook', 'Other')
    fc.assert(
      fc.property(fc.dictionary(names, answer), names, answer, (said, name, value) => {
        const before = off(said)
        const after = off(said, { [name]: value })
        deepEqual(
          before.filter((id) => !after.includes(id)),
          [],
        )
      }),
    )
  })
  test('is read at the event, at the batch, and in the context of either', () => {
    const read = (...events: Parameters<typeof readSignals>[0]) =>
      readSignals(events, NO_REQUEST_SIGNALS, 0, createCountryReader()).integrations
    deepEqual(read({ integrations: { px: false } }), ['px=0'])
    deepEqual(read({ context: { integrations: { px: false } } }), ['px=0'])
    deepEqual(read({ integrations: { All: true } }, { context: {}, integrations: { All: false } }), ['all=0'])
    equal(read({ integrations: { All: true } }), undefined)
  })
})
