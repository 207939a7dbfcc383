/** The judge of cells can fail: each promise with a fault planted against it, and the same cells without the fault. */
import { deepEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noRecords, type VerifyReport } from '../../src/ledger/verify/report.ts'
import type { RosterReport } from '../../src/threads/roster-verify.ts'
import type { Accounting } from '../faults/judge-books.ts'
import type { Witnessed, WitnessedIntent } from '../faults/ledger-witness.ts'
import type { ArrivedItem } from '../faults/matcher.ts'
import { judgeCells, type Seen, type SeenCell } from './judge.ts'

describe('the judge of cells', () => {
  test('finds nothing where each event has one end in one cell', () => {
    deepEqual(judgeCells(seen({})), [])
  })

  test('an event that no cell has', () => {
    found(seen({ cells: [cell('0', ['a']), cell('1', [])], sum: books(1) }), 'lost', /b vanished/)
  })

  test('an event that two cells have', () => {
    const cells = [cell('0', ['a', 'b']), cell('1', ['b'])]
    found(seen({ cells, sum: books(3) }), 'lost', /b is in cells 0 and 1/)
  })

  test('an event that its cell began and did not end', () => {
    const [ends] = delivered('b')
    found(
      seen({ cells: [cell('0', ['a']), cell('1', ['b'], { records: [ends] })] }),
      'lost',
      /b is on record as under way/,
    )
  })

  test('an event that nobody was told was accepted', () => {
    found(seen({ acknowledged: new Set(['a']), sum: books(2) }), 'lost', /has b on record/)
  })

  test('an event that was accepted twice by one cell', () => {
    const cells = [cell('0', ['a'], { books: books(2) }), cell('1', ['b'])]
    found(seen({ cells, sum: books(3) }), 'lost', /cell 0: 2 accepted, and 1 on record/)
  })

  test('sums that do not close: of a cell, of all, and one that is not the sum of the cells', () => {
    const { events, pairs } = books(1)
    const open: Accounting = { events, pairs: { acme: { ...pairs.acme!, pending: 1 } } }
    found(seen({ cells: [cell('0', ['a'], { books: open }), cell('1', ['b'])] }), 'lost', /cell 0: acme: 1 routed/)
    found(seen({ sum: { ...books(2), events: { ...books(2).events, received: 5 } } }), 'lost', /^5 received, but/)
    found(seen({ sum: books(3) }), 'lost', /2 accepted by the cells, and 3 by their sum/)
  })

  test('a cell whose books nobody saw', () => {
    found(seen({ cells: [cell('0', ['a']), cell('1', ['b'], { books: undefined })] }), 'lost', /cell 1 gave no books/)
  })

  test('an item that no ledger announced', () => {
    found(seen({ items: [item('a', delivered('a')[0]), item('b', undefined)] }), 'unlogged', /for an item of request 0/)
  })

  test('a ledger that does not verify, or goes on from another than was seen', () => {
    const forked = { verified: false, problems: [{ name: 'forked' as const, says: 'it speaks of another history' }] }
    found(
      seen({ cells: [cell('0', ['a']), cell('1', ['b'], { verified: forked })] }),
      'forked',
      /cell 1: forked: it speaks/,
    )
    const bad = { verified: false, problems: [] }
    found(seen({ cells: [cell('0', ['a'], { verified: bad }), cell('1', ['b'])] }), 'forked', /cell 0/)
  })

  test('a roster that does not verify, lacks a cell, or that a cell’s ledger contradicts', () => {
    const problem = { name: 'roster_mismatch' as const, says: 'it speaks of other records' }
    const report = { ...ROSTER.roster, problems: [problem] }
    const rosters: readonly (readonly [Partial<RosterReport>, RegExp])[] = [
      [{ roster: report }, /roster_mismatch: it speaks/],
      [{ cells: [{ cell: '1', folder: '', report }] }, /roster_mismatch: it speaks/],
      [{ problems: [problem] }, /roster_mismatch: it speaks/],
      [{ open: ['0'] }, /open on the roster are cells 0$/],
      [{ verified: false }, /the roster does not verify/],
    ]
    for (const [part, says] of rosters) found(seen({ roster: { ...ROSTER, ...part } }), 'forked', says)
  })
})

/** Among what is found, since one fault may break several promises. */
function found(what: Seen, kind: string, says: RegExp): void {
  const findings = judgeCells(what)
  ok(
    findings.some((finding) => finding.kind === kind && says.test(finding.says)),
    JSON.stringify(findings),
  )
}

function seen(part: Partial<Seen>): Seen {
  return {
    acknowledged: new Set(['a', 'b']),
    cells: [cell('0', ['a']), cell('1', ['b'])],
    roster: ROSTER,
    sum: books(2),
    items: [item('a', delivered('a')[0]), item('b', delivered('b')[0])],
    ...part,
  }
}

function cell(name: string, events: readonly string[], part: Partial<SeenCell> = {}): SeenCell {
  return {
    cell: name,
    records: events.flatMap((event) => delivered(event)),
    books: books(events.length),
    verified: { verified: true, problems: [] },
    ...part,
  }
}

const VERIFIED: VerifyReport = {
  ...{ size: 4, root: '', verified: true, problems: [], problemCount: 0, records: noRecords(), openIntents: 0 },
  ...{ segments: 1, checkpoints: 1, signedSize: 4, lowest: 0, olderCheckpoints: 0 },
}
const ROSTER: RosterReport = {
  ...{ verified: true, roster: VERIFIED, cells: [], problems: [], problemCount: 0, open: ['0', '1'] },
}

/** So many events that were sent twice and delivered once. */
function books(events: number): Accounting {
  return {
    events: { received: 2 * events, accepted: events, rejected: 0, duplicate: events },
    pairs: { acme: { routed: events, settled: { delivered: events }, pending: 0 } },
  }
}

function delivered(eventRef: string): readonly [WitnessedIntent, Witnessed] {
  const of = { partner: 'acme', eventRef }
  return [
    { ...of, kind: 'intent', seq: 1, id: '', attempt: 1, bytes: 1, epoch: 0, blind: '', commitment: '' },
    { ...of, kind: 'outcome', seq: 2, outcome: { kind: 'delivered' } },
  ]
}

function item(messageId: string, intent: WitnessedIntent | undefined): ArrivedItem {
  return { partner: 'acme', order: 0, text: '{}', messageId, intent }
}
