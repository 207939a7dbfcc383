/** A deletion request of the Data Deletion Request Framework as we send it is one that our own desk takes from another company. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLocalJWKSet } from 'jose'
import type { EpochMs } from '../../src/model/brand.ts'
import type { Identity } from '../../src/model/event.ts'
import { DSRDELETE, dsrDeleteUnder } from '../../src/partners/kit/deletion-framework.ts'
import type { NoticeFacts } from '../../src/partners/kit/notices.ts'
import { RESULT, readDeletionRequest } from '../../src/subjects/deletion-tokens.ts'
import { createRecipient } from '../support/notice-partners/dsrdelete.ts'
import { createRequester } from '../support/notice-partners/signed-tokens.ts'

const OURS = createRequester('publisher.example')
const NOW = Date.parse('2026-12-01T17:00:00Z') as EpochMs
/** As our own dsrdelete.json lists them: all in plain. */
const ENCODER = dsrDeleteUnder(
  DSRDELETE.parse({
    domain: 'vendor.example',
    endpoint: 'https://vendor.example/v1/deletion-requests',
    identifiers: { idfa: 'plaintext', aaid: 'plaintext', ifv: 'plaintext', ppuid: 'plaintext', email: 'sha256' },
    keys: createRecipient('vendor.example', []).publicKey,
  }),
)
const FACTS: NoticeFacts = {
  id: '372fcd8b-d723-452e-ac60-36bd17372321',
  verb: 'erase',
  identifier: {
    class: 'advertising_id',
    kind: 'idfa',
    value: 'AEBE52E7-03EE-455A-B3C4-E57283966239',
    isPseudonym: false,
  },
  app: { id: 'shop', platform: 'ios' },
  day: '2026-11-20',
  today: '2026-12-01',
  callback: undefined,
}

async function read(facts: NoticeFacts, now = NOW) {
  const token = await OURS.bodyOf(ENCODER.request(facts)!)
  const keys = createLocalJWKSet(OURS.keys)
  return readDeletionRequest(token, {
    keysOf: (domain) => (domain === OURS.issuer ? keys : undefined),
    domain: 'vendor.example',
    now: () => now,
    identityOf: (kind, value): Identity => ({ kind, value }) as Identity,
  })
}

describe('a deletion request that we send', () => {
  for (const [of, kind, value, named] of [
    ['advertising_id', 'idfa', 'AEBE52E7-03EE-455A-B3C4-E57283966239', 'advertising_id'],
    ['advertising_id', 'aaid', 'aebe52e7-03ee-455a-b3c4-e57283966239', 'advertising_id'],
    ['vendor_id', '', 'AEBE52E7-03EE-455A-B3C4-E57283966238', 'vendor_id'],
    ['user_id', '', 'u-1', 'user'],
  ] as const)
    test(`by ${of} ${kind} is taken`, async () => {
      const taken = await read({ ...FACTS, identifier: { class: of, kind, value, isPseudonym: false } })
      deepEqual(taken.ok && [taken.identity, taken.issuer, taken.origin, taken.id], [
        { kind: named, value },
        OURS.issuer,
        OURS.issuer,
        FACTS.id,
      ])
    })
  test('is young enough all day, though it says the day alone; one of the day before yesterday is not', async () => {
    equal((await read(FACTS, Date.parse('2026-12-01T23:59:59Z') as EpochMs)).ok, true)
    const late = await read(FACTS, Date.parse('2026-12-03T00:00:00Z') as EpochMs)
    deepEqual(late.ok || late.code, RESULT.timestamp)
  })
  test('by an e-mail address, which our own file does not list, is refused with the code of the type', async () => {
    const hashed = { class: 'email', kind: '', value: 'johndoe@example.com', isPseudonym: false } as const
    const refused = await read({ ...FACTS, identifier: hashed })
    deepEqual(refused.ok || refused.code, RESULT.identifier_type)
  })
})
