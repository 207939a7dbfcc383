/** What the stores of revisions, stops, proposals, actors and calls promise, wherever they are. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type ActorStore, openActors } from '../../src/control/access/actor-book.ts'
import { NAMED_TOKENS, type SecretStore } from '../../src/control/access/secrets.ts'
import { type CallStore, openCalls } from '../../src/control/idempotency.ts'
import type { Revision } from '../../src/model/brand.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { openProposalBook, type Proposal, type ProposalStore } from '../../src/publish/proposals.ts'
import type { RevisionStore } from '../../src/publish/revision-files.ts'
import { openRevisionBook } from '../../src/publish/revisions.ts'
import type { StopStore } from '../../src/publish/stops.ts'
import { contract, PARTNER, revision } from '../support/builders.ts'

export interface Stores {
  readonly revisions: RevisionStore
  readonly stops: StopStore
  readonly proposals: ProposalStore
  readonly actors: ActorStore
  readonly calls: CallStore
  readonly secrets: SecretStore
}

/** @param open opens once, and once more over the same: as after a restart, or at another node */
export function storesContract(open: () => Promise<{ readonly first: Stores; readonly again: Stores }>): void {
  const { number: _number, digest: _digest, ...plans } = revision({ contracts: [contract()] })
  const publication = { author: 'ann', message: '', approvals: [], change: 'same' } as const

  test('what was published is live, and its past and files are there', async () => {
    const { first, again } = await open()
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
    const { first } = await open()
    equal(await openRevisionBook(first, undefined, 1), undefined)
    deepEqual(await first.stops.read(), { partners: new Set(), all: false, readable: true })
  })

  test('a proposal ends under its number, and the next has the next', async () => {
    const { first, again } = await open()
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
    const { first, again } = await open()
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
    const { first, again } = await open()
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

  test('of two who change a secret at once, the second is given what the first made of it', async () => {
    const { first, again } = await open()
    equal(await first.secrets.read(NAMED_TOKENS), undefined)
    const made = await Promise.all(
      [first, again].map(({ secrets }) => secrets.change(NAMED_TOKENS, (stored = '') => `${stored}x`)),
    )
    if (first !== again) deepEqual(made.toSorted(), ['x', 'xx'])
    equal(await again.secrets.read(NAMED_TOKENS), 'xx')
    await rejects(
      first.secrets.change(NAMED_TOKENS, () => {
        throw new GatewayError('ERR_TOKEN_NAME_TAKEN')
      }),
      { code: 'ERR_TOKEN_NAME_TAKEN' },
    )
    equal(await again.secrets.read(NAMED_TOKENS), 'xx')
  })

  test('a proposal that has ended does not end again', async () => {
    const { first, again } = await open()
    const part = { base: 1 as Revision, author: 'ann', message: '', reason: '', at: 1, words: '', asked: '' }
    const book = await openProposalBook(first.proposals)
    await book.add({ ...part, change: 'wider', plans })
    const other = await openProposalBook(again.proposals)
    await book.end(1, 'rejected', { by: 'ben', at: 2, note: '' })
    await rejects(other.end(1, 'withdrawn', { by: 'ann', at: 3, note: '' }), { code: 'ERR_PROPOSAL_ENDED' })
    await other.refresh()
    equal(other.find(1)?.state, 'rejected')
  })
}
