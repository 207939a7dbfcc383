import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  atMost,
  DROP,
  FIELD_CLASSES,
  type FieldClass,
  ipLevel,
  type Level,
  meet,
  NEVER_LEAVES,
  topOf,
  treatmentName,
} from './field-class.ts'

const levelOf = (name: FieldClass): fc.Arbitrary<Level> =>
  name === 'ip'
    ? fc.tuple(fc.integer({ min: 0, max: 32 }), fc.integer({ min: 0, max: 128 })).map(([v4, v6]) => ipLevel(v4, v6))
    : fc.integer({ min: 0, max: topOf(name) })
const classAndLevels = fc
  .constantFrom(...FIELD_CLASSES)
  .chain((name) => fc.tuple(fc.constant(name), levelOf(name), levelOf(name), levelOf(name)))

describe('the lattice of treatments', () => {
  test('meet is commutative, associative and idempotent, in every class', () => {
    fc.assert(
      fc.property(classAndLevels, ([name, a, b, c]) => {
        equal(meet(name, a, b), meet(name, b, a))
        equal(meet(name, meet(name, a, b), c), meet(name, a, meet(name, b, c)))
        equal(meet(name, a, a), a)
      }),
    )
  })

  test('drop is the bottom and the top gives way to everything', () => {
    fc.assert(
      fc.property(classAndLevels, ([name, a]) => {
        equal(meet(name, a, DROP), DROP)
        equal(meet(name, a, topOf(name)), a)
      }),
    )
  })

  test('the meet reveals no more than either side, and is the greatest that does', () => {
    fc.assert(
      fc.property(classAndLevels, ([name, a, b, c]) => {
        const both = meet(name, a, b)
        equal(atMost(name, both, a) && atMost(name, both, b), true)
        if (atMost(name, c, a) && atMost(name, c, b)) equal(atMost(name, c, both), true)
      }),
    )
  })

  test('two address masks meet in each family by itself', () => {
    equal(meet('ip', ipLevel(24, 128), ipLevel(32, 48)), ipLevel(24, 48))
    equal(atMost('ip', ipLevel(24, 128), ipLevel(32, 48)), false)
  })

  test('treatments are spelled as contracts spell them', () => {
    const spelled = (['advertising_id', 'coordinates', 'place', 'ip', 'email', 'time'] as const).map((name) =>
      treatmentName(name, topOf(name)),
    )
    deepEqual(spelled, ['pass', 'pass', 'postal', 'pass', 'pass', 'pass'])
    deepEqual(
      [
        treatmentName('ip', ipLevel(24, 48)),
        treatmentName('ip', DROP),
        treatmentName('coordinates', 2),
        treatmentName('os', 1),
      ],
      ['24/48', 'drop', '500km2', 'reduced'],
    )
  })

  test('what never leaves has no treatment but drop', () => {
    deepEqual(NEVER_LEAVES, ['hardware_id', 'contacts', 'message_content', 'media', 'face_data', 'payment'])
    for (const name of NEVER_LEAVES) equal(topOf(name), DROP)
  })
})
