import { equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { requireOptions } from './options.ts'

describe('options of the intake', () => {
  test('an option that is not given has its default, one that is given its value', () => {
    const options = requireOptions({ keepHours: 30 })
    equal(options.keepHours, 30)
    equal(options.maxAgeHours, 72)
    equal(options.dedupeWindowMs, 86_400_000)
  })

  test('an unknown name, a wrong number and a contradiction are named', () => {
    throws(() => requireOptions({ dedupeHours: 3 } as object), /no option dedupeHours/)
    throws(() => requireOptions({ segmentRows: 0 }), /segmentRows/)
    throws(() => requireOptions({ segmentHours: 0 }), /segmentHours/)
    throws(() => requireOptions({ windowBytes: Number.NaN }), /windowBytes/)
    throws(() => requireOptions({ keepHours: 48, maxAgeHours: 24 }), /maxAgeHours/)
  })
})
