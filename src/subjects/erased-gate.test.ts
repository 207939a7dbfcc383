import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import { createErasedGate } from './erased-gate.ts'

const key = (name: string): IdentityKey => name as IdentityKey

describe('what came in before an erasure', () => {
  test('is erased by any of its identities; what comes later, or is about others, is not', () => {
    const gate = createErasedGate(1_000)
    const event = (receivedAt: number, ...names: string[]) => ({ receivedAt, identityKeys: names.map(key) })
    equal(gate.isErased(event(5, 'ann')), false)
    gate.add([key('ann'), key('phone')], 10)
    equal(gate.isErased(event(10, 'ann')), true)
    equal(gate.isErased(event(9, 'ben', 'phone')), true)
    equal(gate.isErased(event(11, 'ann')), false)
    equal(gate.isErased(event(9, 'ben')), false)
    equal(gate.isErased(event(9)), false)
  })

  test('stays erased by the later of two erasures, and is forgotten once no such event can wait any more', () => {
    const gate = createErasedGate(1_000)
    gate.add([key('ann')], 50)
    gate.add([key('ann')], 20)
    equal(gate.isErased({ receivedAt: 50, identityKeys: [key('ann')] }), true)
    gate.add([key('ben')], 1_050)
    equal(gate.isErased({ receivedAt: 50, identityKeys: [key('ann')] }), true)
    gate.add([key('ben')], 1_051)
    equal(gate.isErased({ receivedAt: 50, identityKeys: [key('ann')] }), false)
  })
})
