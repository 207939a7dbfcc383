import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { acceptedEvent } from '../../test/support/builders.ts'
import { telemetry } from '../../test/support/telemetry.ts'
import { FIELD_CLASSES } from '../model/field-class.ts'
import { createCountryReader } from '../signals/place.ts'
import { createClassifier } from '../transform/classify.ts'
import { maskEvent } from './mask.ts'

const classify = createClassifier({
  classes: new Set(FIELD_CLASSES),
  properties: ['revenue', 'traits.plan', 'unnamed'],
})
const context = {
  clientIp: undefined,
  platform: 'ios',
  time: '2026-01-02T03:04:05.000Z',
  countryOf: createCountryReader(),
} as const

describe('maskEvent', () => {
  test('no value of an event is left in any slot; the slots are the same', () => {
    fc.assert(
      fc.property(telemetry(), ({ event, planted, unmapped }) => {
        const fields = classify(event, context)
        const masked = maskEvent(acceptedEvent({ fields })).fields
        equal(Object.keys(masked).join(), Object.keys(fields).join())
        const text = JSON.stringify(masked)
        for (const value of [...Object.values(planted).flat(), ...unmapped])
          ok(!text.includes(String(value)), String(value))
      }),
      { numRuns: Number(process.env.SLUICE_CASES ?? 200) },
    )
  })

  test('what came in an unknown form is masked like everything else', () => {
    const fields = {
      ip: '2001:db8:ffff::1',
      place: { country: 'US', postal: '95814' },
      property: { list: ['a', 1, true], deep: 'x' },
    }
    const { ip, place, property } = maskEvent(acceptedEvent({ fields })).fields
    equal(ip, '2001:db8:1:2:3:4:5:6')
    equal(JSON.stringify(place), '{"country":"US","postal":"masked postal code"}')
    equal(JSON.stringify(property), '{"list":["masked",1,true],"deep":"masked"}')
  })
})
