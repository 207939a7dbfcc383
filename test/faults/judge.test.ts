/** The judge can fail: each promise with a fault planted against it, and the same case without the fault. */
import { deepEqual, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { CaseFile, Finding } from './case-file.ts'
import { type Accounting, endOf, lostEvents, openBooks } from './judge-books.ts'
import { lateItems, sentAgain, unloggedItems } from './judge-items.ts'
import type { OutcomeKind, Witnessed, WitnessedIntent } from './ledger-witness.ts'
import type { ArrivedItem } from './matcher.ts'
import type { Person } from './people.ts'
import type { Terms } from './terms.ts'

const ANN: Person = {
  user: 'ann',
  anonymous: 'AAAAAAAA-0000-4000-8000-000000000001',
  advertisingId: 'AAAAAAAA-0000-4000-8000-000000000002',
  vendorId: 'AAAAAAAA-0000-4000-8000-000000000003',
  ip: '198.18.0.1',
  country: 'US',
}
const FLAGS = { restricted: true, sale: true, sharing: true, targeted_advertising: true }
const ALLOWED = ['message_id', 'device.os.version', ...Object.keys(FLAGS).map((flag) => `privacy.${flag}`)]
const TERMS: ReadonlyMap<string, Terms> = new Map<string, Terms>([
  ['limited', { events: ['buy'], deduplicates: true, attempts: 3, whenOptedOut: ALLOWED }],
  ['nothing', { events: ['buy'], deduplicates: false, attempts: 3, whenOptedOut: 'nothing' }],
])

const intent = (seq: number, partner: string, attempt = 1): WitnessedIntent => ({
  kind: 'intent',
  seq,
  id: '',
  partner,
  eventRef: 'e1',
  attempt,
  bytes: 1,
  epoch: 0,
  blind: '',
  commitment: '',
})
const outcome = (seq: number, partner: string, kind: OutcomeKind, retry?: boolean): Witnessed => ({
  kind: 'outcome',
  seq,
  partner,
  eventRef: 'e1',
  outcome: { kind, ...(retry === undefined ? {} : { retry }) },
})
const withheld = (seq: number, partner: string): Witnessed => ({ kind: 'withheld', seq, partner, eventRef: 'e1' })
const arrived = (partner: string, order: number, body: object, part: Partial<ArrivedItem> = {}): ArrivedItem => ({
  partner,
  order,
  text: JSON.stringify({ message_id: 'm1', ...body }),
  messageId: 'm1',
  intent: intent(0, partner),
  ...part,
})
const caseOf = (part: Partial<CaseFile>): CaseFile => ({
  terms: TERMS,
  events: new Map([['e1', { messageId: 'm1', name: 'buy', person: ANN }]]),
  acknowledged: new Set(['m1']),
  optedOut: new Map(),
  items: [],
  records: [],
  ...part,
})
const found = (findings: readonly Finding[], kind: Finding['kind'], says: RegExp): void => {
  deepEqual(
    findings.map((finding) => finding.kind),
    [kind],
  )
  match(findings[0]!.says, says)
}

describe('unlogged', () => {
  test('an item that no INTENT announced', () => {
    found(
      unloggedItems({ items: [arrived('limited', 3, {}, { intent: undefined })] }),
      'unlogged',
      /request 3 to limited/,
    )
  })
  test('nothing where every item has its INTENT', () => {
    deepEqual(unloggedItems({ items: [arrived('limited', 3, {})] }), [])
  })
})

describe('forbidden', () => {
  const optedOut = new Map([['ann', 5]])
  const late = (item: ArrivedItem) => lateItems(caseOf({ optedOut, items: [item] }))
  const restricted = { device: { os: { version: '17' } }, privacy: FLAGS }

  test('anything at all under send: nothing', () => {
    found(late(arrived('nothing', 5, restricted)), 'forbidden', /request 5 to nothing is about ann/)
  })
  test('more than the terms for people who opted out', () => {
    found(
      late(arrived('limited', 5, { ...restricted, advertising_id: { id: 'x' } })),
      'forbidden',
      /advertising_id\.id/,
    )
    found(late(arrived('limited', 6, { ...restricted, ip: '198.18.0.0' })), 'forbidden', /tells ip/)
  })
  test('flags that say nothing of it, and a version in full', () => {
    found(late(arrived('limited', 5, { privacy: { ...FLAGS, sale: false } })), 'forbidden', /privacy\.sale/)
    found(
      late(arrived('limited', 5, { device: { os: { version: '17.5' } }, privacy: FLAGS })),
      'forbidden',
      /os\.version/,
    )
  })
  test('an identity in a place that may be filled', () => {
    found(
      late(arrived('limited', 5, { ...restricted, message_id: ANN.advertisingId.toLowerCase() })),
      'forbidden',
      /identity/,
    )
  })
  test('an item that does not say whose it is, by its INTENT', () => {
    const text = JSON.stringify({ ip: '198.18.0.0' })
    found(late(arrived('limited', 5, {}, { text, messageId: undefined })), 'forbidden', /tells ip of ann/)
  })
  test('an item without an INTENT, by what it says', () => {
    found(late(arrived('nothing', 5, {}, { intent: undefined })), 'forbidden', /is about ann/)
  })
  test('not what began before the acknowledgement, nor what keeps to the terms, nor anybody else', () => {
    deepEqual(late(arrived('nothing', 4, { ip: '198.18.0.0' })), [])
    deepEqual(late(arrived('limited', 5, restricted)), [])
    deepEqual(lateItems(caseOf({ optedOut: new Map([['ben', 0]]), items: [arrived('nothing', 5, {})] })), [])
  })

  test('what is announced again after it was known as delivered', () => {
    const records = [intent(1, 'limited'), outcome(2, 'limited', 'delivered'), intent(3, 'limited', 2)]
    found(sentAgain(caseOf({ records })), 'forbidden', /m1 went to limited again \(record 3\)/)
  })
  test('not a second try of what was refused, nor the same event for another partner', () => {
    const refused = [intent(1, 'limited'), outcome(2, 'limited', 'refused', true), intent(3, 'limited', 2)]
    deepEqual(sentAgain(caseOf({ records: refused })), [])
    const other = [intent(1, 'limited'), outcome(2, 'limited', 'delivered'), intent(3, 'nothing')]
    deepEqual(sentAgain(caseOf({ records: other })), [])
  })
})

describe('how a pair ended', () => {
  const once = { attempts: 3, deduplicates: false }
  const ends: [string, readonly Witnessed[], string | RegExp][] = [
    ['delivered', [intent(1, 'p'), outcome(2, 'p', 'delivered')], 'delivered'],
    ['withheld', [withheld(1, 'p')], 'withheld'],
    ['withheld twice, with a crash in between', [withheld(1, 'p'), withheld(2, 'p')], 'withheld'],
    [
      'taken back and then withheld',
      [intent(1, 'p'), outcome(2, 'p', 'cancelled_not_sent'), withheld(3, 'p')],
      'withheld',
    ],
    ['refused for good', [intent(1, 'p'), outcome(2, 'p', 'refused', false)], 'dead'],
    ['refused once too often', [intent(1, 'p', 3), outcome(2, 'p', 'refused', true)], 'dead'],
    ['left open by a crash', [intent(1, 'p'), outcome(2, 'p', 'unresolved_assume_disclosed')], 'unresolved'],
    ['never decided', [], /vanished/],
    ['still open', [intent(1, 'p')], /under way/],
    ['refused, and never tried again', [intent(1, 'p'), outcome(2, 'p', 'refused', true)], /no end, after 1 tries/],
    [
      'sent after it was withheld',
      [withheld(1, 'p'), intent(2, 'p')],
      /goes on with intent \(record 2\) after it was withheld/,
    ],
    [
      'withheld after it was delivered',
      [intent(1, 'p'), outcome(2, 'p', 'delivered'), withheld(3, 'p')],
      /after it was delivered/,
    ],
    ['two tries at once', [intent(1, 'p'), intent(2, 'p', 2)], /announced again \(record 2\) while under way/],
  ]
  for (const [what, history, expected] of ends) {
    test(what, () => {
      const end = endOf(history, once)
      if (typeof expected === 'string') deepEqual(end, expected)
      else match(typeof end === 'string' ? end : end.problem, expected)
    })
  }
  test('an unknown ending may be tried again where the partner counts an item once', () => {
    const open = [
      intent(1, 'p'),
      outcome(2, 'p', 'unknown_after_write'),
      intent(3, 'p', 2),
      outcome(4, 'p', 'delivered'),
    ]
    deepEqual(endOf(open, { attempts: 3, deduplicates: true }), 'delivered')
    match(JSON.stringify(endOf(open, once)), /after it was unresolved/)
  })
})

describe('lost', () => {
  const nobody = { delivered: 0, withheld: 0, expired: 0, dead: 0, erased: 0, unresolved: 0 }
  const books = (part: Partial<Accounting> = {}): Accounting => ({
    events: { received: 4, accepted: 1, rejected: 1, duplicate: 2 },
    pairs: {
      limited: { routed: 1, settled: { ...nobody, delivered: 1 }, pending: 0 },
      nothing: { routed: 1, settled: { ...nobody, withheld: 1 }, pending: 0 },
    },
    ...part,
  })
  const records = [intent(1, 'limited'), outcome(2, 'limited', 'delivered'), withheld(3, 'nothing')]

  test('nothing where all adds up', () => {
    deepEqual(openBooks(books(), 1, 4), [])
    deepEqual(lostEvents(caseOf({ records }), books()), [])
  })
  test('sums that do not close', () => {
    found(
      openBooks(books({ events: { received: 5, accepted: 1, rejected: 1, duplicate: 2 } }), 1, 4),
      'lost',
      /5 received/,
    )
    const { limited } = books().pairs
    found(openBooks(books({ pairs: { limited: { ...limited!, pending: 1 } } }), 1, 4), 'lost', /limited: 1 routed/)
  })
  test('fewer events on the books than were acknowledged', () => {
    found(openBooks(books(), 2, 4), 'lost', /2 acknowledged, but only 1 accepted/)
    found(openBooks(books(), 1, 5), 'lost', /5 events had their 200/)
  })
  test('an acknowledged event without a trace', () => {
    const gone = lostEvents(caseOf({ records: records.slice(0, 2) }), books())
    match(gone.map(({ says }) => says).join('\n'), /m1 for nothing vanished/)
    const traceless = lostEvents(
      caseOf({ records: [] }),
      books({ events: { received: 0, accepted: 0, rejected: 0, duplicate: 0 }, pairs: {} }),
    )
    match(
      traceless.map(({ says }) => says).join('\n'),
      /m1 for limited vanished[\s\S]*limited: 1 events were for it, and 0 routed/,
    )
  })
  test('books that say another end than the ledger', () => {
    const { limited, nothing } = books().pairs
    const dead = { limited: { ...limited!, settled: { ...nobody, dead: 1 } }, nothing: nothing! }
    deepEqual(
      lostEvents(caseOf({ records }), books({ pairs: dead })).map(({ says }) => says),
      ['limited: 1 delivered by the ledger, and 0 by the books', 'limited: 0 dead by the ledger, and 1 by the books'],
    )
  })
  test('an event that was accepted twice, one that still waits, and one that nobody sent', () => {
    found(
      lostEvents(caseOf({ records }), books({ events: { received: 4, accepted: 2, rejected: 1, duplicate: 1 } })),
      'lost',
      /and 2 accepted/,
    )
    const { limited, nothing } = books().pairs
    found(
      lostEvents(caseOf({ records }), books({ pairs: { limited: limited!, nothing: { ...nothing!, pending: 1 } } })),
      'lost',
      /1 still pending/,
    )
    const stranger: Witnessed = { kind: 'withheld', seq: 4, partner: 'limited', eventRef: 'e2' }
    found(lostEvents(caseOf({ records: [...records, stranger] }), books()), 'lost', /speaks of limited e2/)
  })
})
