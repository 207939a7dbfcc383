import { deepEqual, equal } from 'node:assert/strict'
import { appendFile, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { temporaryFolder } from '../../../test/support/temporary-folder.ts'
import { actorsIn, openActors } from './actor-book.ts'

const openActorBook = (folder: string, now: () => number) => openActors(actorsIn(join(folder, 'actors.jsonl')), now)
const ANN = { id: 'a1', issuer: 'i', subject: 'ann' }
const BEN = { id: 'b2', issuer: 'i', subject: 'ben', name: 'Ben' }

describe('the list of actors', () => {
  test('keeps each once, over a restart, for this account alone', async (t) => {
    const folder = await temporaryFolder(t)
    const book = await openActorBook(folder, () => 7)
    await Promise.all([book.note(ANN), book.note(ANN), book.note(BEN)])
    await book.note(ANN)
    equal((await readFile(join(folder, 'actors.jsonl'), 'utf8')).split('\n').length, 3)
    equal((await stat(join(folder, 'actors.jsonl'))).mode & 0o777, 0o600)
    deepEqual((await openActorBook(folder, () => 8)).list(), [
      { ...ANN, since: 7 },
      { ...BEN, since: 7 },
    ])
  })

  test('a new name replaces the old one and keeps the day', async (t) => {
    const folder = await temporaryFolder(t)
    await (await openActorBook(folder, () => 7)).note(BEN)
    await (await openActorBook(folder, () => 8)).note({ ...BEN, name: 'Benny' })
    deepEqual((await openActorBook(folder, () => 9)).list(), [{ ...BEN, name: 'Benny', since: 7 }])
  })

  test('a line that a crash cut short neither stops a start nor swallows the next', async (t) => {
    const folder = await temporaryFolder(t)
    await (await openActorBook(folder, () => 7)).note(ANN)
    await appendFile(join(folder, 'actors.jsonl'), '{"id":"c3","iss')
    await (await openActorBook(folder, () => 8)).note(BEN)
    deepEqual(
      (await openActorBook(folder, () => 9)).list().map(({ id }) => id),
      ['a1', 'b2'],
    )
  })

  test('forgets one, for good', async (t) => {
    const folder = await temporaryFolder(t)
    const book = await openActorBook(folder, () => 7)
    await Promise.all([book.note(ANN), book.note(BEN)])
    equal(await book.forget('a1'), true)
    equal(await book.forget('a1'), false)
    deepEqual((await openActorBook(folder, () => 8)).list(), [{ ...BEN, since: 7 }])
  })
})
