import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Plans } from '../../src/contracts/config.ts'
import type { AppId, PartnerId, Revision } from '../../src/model/brand.ts'
import { RevisionDamaged, RevisionMoved } from '../../src/publish/revision-files.ts'
import { type Edition, openRevisions, type RevisionBook } from '../../src/publish/revisions.ts'
import { ACME, APPS, edit, FILES, load, NOW, withFolder } from './fixture.ts'

const acme = 'acme' as PartnerId
const shop = 'shop-ios' as AppId

async function plansWith(files: Readonly<Record<string, string>> = {}): Promise<Plans> {
  const result = await load({ ...FILES, ...files })
  assert.ok(result.ok)
  return result.config.plans
}

const NARROWER = { 'partners/acme.yaml': edit(ACME, '  os: pass', '  os: reduced') }

function by(plans: Plans, part: Partial<Edition['publication']> = {}): Edition {
  return { plans, publication: { author: 'somebody', message: '', approvals: [], change: 'narrower', ...part } }
}

async function open(folder: string, plans: Plans | undefined, now = NOW): Promise<RevisionBook> {
  const opened = await openRevisions(folder, plans === undefined ? undefined : { plans }, now)
  assert.ok(opened !== undefined)
  return opened.book
}

describe('revisions', () => {
  test('the first is number 1 and holds what was published', async () => {
    await withFolder({}, async (folder) => {
      const plans = await plansWith()
      const book = await open(folder, plans)
      assert.equal(book.current().number, 1)
      assert.equal(book.current().activatedAt, NOW)
      assert.match(book.current().digest, /^[0-9a-f]{64}$/)
      assert.deepEqual(book.current().contracts, plans.contracts)
      assert.equal(book.contract(acme)?.name, 'Acme')
      assert.equal(book.app(shop)?.name, 'Shop')
      assert.deepEqual(await readdir(join(folder, 'revisions')), ['000001.json'])
    })
  })

  test('a write key finds its app, live or retired, and nothing else does', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      assert.equal(book.appOfKey('live-key-0001')?.retired, false)
      assert.equal(book.appOfKey('old-key-0001')?.retired, true)
      assert.equal(book.appOfKey('old-key-0001')?.app.id, 'shop-ios')
      assert.equal(book.appOfKey('constructor'), undefined)
    })
  })

  test('the same plans get no new number, different ones the next, and the old one stays readable', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      assert.deepEqual(await book.publish(by(await plansWith()), NOW + 1), { revision: 1, changed: false })
      assert.deepEqual(await book.publish(by(await plansWith(NARROWER)), NOW + 2), { revision: 2, changed: true })
      assert.equal(book.current().number, 2)
      assert.equal(book.current().contracts[0]?.share.os, 1)
      assert.equal(book.at(1 as Revision)?.contracts[0]?.share.os, 2)
      assert.equal(book.at(3 as Revision), undefined)
      assert.deepEqual(await book.publish(by(await plansWith()), NOW + 3), { revision: 3, changed: true })
    })
  })

  test('a digest does not depend on the order of keys, apps or files', async () => {
    const two = `${APPS}  - { id: a-shop, name: A, write_keys: [live-key-0002] }\n`
    const turned = `apps:\n  - { name: A, id: a-shop, write_keys: [live-key-0002] }\n${APPS.slice('apps:\n'.length)}`
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith({ 'apps.yaml': two }))
      const { changed } = await book.publish(by(await plansWith({ 'apps.yaml': turned })), NOW)
      assert.equal(changed, false)
    })
  })

  test('after a restart the newest is live, and old ones are still there', async () => {
    await withFolder({}, async (folder) => {
      const before = await open(folder, await plansWith())
      await before.publish(by(await plansWith(NARROWER)), NOW + 5)
      const after = await open(folder, undefined)
      assert.deepEqual(after.current(), before.current())
      assert.equal(after.current().activatedAt, NOW + 5)
      assert.equal(after.at(1 as Revision)?.number, 1)
    })
  })

  test('who published what, why and on whose word stays with the revision', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      assert.deepEqual(book.current().publication, {
        author: 'files',
        message: '',
        approvals: [],
        parent: 0,
        change: 'first',
      })
      const said = { author: 'a1', message: 'the agreement ended', approvals: [{ by: 'b2', at: NOW }] }
      await book.publish(by(await plansWith(NARROWER), said), NOW + 1)
      const again = await open(folder, undefined)
      assert.deepEqual(again.current().publication, { ...said, parent: 1, change: 'narrower' })
    })
  })

  test('a revision keeps the files it was made from', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      await book.publish({ ...by(await plansWith(NARROWER)), texts: { 'partners/acme.yaml': ACME } }, NOW)
      assert.deepEqual(await book.texts(2 as Revision), { 'partners/acme.yaml': ACME })
      assert.equal(await book.texts(1 as Revision), undefined)
    })
  })

  test('a change made for a revision that is not live any more is refused and nothing happens', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      await book.publish(by(await plansWith(NARROWER)), NOW, 1 as Revision)
      await assert.rejects(
        book.publish(by(await plansWith()), NOW, 1 as Revision),
        (error) => error instanceof RevisionMoved && error.live === 2,
      )
      assert.equal(book.current().number, 2)
    })
  })

  test('of two changes made for the same revision one is published and one refused', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      const other = await plansWith({ 'partners/acme.yaml': edit(ACME, 'name: Acme', 'name: Acme Inc') })
      const both = await Promise.allSettled([
        book.publish(by(await plansWith(NARROWER)), NOW, 1 as Revision),
        book.publish(by(other), NOW, 1 as Revision),
      ])
      assert.deepEqual(
        both.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      )
    })
  })

  test('plans at a later start change nothing by themselves', async () => {
    await withFolder({}, async (folder) => {
      await open(folder, await plansWith())
      const book = await open(folder, await plansWith(NARROWER), NOW + 9)
      assert.equal(book.current().number, 1)
    })
  })

  test('without plans and without a revision there is nothing to run', async () => {
    await withFolder({}, async (folder) => {
      assert.equal(await openRevisions(folder, undefined, NOW), undefined)
    })
  })

  test('a revision that was edited on disk is refused by name, at start and when read', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      await book.publish(by(await plansWith(NARROWER)), NOW)
      const file = join(folder, 'revisions', '000001.json')
      await writeFile(file, (await readFile(file, 'utf8')).replace('"os":2', '"os":1'))
      const fresh = await open(folder, undefined)
      assert.throws(
        () => fresh.at(1 as Revision),
        (error) => error instanceof RevisionDamaged && error.message.includes('000001.json'),
      )
      await rm(join(folder, 'revisions', '000002.json'))
      await assert.rejects(openRevisions(folder, undefined, NOW), RevisionDamaged)
    })
  })

  test('half a revision, as a crash leaves it, is not one', async () => {
    await withFolder({}, async (folder) => {
      await open(folder, await plansWith())
      await writeFile(join(folder, 'revisions', '000002.json.tmp'), '{"number":2')
      const book = await open(folder, undefined)
      assert.equal(book.current().number, 1)
      assert.deepEqual(await book.publish(by(await plansWith(NARROWER)), NOW), { revision: 2, changed: true })
    })
  })

  test('revisions hold write keys, so only this account reads them', async () => {
    await withFolder({}, async (folder) => {
      await open(folder, await plansWith())
      assert.equal((await stat(join(folder, 'revisions'))).mode & 0o777, 0o700)
      assert.equal((await stat(join(folder, 'revisions', '000001.json'))).mode & 0o777, 0o600)
    })
  })

  test('listeners hear of a change in the turn it is live, and publishing waits for them', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      const heard: string[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      book.onChange(async () => {
        heard.push(`live ${book.current().number}`)
        await promise
        heard.push('confirmed')
      })
      const published = book.publish(by(await plansWith(NARROWER)), NOW).then(() => heard.push('published'))
      book.onChange(resolve)
      await published
      assert.deepEqual(heard, ['live 2', 'confirmed', 'published'])
    })
  })

  test('two publishes at once come one after the other', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      const [narrower, same] = [await plansWith(NARROWER), await plansWith()]
      const both = await Promise.all([book.publish(by(narrower), NOW), book.publish(by(same), NOW)])
      assert.deepEqual(both, [
        { revision: 2, changed: true },
        { revision: 3, changed: true },
      ])
    })
  })

  test('what cannot be written is not published, and a later publish takes the same number', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      // A folder in the way fails the write for every account.
      await mkdir(join(folder, 'revisions', '000002.json.tmp'))
      await assert.rejects(book.publish(by(await plansWith(NARROWER)), NOW))
      assert.equal(book.current().number, 1)
      await rm(join(folder, 'revisions', '000002.json.tmp'), { recursive: true })
      assert.deepEqual(await book.publish(by(await plansWith(NARROWER)), NOW), { revision: 2, changed: true })
    })
  })
})

