import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Statement } from './statement.ts'
import { statementCsv } from './statement-csv.ts'

const STATEMENT: Statement = {
  at: '2026-11-24T10:30:00.000Z',
  policy: '2018-05-22',
  contact: 'privacy@policy.example',
  recipients: [
    {
      partner: 'acme',
      name: '=Acme, "Ads"',
      role: 'third_party',
      purposes: ['advertising'],
      countries: ['US'],
      privacy_policy: 'https://acme.example/privacy',
      contact: 'privacy@acme.example',
      disclosures: 2,
      first: '',
      last: '',
    },
  ],
  disclosures: [2, 0].map((fields, index) => ({
    id: `d${index}`,
    seq: index,
    at: '2026-11-24T10:30:00.000Z',
    recipient: 'acme',
    event: 'Order Completed',
    fields: ['os', 'ip']
      .slice(0, fields)
      .map((field) => ({ field, treatment: 'pass', in_words: `your ${field}, as it was` })),
    purposes: ['advertising', 'measurement'],
    countries: ['IE', 'US'],
    why: { code: 'agreed', in_words: 'agreed' },
    revision: 1,
    law: 'us-tx',
    outcome: { kind: 'delivered', in_words: 'taken' },
  })),
  withheld: [],
}

test('one row a field, quotes doubled, and nothing that a program takes for a formula', () => {
  const lines = statementCsv(STATEMENT).split('\r\n')
  equal(lines.length, 5)
  equal(lines.at(-1), '')
  equal(
    lines[1],
    'd0,2026-11-24T10:30:00.000Z,acme,"\'=Acme, ""Ads""",third_party,Order Completed,os,pass,"your os, as it was",advertising measurement,IE US,agreed,taken,us-tx,1,privacy@acme.example,https://acme.example/privacy,disclosure',
  )
  deepEqual(
    lines.slice(1, 4).map((line) => line.split(',')[0]),
    ['d0', 'd0', 'd1'],
  )
})

test('what was handed over by hand, and whom we told, follow the last disclosure, and no page before', () => {
  const whole: Statement = {
    ...STATEMENT,
    by_hand: [
      {
        at: '2026-11-20T00:00:00.000Z',
        recipient: 'A court',
        ground: 'legal_process',
        basis: 'order 12',
        classes: ['ip', 'user_id'],
        scope: 'Addresses of a day.',
      },
    ],
    told: [
      {
        asked: '2026-11-25',
        recipient: 'acme',
        verb: 'opt_out',
        state: 'accepted',
        in_words: 'Your opt-out: it took this.',
      },
      { asked: '2026-11-26', recipient: 'gone', verb: 'erase', state: 'waiting', in_words: 'Your deletion: not yet.' },
    ],
  }
  deepEqual(statementCsv(whole).split('\r\n').slice(4), [
    ',2026-11-20T00:00:00.000Z,A court,A court,,legal_process,ip,,Addresses of a day.,,,order 12,,,,,,by_hand',
    ',2026-11-20T00:00:00.000Z,A court,A court,,legal_process,user_id,,Addresses of a day.,,,order 12,,,,,,by_hand',
    `,2026-11-25,acme,"'=Acme, ""Ads""",third_party,opt_out,,,Your opt-out: it took this.,,,,accepted,,,privacy@acme.example,https://acme.example/privacy,notice`,
    ',2026-11-26,gone,,,erase,,,Your deletion: not yet.,,,,waiting,,,,,notice',
    '',
  ])
  equal(statementCsv({ ...whole, next: 7 }), statementCsv(STATEMENT))
})
