/** What is kept of where identifiers went, before they go. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AddressBook } from './addresses.ts'
import { addressed } from './addresses.ts'
import { disclose } from './disclose.ts'

const IDFA = 'AEBE52E7-03EE-455A-B3C4-E57283966239'
const NOTIFY = { optOut: 'reversible', deletion: true }

/** Of a sendable what is looked at here. */
function sendable(notify: object | undefined, prepared: object) {
  const contract = { id: 'acme', connection: {}, ...(notify && { notify }) }
  return {
    event: { app: 'shop', identityKeys: ['k1', 'k2'], eventRef: '0'.repeat(32), accepted: { revision: 1 } },
    attempt: 1,
    prepared: { contract, bytes: '{}', decision: { as: 'e', why: 'agreed', fields: {} }, ...prepared },
    revision: { number: 1, digest: '0'.repeat(64) },
    isCurrent: () => true,
  } as never
}

describe('addresses: what left with an item', () => {
  test('an event’s identifiers, each by itself, pseudonyms included; nothing else of it', () => {
    const view = {
      advertising_id: { id: IDFA, kind: 'idfa' },
      user_id: 'p1.AAAAAAAAAAAAAAAAAAAAAA',
      partner_id: { adid: 'a1', fbp: 'f1' },
      ip: '203.0.113.7',
      os: { name: 'iOS' },
    }
    deepEqual(addressed(sendable(NOTIFY, { view }), 7), {
      partner: 'acme',
      app: 'shop',
      at: 7,
      identityKeys: ['k1', 'k2'],
      identifiers: [
        { class: 'advertising_id', kind: 'idfa', value: IDFA },
        { class: 'user_id', kind: '', value: 'p1.AAAAAAAAAAAAAAAAAAAAAA' },
        { class: 'partner_id', kind: 'adid', value: 'a1' },
        { class: 'partner_id', kind: 'fbp', value: 'f1' },
      ],
    })
  })

  test('a relayed request’s, as they were written, each once', () => {
    const passed = { slots: ['plain', 'advertising_id', 'vendor_id', 'advertising_id'], texts: ['1', IDFA, 'V', IDFA] }
    const { identifiers } = addressed(sendable(NOTIFY, { view: { advertising_id: true }, passed }), 7)
    deepEqual(identifiers, [
      { class: 'advertising_id', kind: 'unknown', value: IDFA },
      { class: 'vendor_id', kind: '', value: 'V' },
    ])
  })
})

describe('disclose: an address book', () => {
  const steps: string[] = []
  const deps = (addresses: AddressBook) =>
    ({
      addresses,
      gate: {
        admit: () => {
          steps.push('admitted')
          return undefined
        },
      },
      now: () => 7,
    }) as never

  test('is written before anything is recorded or sent, and only where the partner is told', async () => {
    steps.length = 0
    const book: AddressBook = {
      keep: async () => {
        await Promise.resolve()
        steps.push('kept')
      },
    }
    await disclose([sendable(undefined, { view: {} })], deps(book))
    deepEqual(steps, ['admitted'])
    await disclose([sendable(NOTIFY, { view: {} })], deps(book))
    deepEqual(steps, ['admitted', 'kept', 'admitted'])
  })

  test('that cannot be written stops what would have gone', async () => {
    steps.length = 0
    const book: AddressBook = { keep: () => Promise.reject(new Error('the disk is full')) }
    await rejects(disclose([sendable(NOTIFY, { view: {} })], deps(book)), /the disk is full/)
    equal(steps.length, 0)
  })
})
