import { equal, match } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { createDisclosureIds, createRelayRefs } from './disclosure-id.ts'

describe('disclosure ids', () => {
  test('time first, then version 7, variant 2 and what was drawn', () => {
    const newId = createDisclosureIds((size) => Buffer.alloc(size, 0xab))
    equal(newId(0x0193_5c8e_07b1), '01935c8e-07b1-7aba-baba-babababababa')
    const zeros = createDisclosureIds((size) => Buffer.alloc(size))
    equal(zeros(1), '00000000-0001-7000-8000-000000000000')
  })

  test('every id is another one, across draws', () => {
    const newId = createDisclosureIds(randomBytes)
    const ids = Array.from({ length: 2_000 }, () => newId(1_700_000_000_000))
    equal(new Set(ids).size, 2_000)
    for (const id of ids) match(id, /^018bcfe5-6800-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('references of relayed requests', () => {
  test('32 hex digits, every one another, across draws', () => {
    const newRef = createRelayRefs(randomBytes)
    const refs = Array.from({ length: 2_000 }, newRef)
    equal(new Set(refs).size, 2_000)
    for (const ref of refs) match(ref, /^[0-9a-f]{32}$/)
  })
})
