/** A start holds what it found against what the ledger has on record. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Acceptable, refusal } from './accepted-losses.ts'
import { contradictions, type Found, type OnRecord, readOnRecord } from './on-record.ts'

const RECORD: OnRecord = {
  keys: { index: 'a', pseudonym: 'b', signing: 'c' },
  revision: { number: 4, digest: 'd4' },
  revisionsAccepted: 0,
  eventsTaken: 100,
  stopped: [],
  acceptedNotes: new Set(),
}
const FOUND: Found = {
  keys: { index: 'a', pseudonym: 'b', signing: 'c' },
  revision: { number: 4, digest: 'd4' },
  eventsTaken: 100,
}
const NOTHING: OnRecord = { ...RECORD, keys: {}, revision: undefined, eventsTaken: 0 }

describe('contradictions', () => {
  const rows: readonly [string, Partial<OnRecord>, Partial<Found>, readonly Acceptable[]][] = [
    ['a folder that was left alone', {}, {}, []],
    ['more events than at the last start', {}, { eventsTaken: 101 }, []],
    ['fewer events', {}, { eventsTaken: 99 }, ['lost-events']],
    ['another key', {}, { keys: { ...FOUND.keys, pseudonym: 'x' } }, ['new-keys']],
    [
      'another index key, under which no choice is found',
      {},
      { keys: { ...FOUND.keys, index: 'x' } },
      ['lost-choices'],
    ],
    ['another signing key, which has a check of its own', {}, { keys: { ...FOUND.keys, signing: 'x' } }, []],
    ['a key that did not exist at the last start', {}, { keys: { ...FOUND.keys, another: 'x' } }, []],
    ['a later revision: the process ended before it was announced', {}, { revision: { number: 5, digest: 'x' } }, []],
    ['an earlier revision', {}, { revision: { number: 2, digest: 'd2' } }, ['lost-revisions']],
    ['an earlier one that was accepted', { revisionsAccepted: 4 }, { revision: { number: 2, digest: 'd2' } }, []],
    ['the same number with other contents', {}, { revision: { number: 4, digest: 'x' } }, ['lost-revisions']],
  ]
  for (const [what, record, found, expected] of rows)
    test(`${what}: ${expected.join() || 'none'}`, () => {
      const all = contradictions({ ...RECORD, ...record }, { ...FOUND, ...found })
      deepEqual(
        all.map(({ accept }) => accept),
        expected,
      )
    })
  test('a ledger that recorded nothing of this yet contradicts nothing', () => {
    deepEqual(contradictions(NOTHING, { ...FOUND, eventsTaken: 0 }), [])
  })
  test('the refusal lists what was not accepted, and how to go on', () => {
    const found = contradictions(RECORD, { keys: {}, revision: { number: 1, digest: '' }, eventsTaken: 1 })
    const text = refusal(found, new Set(['lost-events'])) ?? ''
    match(text, /--accept-lost-revisions/)
    equal(text.includes('lost-events'), false)
    equal(refusal(found, new Set(['lost-events', 'lost-revisions'])), undefined)
  })
})

test('the newest start counts, the highest revision of all, and what was accepted', async () => {
  const rows: Readonly<Record<string, readonly object[]>> = {
    started: [
      { revision: 1, digest: 'd1', key_index: 'old', events: 5 },
      { revision: 2, digest: 'd2', key_index: 'new', events: 7 },
    ],
    published: [{ revision: 3, digest: 'd3' }],
    stopped: [{ partner: 'acme' }, { partner: 'bolt' }, { partner: 'all' }],
    resumed: [{ partner: 'bolt' }],
    loss_accepted: [
      { accept: 'lost-revisions', named: 9 },
      { accept: 'anchored-history', note: 'n' },
    ],
  }
  const onRecord = await readOnRecord({
    // What was resumed was resumed after it was stopped.
    find: async ({ action = '' }) => ({
      records: (rows[action] ?? []).map((facts, index) => ({ facts, seq: index + (action === 'resumed' ? 100 : 0) })),
    }),
  })
  deepEqual(onRecord, {
    keys: { index: 'new' },
    revision: { number: 3, digest: 'd3' },
    revisionsAccepted: 9,
    eventsTaken: 7,
    stopped: ['acme', 'all'],
    acceptedNotes: new Set(['n']),
  })
})
