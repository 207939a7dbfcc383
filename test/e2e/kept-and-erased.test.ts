/** What erasure, retention, holds and the fraud exception do to each other: the rows of docs/erasure-and-retention.md. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { prune } from '../../src/ledger/prune.ts'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof } from '../../src/ledger/verify/proof.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { LedgerEntry } from '../../src/model/disclosure.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'
import type { ErasureParts } from '../../src/subjects/ports.ts'
import { intent, outcome } from '../ledger/fixtures.ts'
import { ENCRYPTION_KEY, openErasureParts } from '../support/erasure-parts.ts'
import { addSubjectKeys } from '../support/subject-keys.ts'
import { until } from '../support/until.ts'

const FUTURE = Date.now() + 10 ** 11
const STAFF = { channel: 'staff' } as const

/** Ann and Ben, each with disclosures; a segment is full after eight records. */
async function started(t: TestContext, annEvents: readonly number[] = [0, 1, 2, 3, 4, 5]) {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-kept-'))
  const first = await openErasureParts(folder)
  const key = (value: string, kind: 'user' | 'advertising_id' = 'user'): IdentityKey =>
    first.choices.keyOf({ kind, value })
  const [ann, ben, device] = [key('ann'), key('ben'), key('6D92078A-8246-4BA4-AE5B-76104861E7DC', 'advertising_id')]
  await first.close()
  addSubjectKeys(folder, [ann, ben], 682, ENCRYPTION_KEY)
  const opened = await openErasureParts(folder)
  t.after(async () => {
    await opened.close()
    await rm(folder, { recursive: true, force: true })
  })
  await opened.choices.observe([{ identities: [ann, device], restricting: [], lifting: [], at: Date.now() }])
  for (let n = 0; n < 12; n++) {
    const { epoch: _, blind: __, commitment: ___, bytes: ____, ...rest } = intent(n)
    const subject = annEvents.includes(n) ? ann : ben
    const entry: LedgerEntry = { ...rest, subject, item: `item ${n}` }
    await opened.ledger.append([entry, outcome(n)])
  }
  await opened.archive.seal()
  const about = async (person: IdentityKey): Promise<number> =>
    (await opened.archive.find({ kind: 'intent', subject: [person] })).records.length
  const all = async (): Promise<number> => (await opened.archive.find({ kind: 'intent', limit: 100 })).records.length
  const erase = (person: IdentityKey, request: object = {}, part: Partial<ErasureParts> = {}) =>
    opened.erasures(part).erase([person], { ...STAFF, ...request })
  const pruneAll = () => prune({ ledger: opened.ledger, archive: opened.archive, now: Date.now }, FUTURE)
  /** A full segment is sealed beside the commits. */
  const pruned = () => until('records to be pruned', pruneAll)
  const hold = (id = 'case-7', part: object = { from: 0, to: Date.now() + 10 ** 9 }) =>
    opened.archive.hold({ id, reason: 'case 7', since: Date.now(), ...part })
  return { ...opened, folder, ann, ben, device, about, all, erase, pruneAll, pruned, hold }
}
const isHeld = (error: unknown): boolean => error instanceof GatewayError && error.code === 'ERR_LEGAL_HOLD'
const FRAUD: ErasureParts['fraudRetention'] = (identities) => ({ keys: identities, until: FUTURE })

