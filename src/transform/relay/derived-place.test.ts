import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ipLevel } from '../../model/field-class.ts'
import { ceilingsOfDerived } from './derived-place.ts'

const [COUNTRY, REGION, CITY, POSTAL] = [1, 2, 3, 4]
const [NO_POSITION, KM2_5000, KM2_500, EXACT] = [0, 1, 2, 5]

describe('a place derived from an address that goes', () => {
  const rows: readonly [how: string, v4: number, v6: number, place: number, coordinates: number][] = [
    ['whole', 32, 128, POSTAL, EXACT],
    ['whole as v4, and as v6 but for the last bit', 32, 127, CITY, KM2_500],
    ['as /24 and /48', 24, 48, CITY, KM2_500],
    ['as /24, and as /47 in v6', 24, 47, REGION, KM2_5000],
    ['as /16 and /32', 16, 32, REGION, KM2_5000],
    ['as /15 and /128', 15, 128, COUNTRY, NO_POSITION],
    ['as /24, and in v6 not at all', 24, 0, COUNTRY, NO_POSITION],
    ['not at all', 0, 0, COUNTRY, NO_POSITION],
  ]
  for (const [how, v4, v6, place, coordinates] of rows)
    test(`${how}: place at most ${place}, coordinates at most ${coordinates}`, () => {
      const ceilings = ceilingsOfDerived(ipLevel(v4, v6))
      deepEqual([ceilings.place, ceilings.coordinates], [place, coordinates])
    })
})
