import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findNamespace, isAmbiguous, namedNamespaces } from './namespaces.ts'

const a: Parameters<typeof isAmbiguous>[1] & { users: { issuer: string } } = { users: { issuer: 'a' } }
const b = { users: { issuer: 'b' }, userIds: { namespace: 'b' } }

describe('which namespace a user id is of', () => {
  test('the only one where nobody says', () => {
    deepEqual(findNamespace([], undefined), { ok: true, of: undefined })
    deepEqual(findNamespace([{}, {}], undefined), { ok: true, of: undefined })
    deepEqual(findNamespace([b, { userIds: { namespace: 'b' } }], undefined), { ok: true, of: { namespace: 'b' } })
    deepEqual(findNamespace([{ userIds: { format: 'phone' } }], undefined), { ok: true, of: { format: 'phone' } })
  })

  test('has to be said where there are several, and must be one of them', () => {
    deepEqual(findNamespace([a, b], undefined), { ok: false, known: ['default', 'b'] })
    deepEqual(findNamespace([a, b], 'c'), { ok: false, known: ['default', 'b'] })
    deepEqual(findNamespace([a, b], 'b'), { ok: true, of: { namespace: 'b' } })
  })

  test('default can be named where no app uses it: old records are found under it', () => {
    deepEqual(findNamespace([b], 'default'), { ok: true, of: undefined })
  })
})

test('two issuers in one namespace leave its users ambiguous, and no others', () => {
  const second = { users: { issuer: 'c' } }
  equal(isAmbiguous([a, b], a), false)
  equal(isAmbiguous([a, { users: { issuer: 'a' } }, {}], a), false)
  equal(isAmbiguous([a, b, second], a), true)
  equal(isAmbiguous([a, b, second], b), false)
})

test('namespaces that have names, each once', () => {
  deepEqual(namedNamespaces([a, b, b, { userIds: { format: 'phone' } }]), ['b'])
})
