import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { contract, policy } from '../../test/support/builders.ts'
import type { Plans } from '../contracts/config.ts'
import type { Bound, ContractPlan, RevisionPlan } from '../model/contract.ts'
import { type DriftFacts, driftOf } from './drift.ts'
import { LAPSE, lapsedGrants, withoutAsking } from './lapsed.ts'

const TERMS = contract({})
const FILE = `partners/${TERMS.id}.yaml`
const WIDER: ContractPlan = { ...TERMS, share: { ...TERMS.share, gender: 1 } }
const plans = (...contracts: readonly ContractPlan[]): Plans => ({ policy: policy(), apps: [], contracts })
const NOTHING: DriftFacts = { waits: false, turnedDown: false, lapsed: new Map(), unsaved: [] }
const staged = (...bounds: readonly Bound['when'][]): ContractPlan => ({
  ...WIDER,
  bounds: bounds.map((when) => ({ contract: TERMS, when })),
})

describe('where files and what is live differ', () => {
  const rows: readonly (readonly [string, Plans, Plans, Partial<DriftFacts>, readonly object[]])[] = [
    ['nowhere', plans(TERMS), plans(TERMS), {}, []],
    ['what waits', plans(WIDER), plans(TERMS), { waits: true }, [{ file: FILE, why: 'waits' }]],
    ['what was turned down', plans(WIDER), plans(TERMS), { turnedDown: true }, [{ file: FILE, why: 'turned_down' }]],
    ['neither', plans(WIDER), plans(TERMS), {}, [{ file: FILE, why: 'differs' }]],
    [
      'what lapsed',
      plans(WIDER),
      plans(TERMS),
      { waits: true, lapsed: new Map([[TERMS.id as string, { at: 5, isSame: true }]]) },
      [{ file: FILE, why: 'lapsed', until: 5 }],
    ],
    [
      'a share at 0 percent',
      plans(WIDER),
      plans(staged({ kind: 'outside', percent: 0 })),
      {},
      [{ file: FILE, why: 'staged', percent: 0 }],
    ],
    [
      'a share for a time',
      plans(WIDER),
      plans(staged({ kind: 'outside', percent: 15 }, { kind: 'from', at: 9 })),
      {},
      [{ file: FILE, why: 'staged', percent: 15, until: 9 }],
    ],
    ['what could not be saved', plans(TERMS), plans(TERMS), { unsaved: [FILE] }, [{ file: FILE, why: 'not_saved' }]],
    ['a partner without a file', plans(), plans(TERMS), {}, [{ file: FILE, why: 'differs' }]],
    [
      'the policy',
      { ...plans(), policy: policy({ date: '1999-01-01' }) },
      plans(),
      {},
      [{ file: 'policy.yaml', why: 'differs' }],
    ],
  ]
  for (const [what, files, live, facts, expected] of rows)
    test(`${what} is told`, () => deepEqual(driftOf(files, live, { ...NOTHING, ...facts }), expected))
})

describe('a grant that has lapsed', () => {
  const revision = (
    number: number,
    contracts: readonly ContractPlan[],
    part: Partial<RevisionPlan['publication']> = {},
  ): RevisionPlan => ({
    ...plans(...contracts),
    number: number as never,
    digest: '',
    activatedAt: number * 100,
    publication: { author: 'a', message: '', approvals: [], parent: number - 1, change: 'same', ...part },
  })
  const granted = staged({ kind: 'from', at: 150 })
  const history = [revision(1, [granted]), revision(2, [TERMS], LAPSE), revision(3, [TERMS])]
  const at = (number: number) => history.find((one) => (one.number as number) === number)

  test('is not asked for again by the file that still holds it, also after other revisions', () => {
    const lapsed = lapsedGrants(plans(WIDER), history[2]!, at)
    deepEqual([...lapsed], [[TERMS.id, { at: 150, isSame: true }]])
    deepEqual(withoutAsking(plans(WIDER), history[2]!, lapsed).contracts, [TERMS])
  })

  test('is named where the file was changed since', () => {
    const more = { ...WIDER, share: { ...WIDER.share, timezone: 1 } }
    const lapsed = lapsedGrants(plans(more), history[2]!, at)
    deepEqual([...lapsed.values()], [{ at: 150, isSame: false }])
    deepEqual(withoutAsking(plans(more), history[2]!, lapsed).contracts, [more])
  })

  test('is forgotten once the contract was changed by somebody', () => {
    const changed = { ...TERMS, contact: 'x@y.example' }
    deepEqual([...lapsedGrants(plans(WIDER), revision(3, [changed]), at)], [])
    deepEqual([...lapsedGrants(plans(WIDER), revision(1, [granted]), at)], [])
  })

  test('of a new partner: its file does not bring it back', () => {
    const wholly = revision(2, [], LAPSE)
    const lapsed = lapsedGrants(plans(WIDER), wholly, at)
    deepEqual([...lapsed.values()], [{ at: 150, isSame: true }])
    deepEqual(withoutAsking(plans(WIDER), wholly, lapsed).contracts, [])
  })
})