describe('kill switches', () => {
  test('a stop is in force in the turn of the call, and durable when it resolves', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      const stopping = book.stop(acme)
      assert.equal(book.stopped(acme), true)
      await stopping
      const after = await open(folder, undefined)
      assert.equal(after.stopped(acme), true)
      assert.equal(after.stopped('other' as PartnerId), false)
      await after.resume(acme)
      assert.equal((await open(folder, undefined)).stopped(acme), false)
    })
  })

  test('a stop of all covers everyone; lifting it leaves partners stopped one by one as they were', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      await book.stop(acme)
      await book.stopAll()
      assert.equal(book.stopped('other' as PartnerId), true)
      await book.resumeAll()
      assert.equal(book.stopped('other' as PartnerId), false)
      assert.equal(book.stopped(acme), true)
      const { all, partners } = (await open(folder, undefined)).stops()
      assert.deepEqual({ all, partners: [...partners] }, { all: false, partners: ['acme'] })
    })
  })

  test('a stop that comes while a resume is under way wins, in memory and on disk', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      await book.stop(acme)
      const resuming = book.resume(acme)
      // Let the resume begin to write, then stop again.
      await Promise.resolve()
      const stopping = book.stop(acme)
      await assert.rejects(resuming, /stopped again/)
      await stopping
      assert.equal(book.stopped(acme), true)
      assert.equal((await open(folder, undefined)).stopped(acme), true)
    })
  })

  test('listeners hear of a stop in its turn and of a resume once it is live', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      const heard: boolean[] = []
      book.onStops(() => {
        heard.push(book.stopped(acme))
      })
      const stopping = book.stop(acme)
      assert.deepEqual(heard, [true])
      await stopping
      await book.resume(acme)
      assert.deepEqual(heard, [true, false])
    })
  })

  test('a stop holds even where it cannot be written, and says so', async () => {
    await withFolder({}, async (folder) => {
      const book = await open(folder, await plansWith())
      await mkdir(join(folder, 'stops.json.tmp'))
      await assert.rejects(book.stop(acme))
      assert.equal(book.stopped(acme), true)
    })
  })

  test('stops that cannot be read stop everything until somebody says otherwise', async () => {
    await withFolder({}, async (folder) => {
      await open(folder, await plansWith())
      for (const text of ['', '{', '{"all":false}', '{"all":"no","partners":[]}']) {
        await writeFile(join(folder, 'stops.json'), text)
        const book = await open(folder, undefined)
        assert.equal(book.stopsReadable(), false)
        assert.equal(book.stopped('other' as PartnerId), true)
      }
      const book = await open(folder, undefined)
      await book.resumeAll()
      assert.equal(book.stopsReadable(), true)
      assert.equal((await open(folder, undefined)).stopped(acme), false)
    })
  })
})
