import { deepStrictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RULE_OPTIONS } from '../../src/ledger/verify/rules.ts'
import type { ActionRecord, IntentRecord, LedgerRecord } from '../../src/model/disclosure.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, intent, ORIGIN, outcome, signingKey, TIME, withheld } from './fixtures.ts'

/** Epoch of `TIME`: November 2026. */
const NOVEMBER = 682
const HOUR_MS = 3_600_000
const EVERYTHING = 15
const [CHILD, DEVICE_LIMITS, SENSITIVE, COUNTRY_ONLY] = [16, 32, 64, 128]

function control(action: string, facts: ActionRecord['facts'], time = TIME): ActionRecord {
  return { kind: 'control', time, nonce: '0'.repeat(32), action, facts }
}
const STARTED = control('started', { revision: 3, digest: 'c0ffee01'.padEnd(64, '0') })
const both = (part: Partial<IntentRecord>, n = 1): LedgerRecord[] => [{ ...intent(n), ...part }, outcome(n)]
const passing = (treatments: IntentRecord['treatments'], verdict: number, part: Partial<IntentRecord> = {}) =>
  both({ treatments, verdict, why: verdict === EVERYTHING ? 'agreed' : 'lmt', ...part })

type Row = readonly [what: string, records: readonly LedgerRecord[], found: readonly (readonly [string, number])[]]
const ROWS: readonly Row[] = [
  ['an order of records that keeps every promise', [STARTED, ...both({}), withheld(2)], []],
  ['INTENTs of a start before the record of that start', [...both({}), STARTED], []],
  ['an INTENT under way', [STARTED, intent(1), withheld(2)], []],
  [
    'an INTENT without an OUTCOME for an hour',
    [STARTED, intent(1), { ...withheld(2), time: TIME + HOUR_MS + 2 }],
    [['intent_overdue', 1]],
  ],
  ['an OUTCOME without an INTENT', [STARTED, outcome(1)], [['outcome_without_intent', 1]]],
  ['an OUTCOME before its INTENT', [STARTED, outcome(1), intent(1)], [['outcome_without_intent', 1]]],
  ['an OUTCOME of another attempt', [STARTED, intent(1), { ...outcome(1), attempt: 2 }], [['outcome_mismatch', 2]]],

  ['two attempts, one after the other', [STARTED, ...both({}), intent(1, 2), outcome(1, undefined, 2)], []],
  [
    'an attempt made twice',
    [STARTED, ...both({}), { ...intent(1, 2), attempt: 1 }, { ...outcome(1, undefined, 2), attempt: 1 }],
    [['attempt_repeated', 3]],
  ],
  [
    'an attempt made again that had been cancelled before anything was sent',
    [
      STARTED,
      intent(1),
      outcome(1, { kind: 'cancelled_not_sent', why: 'choice' }),
      { ...intent(1, 2), attempt: 1, why: 'choice' },
      { ...outcome(1, undefined, 2), attempt: 1 },
    ],
    [],
  ],
  [
    'an attempt made again at another partner',
    [
      STARTED,
      ...both({}),
      { ...intent(1, 2, 'other'), attempt: 1 },
      { ...outcome(1, undefined, 2, 'other'), attempt: 1 },
    ],
    [],
  ],
  [
    'an attempt made twice, after an approved replay',
    [
      STARTED,
      ...both({}),
      control('replay_approved', {}),
      { ...intent(1, 2), attempt: 1 },
      { ...outcome(1, undefined, 2), attempt: 1 },
    ],
    [],
  ],

  [
    'a revision that no record announces',
    [STARTED, ...both({ revision: 4 as IntentRecord['revision'] })],
    [['revision_unknown', 1]],
  ],
  ['a revision with another digest', [STARTED, ...both({ revisionDigest: 'badc0de0' })], [['revision_mismatch', 1]]],
  [
    'a revision announced with two digests',
    [STARTED, control('started', { revision: 3, digest: 'f00d' })],
    [['revision_mismatch', 1]],
  ],
  [
    'a revision used just after the next was announced',
    [STARTED, control('published', { revision: 4, digest: 'f00d' }), ...both({})],
    [],
  ],
  [
    'a revision used long after the next was announced',
    [STARTED, control('published', { revision: 4, digest: 'f00d' }), ...both({ time: TIME + HOUR_MS })],
    [['revision_not_active', 2]],
  ],

  ['a blind and its key’s month', [STARTED, ...both({ epoch: NOVEMBER, blind: 'ab'.repeat(16) })], []],
  ['a blind without a key', [STARTED, ...both({ blind: 'ab'.repeat(16) })], [['epoch_wrong', 1]]],
  ['a key without a blind', [STARTED, ...both({ epoch: NOVEMBER })], [['epoch_wrong', 1]]],
  [
    'a key of a month to come',
    [STARTED, ...both({ epoch: NOVEMBER + 1, blind: 'ab'.repeat(16) })],
    [['epoch_wrong', 1]],
  ],

  [
    'everything, where everything is allowed',
    [STARTED, ...passing({ coordinates: 5, place: 4, email: 1, property: 1 }, EVERYTHING)],
    [],
  ],
  [
    'an exact position without precise location',
    [STARTED, ...passing({ coordinates: 5 }, 7)],
    [['forbidden_field', 1]],
  ],
  ['a coarse position without precise location', [STARTED, ...passing({ coordinates: 4, place: 3 }, 7)], []],
  ['a postal code without precise location', [STARTED, ...passing({ place: 4 }, 7)], [['forbidden_field', 1]]],
  [
    'a city where only the country may be told',
    [STARTED, ...passing({ place: 2 }, EVERYTHING | COUNTRY_ONLY)],
    [['forbidden_field', 1]],
  ],
  ['a country where only the country may be told', [STARTED, ...passing({ place: 1 }, EVERYTHING | COUNTRY_ONLY)], []],
  [
    'an advertising id under the device’s limits',
    [STARTED, ...passing({ advertising_id: 1 }, 8 | DEVICE_LIMITS)],
    [['forbidden_field', 1]],
  ],
  [
    'an e-mail and a whole address under the device’s limits: twice',
    [STARTED, ...passing({ email: 1, ip: 32 * 256 + 48 }, 8 | DEVICE_LIMITS)],
    [
      ['forbidden_field', 1],
      ['forbidden_field', 1],
    ],
  ],
  [
    'what the device’s limits leave',
    [STARTED, ...passing({ ip: 24 * 256 + 48, device: 1, user_agent: 1, os: 2 }, 8 | DEVICE_LIMITS)],
    [],
  ],
  [
    'a user id of a service provider under the device’s limits',
    [STARTED, ...passing({ user_id: 2 }, 8 | DEVICE_LIMITS, { role: 'service_provider' })],
    [],
  ],
  [
    'an advertising id of a service provider under them',
    [STARTED, ...passing({ advertising_id: 2 }, 8 | DEVICE_LIMITS, { role: 'service_provider' })],
    [['forbidden_field', 1]],
  ],
  [
    'a property while sensitive data is limited',
    [STARTED, ...passing({ property: 1 }, EVERYTHING | SENSITIVE)],
    [['forbidden_field', 1]],
  ],
  ['an id of a child', [STARTED, ...passing({ vendor_id: 1 }, EVERYTHING | CHILD)], [['forbidden_field', 1]]],
  ['the country of a child', [STARTED, ...passing({ place: 1, os: 1 }, EVERYTHING | CHILD)], []],

  ['"agreed" to a third party although sale is denied', [STARTED, ...both({ verdict: 14 })], [['reason_missing', 1]]],
  ['"agreed" to measurement although targeted advertising is denied', [STARTED, ...both({ verdict: 11 })], []],
  [
    '"agreed" to advertising although targeted advertising is denied',
    [STARTED, ...both({ verdict: 11, purposes: ['advertising'] })],
    [['reason_missing', 1]],
  ],
  [
    '"agreed" to a service provider although sale is denied',
    [STARTED, ...both({ verdict: 14, role: 'service_provider' })],
    [],
  ],
  ['a reason given where sale is denied', [STARTED, ...both({ verdict: 14, why: 'gpc' })], []],
]

describe('the protocol, as the records show it', () => {
  for (const [what, records, found] of ROWS) {
    test(`${what}: ${found.length === 0 ? 'nothing is found' : found.map(([name]) => name).join(', ')}`, async (t) => {
      const folder = await dataFolder(t)
      const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
      await ledger.append(records)
      // Killed, as it were: an orderly close would say that no INTENT may be open.
      const { problems } = await verifyLedger(folder, { rules: RULE_OPTIONS })
      await ledger.close()
      deepStrictEqual(
        problems.map(({ name, seq }) => [name, seq]),
        found,
      )
    })
  }
})
