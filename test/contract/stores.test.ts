/** What ownership and the stores of revisions, stops, proposals, actors and calls promise: over today's files, and over memory. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { type ActorStore, actorsIn, type KnownActor, openActors } from '../../src/control/access/actor-book.ts'
import { type CallStore, callsIn, openCalls } from '../../src/control/idempotency.ts'
import type { Revision } from '../../src/model/brand.ts'
import type { RevisionPlan } from '../../src/model/contract.ts'
import type { Ownership } from '../../src/platform/ownership.ts'
import { openProposalBook, type Proposal, type ProposalStore, proposalsIn } from '../../src/publish/proposals.ts'
import { type RevisionStore, revisionsIn, type Texts } from '../../src/publish/revision-files.ts'
import { openRevisionBook } from '../../src/publish/revisions.ts'
import { type StopState, type StopStore, stopsIn } from '../../src/publish/stops.ts'
import { ownershipOf } from '../../src/storage/sqlite/lock.ts'
import { contract, PARTNER, revision } from '../support/builders.ts'

interface Stores {
  readonly revisions: RevisionStore
  readonly stops: StopStore
  readonly proposals: ProposalStore
  readonly actors: ActorStore
  readonly calls: CallStore
}

/** Nothing of an object that was handed over is shared with whoever reads it. */
function inMemory(): Stores {
  const plans = new Map<Revision, { readonly plan: RevisionPlan; readonly texts: Texts | undefined }>()
  let stops: StopState = { partners: new Set(), all: false }
  const proposals = new Map<number, Proposal>()
  let actors: KnownActor[] = []
  const calls = new Map<string, { readonly sealed: string; readonly at: number }>()
  return {
    revisions: {
      newest: async () => Math.max(0, ...plans.keys()),
      read: (number) => structuredClone(plans.get(number)?.plan),
      write: async (plan, texts) => void plans.set(plan.number, structuredClone({ plan, texts })),
      texts: async (number) => structuredClone(plans.get(number)?.texts),
    },
    stops: {
      read: async () => ({ ...structuredClone(stops), readable: true }),
      write: async (state) => {
        stops = structuredClone(state)
      },
    },
    proposals: {
      all: async () => structuredClone([...proposals.values()].sort((a, b) => a.number - b.number)),
      keep: async (proposal) => void proposals.set(proposal.number, structuredClone(proposal)),
    },
    actors: {
      all: async () => structuredClone(actors),
      add: async (actor) => void actors.push(structuredClone(actor)),
      replace: async (others) => {
        actors = structuredClone([...others])
      },
    },
    calls: {
      all: async () => new Map([...calls].map(([name, { at }]) => [name, at])),
      read: async (name) => calls.get(name),
      claim: async (name, sealed) => {
        if (calls.has(name)) return false
        calls.set(name, { sealed, at: Date.now() })
        return true
      },
      write: async (name, sealed) => void calls.set(name, { sealed, at: Date.now() }),
      remove: async (name) => void calls.delete(name),
    },
  }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-stores-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const inFiles = (): Stores => ({
  revisions: revisionsIn(join(folder, 'revisions')),
  stops: stopsIn(join(folder, 'stops.json')),
  proposals: proposalsIn(join(folder, 'proposals')),
  actors: actorsIn(join(folder, 'actors.jsonl')),
  calls: callsIn(join(folder, 'idempotency')),
})

describe('ownership', () => {
  const taken = new Set<string>()
  const rows: readonly (readonly [string, (name: string) => Ownership])[] = [
    ['by a lock in the folder', (name) => ownershipOf(join(folder, name))],
    [
      'in memory',
      (name) => ({
        claim: async () => {
          if (taken.has(name)) throw new Error('another has it')
          taken.add(name)
          return { release: () => void taken.delete(name) }
        },
      }),
    ],
  ]
  for (const [how, own] of rows)
    test(`${how} is one process’s at a time, and another’s once it lets go`, async () => {
      const first = await own('a').claim()
      await rejects(own('a').claim(), /another/)
      const other = await own('b').claim()
      first.release()
      const second = await own('a').claim()
      await rejects(own('a').claim(), /another/)
      for (const one of [second, other]) one.release()
    })
})

/** Each opens once, and once more over the same: as after a restart, or at another node. */
for (const [where, open] of [
  ['files', () => ({ first: inFiles(), again: inFiles() })],
  [
    'memory',
    () => {
      const stores = inMemory()
      return { first: stores, again: stores }
    },
  ],
] as const)
  describe(`stores in ${where}`, () => {
    const { number: _number, digest: _digest, ...plans } = revision({ contracts: [contract()] })
    const publication = { author: 'ann', message: '', approvals: [], change: 'same' } as const

    test('what was published is live, and its past and files are there', async () => {
      const { first, again } = open()
      const opened = await openRevisionBook(first, { plans, texts: { 'policy.yaml': 'a: 1' } }, 1)
      equal(opened?.isFirst, true)
      const { book } = opened!
      const narrower = { ...plans, contracts: [contract({ share: {} })] }
      const { revision: second } = await book.publish({ plans: narrower, publication }, 2)
      await book.stop(PARTNER)
      const reopened = await openRevisionBook(again, undefined, 3)
      deepEqual(reopened!.book.current(), book.current())
      equal(reopened!.book.current().number, second)
      deepEqual(reopened!.book.at(1 as Revision)?.contracts, plans.contracts)
      deepEqual(await reopened!.book.texts(1 as Revision), { 'policy.yaml': 'a: 1' })
      equal(await reopened!.book.texts(second), undefined)
      equal(reopened!.book.stopped(PARTNER), true)
      equal(reopened!.isFirst, false)
    })

    test('a store of revisions that is empty opens as nothing, and stops are none', async () => {
      const { first } = open()
      equal(await openRevisionBook(first, undefined, 1), undefined)
      deepEqual(await first.stops.read(), { partners: new Set(), all: false, readable: true })
    })

    test('a proposal ends under its number, and the next has the next', async () => {
      const { first, again } = open()
      const part: Omit<Proposal, 'number' | 'state'> = {
        base: 1 as Revision,
        author: 'ann',
        message: 'm',
        reason: 'r',
        at: 1,
        change: 'wider',
        words: 'w',
        asked: 'd',
        plans,
      }
      const book = await openProposalBook(first.proposals)
      await book.add(part)
      await book.add({ ...part, message: 'other' })
      await book.addCoauthors(2, ['ben'])
      await book.addComments(2, [{ by: 'ben', at: 2, text: 'why?' }])
      await book.addComments(2, [{ by: 'ann', at: 3, text: 'as agreed' }])
      await book.end(1, 'rejected', { by: 'ben', at: 2, note: '' })
      const reopened = await openProposalBook(again.proposals)
      deepEqual(reopened.all(), book.all())
      deepEqual(
        reopened.all().map(({ number, state, message }) => [number, state, message]),
        [
          [1, 'rejected', 'm'],
          [2, 'waiting', 'other'],
        ],
      )
      equal((await reopened.add(part)).number, 3)
    })

    test('actors are known by their latest name, and gone when forgotten', async () => {
      const { first, again } = open()
      const ann = { id: 'a', issuer: 'i', subject: 's' }
      const book = await openActors(first.actors, () => 5)
      await book.note(ann)
      await book.note({ ...ann, id: 'b', name: 'Ben' })
      await book.note({ ...ann, name: 'Ann' })
      deepEqual((await openActors(again.actors, () => 9)).list(), book.list())
      equal(await book.forget('a'), true)
      deepEqual(
        (await openActors(again.actors, () => 9)).list().map(({ id, name, since }) => [id, name, since]),
        [['b', 'Ben', 5]],
      )
    })

    test('a call that comes again elsewhere is answered as it was the first time', async () => {
      const { first, again } = open()
      const key = new Uint8Array(32)
      const calls = await openCalls(first.calls, key, () => Date.now())
      const begun = await calls.begin('ann', 'k', 'POST /x')
      equal(begun.kind, 'first')
      if (begun.kind === 'first') await begun.answered({ status: 200, body: { done: true } })
      const crashed = await calls.begin('ann', 'lost', 'POST /x')
      equal(crashed.kind, 'first')
      const freed = await calls.begin('ann', 'refused', 'POST /x')
      if (freed.kind === 'first') await freed.refused()
      const already = await openCalls(again.calls, key, () => Date.now())
      const late = await calls.begin('ann', 'late', 'POST /x')
      if (late.kind === 'first') await late.answered({ status: 204, body: undefined })
      equal((await already.begin('ann', 'late', 'POST /x')).kind, 'again', 'begun elsewhere after it was opened')
      const elsewhere = await openCalls(again.calls, key, () => Date.now())
      deepEqual(await elsewhere.begin('ann', 'k', 'POST /x'), {
        kind: 'again',
        answer: { status: 200, body: { done: true } },
      })
      await rejects(elsewhere.begin('ann', 'k', 'POST /y'), { code: 'ERR_IDEMPOTENCY_REUSED' })
      await rejects(elsewhere.begin('ann', 'lost', 'POST /x'), { code: 'ERR_IDEMPOTENCY_UNKNOWN' })
      equal((await elsewhere.begin('ben', 'k', 'POST /x')).kind, 'first')
      equal((await elsewhere.begin('ann', 'refused', 'POST /x')).kind, 'first')
    })
  })
