/** What operators decide, over the database that cells share: one cell, two, and two against a single process. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { openSharedSettings, type SharedSettings } from '../../src/cluster/shared-settings.ts'
import { openActors } from '../../src/control/access/actor-book.ts'
import { openCalls } from '../../src/control/idempotency.ts'
import type { NodeId, PartnerId, Revision } from '../../src/model/brand.ts'
import { openProposalBook } from '../../src/publish/proposals.ts'
import { RevisionMoved } from '../../src/publish/revision-files.ts'
import { openRevisionBook, openRevisions, type RevisionBook } from '../../src/publish/revisions.ts'
import { connect } from '../../src/storage/postgres/connection.ts'
import { migrate } from '../../src/storage/postgres/schema.ts'
import { contract, revision } from '../support/builders.ts'
import { type PostgresServer, postgresBinaries, startPostgres } from '../support/postgres.ts'
import { storesContract } from './stores-suite.ts'

const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: the stores over it did not run' : false
const RUNS = Number(process.env.SLUICE_CASES ?? 12)
const PARTNERS = ['acme', 'beta', 'all'] as const
const { number: _number, digest: _digest, ...plans } = revision({ contracts: [contract()] })
const editionOf = (title: string) => ({
  plans: { ...plans, contracts: [contract({ name: title })] },
  texts: { 'policy.yaml': title },
  publication: { author: title, message: '', approvals: [], change: 'narrower' as const },
})

describe('what operators decide, in PostgreSQL', { skip }, () => {
  let server: PostgresServer
  const ends: (() => Promise<void>)[] = []
  before(async () => {
    server = await startPostgres(
      binaries!,
      async (url) => {
        const connection = await connect({ urls: [url], applicationName: 'tests' })
        await migrate(connection)
        await connection.end()
      },
      ['fsync=off'],
    )
  })
  after(() => server.stop())
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })
  const opened = async (count: number): Promise<readonly SharedSettings[]> => {
    const url = await server.database()
    const settings: SharedSettings[] = []
    for (let cell = 0; cell < count; cell++) {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-settings-'))
      const one = openSharedSettings({ urls: [url], cell: String(cell) as NodeId, folder })
      settings.push(one)
      ends.push(async () => {
        await one.close()
        await rm(folder, { recursive: true })
      })
    }
    return settings
  }
  describe('one cell', () => {
    storesContract(async () => {
      const [one] = await opened(1)
      return { first: one!, again: one! }
    })
  })
  describe('two cells', () => {
    storesContract(async () => {
      const [first, again] = await opened(2)
      return { first: first!, again: again! }
    })
  })

  test('of two that publish on one revision one is told, and the other’s is live at both', async () => {
    const cells = await opened(2)
    const books = await booksOf(cells)
    const base = 1 as Revision
    const both = await Promise.allSettled(books.map((book, cell) => book.publish(editionOf(`${cell}`), 2, base)))
    deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    const lost = both.find((one) => one.status === 'rejected')!
    equal(lost.reason instanceof RevisionMoved && lost.reason.live, 2)
    for (const book of books) await book.refresh()
    deepEqual(books[0]!.current(), books[1]!.current())
  })

  test('a revision is live once the cell has it on record, and not while it cannot have', async () => {
    const [a, b] = await opened(2)
    const [first, second] = await booksOf([a!, b!])
    const announced: number[] = []
    b!.attach({
      announce: async ({ number }) => {
        equal(second!.current().number, 1)
        if (announced.push(number) === 1) throw new Error('no ledger')
      },
    })
    await first!.publish(editionOf('next'), 2, 1 as Revision)
    await rejects(second!.refresh(), /no ledger/)
    equal(second!.current().number, 1)
    await second!.refresh()
    deepEqual([announced, second!.current().number], [[2, 2], 2])
  })

  test('an approval and a rejection of one proposal cannot both be', async () => {
    const cells = await opened(2)
    const books = await booksOf(cells)
    const proposals = await Promise.all(cells.map((cell) => openProposalBook(cell.proposals)))
    const part = { base: 1 as Revision, author: 'ann', message: '', reason: '', at: 1, words: '', asked: '' }
    const made = await proposals[0]!.add({ ...part, change: 'wider', plans: editionOf('x').plans })
    await proposals[1]!.refresh()
    await proposals[1]!.end(1, 'rejected', { by: 'ben', at: 2, note: '' })
    // The first cell has not heard of it.
    const approved = { number: made.number, ended: { by: 'cy', at: 3, note: '' } }
    await rejects(books[0]!.publish({ ...editionOf('x'), approved }, 3, 1 as Revision), { code: 'ERR_PROPOSAL_ENDED' })
    equal(books[0]!.current().number, 1)
  })

  test('a call that is under way at another cell is not taken for one that was cut off', async () => {
    const cells = await opened(2)
    const key = new Uint8Array(32)
    const [first, second] = await Promise.all(cells.map(({ calls }) => openCalls(calls, key, Date.now)))
    const begun = await first!.begin('ann', 'k', 'x')
    await rejects(second!.begin('ann', 'k', 'x'), { code: 'ERR_IDEMPOTENCY_UNDER_WAY' })
    if (begun.kind === 'first') await begun.answered({ status: 200, body: 1 })
    deepEqual(await second!.begin('ann', 'k', 'x'), { kind: 'again', answer: { status: 200, body: 1 } })
    const crashed = await first!.begin('ann', 'lost', 'x')
    if (crashed.kind === 'first') crashed.lost()
    const late = await openCalls(cells[1]!.calls, key, () => Date.now() + 120_000)
    await rejects(late.begin('ann', 'lost', 'x'), { code: 'ERR_IDEMPOTENCY_UNKNOWN' })
  })

  test('two cells that take turns come to what a single process comes to', async () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('publish' as const), at: fc.nat(1), title: fc.constantFrom('p', 'q', 'r') }),
      fc.record({
        kind: fc.constantFrom('stop' as const, 'resume' as const),
        at: fc.nat(1),
        partner: fc.constantFrom(...PARTNERS),
      }),
      fc.record({
        kind: fc.constantFrom('note' as const, 'forget' as const),
        at: fc.nat(1),
        id: fc.constantFrom('ann', 'ben'),
      }),
      fc.record({ kind: fc.constant('refresh' as const), at: fc.nat(1) }),
    )
    const run = async (acts: readonly (typeof act extends fc.Arbitrary<infer T> ? T : never)[]): Promise<void> => {
      const cells = await opened(2)
      const books = await booksOf(cells)
      const lone = await mkdtemp(join(tmpdir(), 'sluice-lone-'))
      ends.push(() => rm(lone, { recursive: true }))
      const { book: model } = (await openRevisions(lone, editionOf('first'), 1))!
      const actors = await Promise.all(cells.map((cell) => openActors(cell.actors, () => 5)))
      const known = new Set<string>()
      for (const one of acts) {
        const book = books[one.at]!
        if (one.kind === 'publish') {
          const published = await book.publish(editionOf(one.title), 2).catch((error: unknown) => {
            if (!(error instanceof RevisionMoved)) throw error
            return book.publish(editionOf(one.title), 2)
          })
          equal((await model.publish(editionOf(one.title), 2)).revision, published.revision)
        } else if ('partner' in one)
          await Promise.all([book, model].map((to) => turn(to, one.partner, one.kind === 'stop')))
        else if (one.kind === 'refresh') await Promise.all([book.refresh(), actors[one.at]!.refresh()])
        else if (one.kind === 'note') {
          // Whoever calls again is noted again only where their name is not known.
          await actors[one.at]!.refresh()
          await actors[one.at]!.note({ id: one.id, issuer: 'i', subject: one.id })
          known.add(one.id)
        } else {
          await actors[one.at]!.refresh()
          equal(await actors[one.at]!.forget(one.id), known.delete(one.id))
        }
      }
      for (const [cell, book] of books.entries()) {
        await book.refresh()
        await actors[cell]!.refresh()
        deepEqual(book.current().digest, model.current().digest)
        deepEqual(sorted(book), sorted(model))
        deepEqual(new Set(actors[cell]!.list().map(({ id }) => id)), known)
        for (let number = 1; number <= model.current().number; number++)
          equal(book.at(number as Revision)?.digest, model.at(number as Revision)?.digest)
      }
      for (const end of ends.splice(0)) await end()
    }
    await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 4, maxLength: 14 }), run), { numRuns: RUNS, seed: 7 })
  })
})

async function booksOf(cells: readonly SharedSettings[]): Promise<readonly RevisionBook[]> {
  const books: RevisionBook[] = []
  for (const cell of cells) books.push((await openRevisionBook(cell, editionOf('first'), 1))!.book)
  return books
}

async function turn(book: RevisionBook, partner: (typeof PARTNERS)[number], stopped: boolean): Promise<void> {
  if (partner === 'all') await (stopped ? book.stopAll() : book.resumeAll())
  else await (stopped ? book.stop(partner as PartnerId) : book.resume(partner as PartnerId))
}

function sorted(book: RevisionBook) {
  const { partners, all } = book.stops()
  return { all, partners: [...partners].toSorted() }
}
