import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { IdentityKey, NodeId } from '../model/brand.ts'
import { ownerOf } from './owner.ts'

const key = (name: string): IdentityKey => createHash('sha256').update(name).digest('hex').slice(0, 32) as IdentityKey
const cells = (...numbers: readonly number[]): readonly NodeId[] => numbers.map((number) => String(number) as NodeId)
const KEYS = Array.from({ length: 20_000 }, (_, index) => key(`user ${index}`))

describe('the cell that keeps what is about a user', () => {
  test('is none where there is no cell', () => equal(ownerOf(KEYS[0]!, []), undefined))

  // Worked out by another program from the description: what runs today must agree with what ran yesterday.
  for (const [name, ofThree, ofEight, ofOthers] of [
    ['sluice 0', '0', '7', '17'],
    ['sluice 1', '0', '3', '17'],
    ['sluice 2', '0', '3', '63'],
    ['sluice 3', '0', '3', '5'],
    ['sluice 4', '1', '7', '5'],
    ['sluice 5', '1', '4', '63'],
  ] as const)
    test(`is the same in every version and at every cell: ${name}`, () => {
      deepEqual(
        [cells(0, 1, 2), cells(0, 1, 2, 3, 4, 5, 6, 7), cells(5, 17, 63)].map((all) => [
          ownerOf(key(name), all),
          ownerOf(key(name), all.toReversed()),
        ]),
        [ofThree, ofEight, ofOthers].map((owner) => [owner, owner]),
      )
    })

  test('is each cell alike often', () => {
    const all = Array.from({ length: 64 }, (_, index) => index)
    for (const many of [3, 8, 64]) {
      const among = cells(...all.slice(0, many))
      const counts = new Map<NodeId, number>()
      for (const one of KEYS) counts.set(ownerOf(one, among)!, (counts.get(ownerOf(one, among)!) ?? 0) + 1)
      const share = KEYS.length / many
      // Five standard deviations of a fair draw.
      const most = 5 * Math.sqrt(share)
      for (const cell of among) ok(Math.abs((counts.get(cell) ?? 0) - share) < most, `cell ${cell} of ${many}`)
    }
  })

  test('moves only to a cell that is added: its share of each other’s users', () => {
    const before = cells(0, 1, 2, 3)
    const after = [...before, ...cells(9)]
    const moved = KEYS.filter((one) => ownerOf(one, before) !== ownerOf(one, after))
    ok(moved.every((one) => ownerOf(one, after) === '9'))
    ok(Math.abs(moved.length - KEYS.length / 5) < 5 * Math.sqrt(KEYS.length / 5), `${moved.length} moved`)
    for (const cell of before) {
      const lost = moved.filter((one) => ownerOf(one, before) === cell).length
      ok(Math.abs(lost - KEYS.length / 20) < 5 * Math.sqrt(KEYS.length / 20), `${lost} from cell ${cell}`)
    }
  })
})