describe('holds and erasures', () => {
  test('a hold over a person’s records refuses their erasure and changes nothing', async (t) => {
    const { ann, device, about, erase, hold, choices, archive } = await started(t)
    await hold()
    const before = [await about(ann), choices.lookup([ann]).standing]
    await rejects(erase(ann), isHeld)
    await rejects(erase(device, { accounts: 'include' }), isHeld)
    deepEqual([await about(ann), choices.lookup([ann]).standing], before)
    const { records } = await archive.find({ kind: 'request', action: 'erasure_refused' })
    equal(records.length, 2)
  })

  test('an erasure in spite of a hold leaves the held records, tied to nobody', async (t) => {
    const { ann, about, all, erase, hold, pruneAll } = await started(t)
    await hold()
    const before = await all()
    const { despiteHolds } = await erase(ann, { despiteHolds: true })
    deepEqual(despiteHolds, ['case-7'])
    deepEqual([await about(ann), await all()], [0, before])
    equal(await pruneAll(), undefined)
  })

  test('staff hear of every hold over the records, the person of none by name', async (t) => {
    const { ann, ben, erase, hold } = await started(t)
    await hold('case-8')
    await hold('case-7')
    await hold('case-9', { from: 0, to: 1 })
    await rejects(erase(ann), { code: 'ERR_LEGAL_HOLD', details: { holds: ['case-7', 'case-8'] } })
    await rejects(erase(ben, { channel: 'user_token' }), { code: 'ERR_LEGAL_HOLD', details: {} })
    const { despiteHolds } = await erase(ann, { despiteHolds: true })
    deepEqual(despiteHolds, ['case-7', 'case-8'])
  })

  test('a hold stands in nobody else’s way', async (t) => {
    const { ann, ben, about, erase, hold, folder } = await started(t)
    // Of the last segment, in which Ben alone has records.
    await hold('case-7', { first: new LedgerFolder(folder).segments().at(-1)! })
    equal((await erase(ann)).keysDestroyed, 1)
    equal(await about(ann), 0)
    await rejects(erase(ben), isHeld)
  })

  test('a hold after an erasure brings nobody back', async (t) => {
    const { ann, about, all, erase, hold, pruneAll } = await started(t)
    const before = await all()
    await erase(ann)
    await hold()
    equal(await pruneAll(), undefined)
    deepEqual([await about(ann), await all()], [0, before])
  })
})

describe('retention and erasures', () => {
  test('records of an erased person are pruned in their time, and proofs of before hold', async (t) => {
    const { ann, all, erase, pruned, archive, folder } = await started(t)
    const proof = await archive.proof({ seq: 0 })
    await erase(ann)
    const before = await all()
    ok((await pruned()).below > 0)
    ok((await all()) < before)
    equal(checkTlogProof(proof!, parseTrust(new LedgerFolder(folder).trust())).state, 'valid')
  })

  test('an erasure after pruning names who is still on record, and erases all the same', async (t) => {
    // Early records, which go, and the last one, which stays.
    const { ann, about, erase, pruned } = await started(t, [0, 1, 11])
    await pruned()
    const left = await about(ann)
    ok(left < 3)
    const { recipients, keysDestroyed } = await erase(ann)
    equal(keysDestroyed, 1)
    equal(
      recipients.reduce((sum, { disclosures }) => sum + disclosures, 0),
      left,
    )
    equal(await about(ann), 0)
  })

  test('a hold after pruning holds the rest', async (t) => {
    const { all, hold, pruneAll, pruned } = await started(t)
    await pruned()
    const left = await all()
    await hold()
    equal(await pruneAll(), undefined)
    equal(await all(), left)
  })
})

describe('the fraud exception', () => {
  test('the fraud exception keeps the named devices for its months and no record', async (t) => {
    const { ann, device, erase, about, choices } = await started(t)
    await erase(ann, {}, { fraudRetention: () => ({ keys: [device], until: FUTURE }) })
    equal(await choices.keptForFraud([device], FUTURE - 1), FUTURE)
    equal(await choices.keptForFraud([ann], FUTURE - 1), undefined)
    equal(await about(ann), 0)
  })

  test('the fraud exception ends by its own time', async (t) => {
    const { ann, device, erase, pruned, choices } = await started(t)
    await erase(ann, {}, { fraudRetention: FRAUD })
    await pruned()
    equal(await choices.keptForFraud([device], FUTURE - 1), FUTURE)
    equal(await choices.keptForFraud([device], FUTURE), undefined)
  })

  test('a hold prolongs no fraud exception', async (t) => {
    const { ann, device, erase, hold, choices } = await started(t)
    await hold()
    await erase(ann, { despiteHolds: true }, { fraudRetention: FRAUD })
    equal(await choices.keptForFraud([device], FUTURE), undefined)
  })
})

test('time takes nothing of what an erasure leaves', async (t) => {
  const { ann, erase, choices } = await started(t)
  await erase(ann)
  const before = choices.lookup([ann]).standing
  ok(before.findings.some(({ denies }) => denies !== 0))
  equal(await choices.expirePermissions(Number.MAX_SAFE_INTEGER), 0)
  await choices.pruneLinks(Number.MAX_SAFE_INTEGER)
  deepEqual(choices.lookup([ann]).standing, before)
})
