import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TrailFilter, trailOf } from './trail.ts'

const ANN = 'a'.repeat(32)
const NAMES = { [ANN]: 'ann' }
const line = (action: string, facts: Record<string, string | number>) => {
  const [found] = trailOf([{ seq: 1, time: 2, action, facts }], NAMES, { withQuiet: true })
  return found === undefined ? undefined : [found.who, found.what, found.refused]
}

describe('the audit trail in sentences', () => {
  const rows: readonly [action: string, facts: Record<string, string | number>, line: readonly string[]][] = [
    [
      'call_answered',
      { call: 'stopPartner', partner: 'acme', stopped: 1, actor: ANN, roles: 'editor', status: 200 },
      ['ann', 'stop: partner acme', ''],
    ],
    [
      'call_answered',
      { call: 'stopAll', partner: 'all', stopped: 0, actor: ANN, status: 200 },
      ['ann', 'resume: partner all', ''],
    ],
    [
      'call_refused',
      { call: 'approveProposal', actor: ANN, code: 'ERR_FOUR_EYES' },
      ['ann', 'approve proposal', 'ERR_FOUR_EYES'],
    ],
    ['token_added', { gives: 'editor', token: ANN }, ['the gateway', 'token added: gives editor, token ann', '']],
    ['started', { revision: 1, key_index: '00ff' }, ['the gateway', 'started: revision 1', '']],
  ]
  for (const [action, facts, expected] of rows)
    test(expected.join(' | '), () => deepEqual(line(action, facts), expected))

  test('calls that are told by their answer are left out unless asked for', () => {
    const records = [{ seq: 1, time: 1, action: 'call', facts: { call: 'publish', actor: ANN } }]
    deepEqual(
      [trailOf(records, NAMES, { withQuiet: false }).length, trailOf(records, NAMES, { withQuiet: true }).length],
      [0, 1],
    )
  })

  test('sign-ins that failed are told without being asked for, and that nobody knows who it was', () => {
    const facts = { call: 'signIn', code: 'ERR_TOKEN_INVALID', count: 31, since: 1 }
    const [found] = trailOf([{ seq: 1, time: 1, action: 'calls_refused', facts }], NAMES, { withQuiet: false })
    deepEqual(
      [found?.who, found?.what, found?.refused],
      ['an unknown caller', 'sign-in failed, 31 times within a minute', 'ERR_TOKEN_INVALID'],
    )
  })

  const mixed = [
    { seq: 1, action: 'call_answered', facts: { call: 'stopPartner', stopped: 1, actor: ANN } },
    { seq: 2, action: 'proposed', facts: { change: 'wider', author: ANN } },
    { seq: 3, action: 'call_answered', facts: { call: 'eraseSubject', actor: 'b'.repeat(32) } },
    { seq: 4, action: 'ledger_pruned', facts: { below: 7 } },
    { seq: 5, action: 'calls_refused', facts: { call: 'signIn', code: 'ERR_RATE', count: 2 } },
    { seq: 6, action: 'call_answered', facts: { call: 'placeHold', actor: ANN } },
  ]
  const filters: readonly [TrailFilter, readonly number[]][] = [
    [{ withQuiet: false, by: ANN }, [1, 2, 6]],
    [{ withQuiet: false, by: 'nobody' }, [4, 5]],
    [{ withQuiet: false, kind: 'sending' }, [1]],
    [{ withQuiet: false, kind: 'configuration' }, [2]],
    [{ withQuiet: false, kind: 'people' }, [3]],
    [{ withQuiet: false, kind: 'ledger' }, [4, 6]],
    [{ withQuiet: false, kind: 'access' }, [5]],
    [{ withQuiet: false, kind: 'people', by: ANN }, []],
  ]
  for (const [filter, seqs] of filters)
    test(`${filter.kind ?? 'any kind'}, ${filter.by ?? 'anyone'}: ${seqs.join(', ') || 'none'}`, () =>
      deepEqual(
        trailOf(mixed, NAMES, filter).map(({ seq }) => seq),
        seqs,
      ))
})
