import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import type { NoticeRow } from '../notices/ports.ts'
import type { RecordQuery, RecordRow } from './ports.ts'
import { type StatementOptions, type StatementParts, statementOf } from './statement.ts'
import { SPANISH } from './words/es.ts'

const [OWN, SHARED] = ['own', 'shared'] as unknown as IdentityKey[]
const intent = (seq: number, app: string, time: number): RecordRow => ({
  kind: 'intent',
  id: `d-${seq}`,
  seq,
  app,
  time,
  partner: 'acme',
  event: 'purchase',
  purposes: [],
  countries: [],
  why: 'agreed',
  revision: 1,
  regime: 'us',
})
const RECORDS: Readonly<Record<string, readonly RecordRow[]>> = {
  shared: [intent(0, 'app-a', 10), intent(1, 'app-b', 20)],
  own: [intent(2, 'app-a', 30), intent(3, 'app-a', 40)],
}

const DAY = 86_400_000
const notice = (day: number, part: Partial<NoticeRow>): NoticeRow => ({
  ...{ id: `n-${day}`, partner: 'acme', verb: 'opt_out', class: 'user_id', day: day * DAY, phase: 'ended' },
  ...{ state: 'confirmed', why: '', attempts: 1, ended: day * DAY, task: false },
  ...part,
})
const NOTICES = [
  notice(2, { class: '', state: 'cannot_be_told', why: 'identifier_not_kept' }),
  notice(1, {}),
  notice(2, { verb: 'opt_in', class: 'vendor_id', phase: 'waiting', state: '', ended: undefined }),
]

function partsOf(): StatementParts {
  const plan = { policy: { date: '2018-05-22' }, contracts: [] }
  return {
    records: {
      find: async ({ subject = [] }: RecordQuery) => ({ records: subject.flatMap((key) => RECORDS[key] ?? []) }),
      record: async () => undefined,
      proof: async () => undefined,
    },
    // Sound: no more of a revision is looked at.
    revisions: { current: () => plan, at: () => plan, kept: () => plan } as unknown as StatementParts['revisions'],
    keys: { all: () => [{ id: 1, epoch: 600, key: new Uint8Array(32) }] },
    openSealed: () => undefined,
    deletionOf: () => undefined,
    sentAs: () => undefined,
    staffReads: { of: async () => [] },
    byHand: { of: async () => [] },
    noticesAbout: async () => NOTICES,
    now: () => 100,
  }
}

describe('what a statement is about', () => {
  const rows: [string, StatementOptions, readonly number[], boolean][] = [
    ['every record about the person', {}, [2, 3], true],
    ['nothing from before the person had the id, and no key that opens it', { since: 35 }, [3], false],
    [
      'of a key that several people had, the records of these apps',
      { shared: { keys: [SHARED!], apps: ['app-a'] } },
      [0, 2, 3],
      true,
    ],
    ['both', { shared: { keys: [SHARED!], apps: ['app-b'] }, since: 20 }, [1, 2, 3], false],
  ]
  for (const [what, options, seqs, hasKeys] of rows) {
    test(what, async () => {
      const statement = await statementOf(partsOf(), [OWN!], { ...options, withProofs: true })
      deepEqual([statement.disclosures.map(({ seq }) => seq), statement.keys !== undefined], [seqs, hasKeys])
    })
  }
})

describe('whom we told', () => {
  test('is said by day and recipient, one line for each identifier, with what they answered', async () => {
    const { told } = await statementOf(partsOf(), [OWN!])
    deepEqual(
      told?.map(({ asked, recipient, state, in_words: words }) => [asked, recipient, state, words]),
      [
        [
          '1970-01-02',
          'acme',
          'confirmed',
          'Your opt-out, by your account identifier: it confirmed that this is done.',
        ],
        [
          ...['1970-01-03', 'acme', 'waiting'],
          'Your consent after an opt-out, by an identifier of your device for our apps: it is not told yet, or did not take it yet; we go on trying.',
        ],
        [
          ...['1970-01-03', 'acme', 'cannot_be_told'],
          'Your opt-out: it cannot be told. We no longer know by which identifier it knows you.',
        ],
      ],
    )
  })

  test('speaks Spanish', async () => {
    const { told } = await statementOf(partsOf(), [OWN!], { words: SPANISH })
    deepEqual(told?.[0]?.in_words, 'Tu oposición, mediante el identificador de tu cuenta: confirmó que está hecho.')
  })

  test('is not of before the person had the id, and not of that day', async () => {
    deepEqual((await statementOf(partsOf(), [OWN!], { since: DAY + 1 })).told?.length, 2)
    deepEqual((await statementOf(partsOf(), [OWN!], { since: 2 * DAY + 1 })).told, undefined)
  })
})
