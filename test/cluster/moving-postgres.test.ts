/** An installation becomes cell 0 and goes back, with everything that restricts in force after each step. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import pg from 'pg'
import { parse, stringify } from 'yaml'
import { startGateway } from '../../src/gateway/gateway.ts'
import { createConfigFolder, type TestFolder, webhookContract } from '../support/config-folder.ts'
import { fetchJson, type House, houseOf, purchase } from '../support/house.ts'
import { startPartner } from '../support/partner.ts'
import { until } from '../support/until.ts'
import { cluster, leaveGatewayAlone, received, skip, useServer } from './gateways.ts'

const LINKED_DEVICE = '6D92078A-8246-4BA4-AE5B-900000000001'

describe('an installation and its cluster', { skip }, () => {
  const prepared = useServer(['fsync=off'])

  test('moves in and goes back with every restriction, stop, revision and proposal in force', async (t) => {
    const { folder, partner, asCell, alone, start, sql } = await installation(t, 'there_and_back')
    let rounds = 0
    const sent = (): readonly unknown[] => received(partner).slice(2)
    let house = await start()
    await decideAll(house)
    await partner.goDown()
    await house.send([sale('waits and is free', 'zoe'), sale('waits of who opts out', 'ann')])
    await optOut(house, 'ann')
    const ben = (await house.staff('POST', '/api/v1/access/tokens', { name: 'ben', roles: ['viewer'] })).body.token
    const [released, held] = [await placeHold(house), await placeHold(house)]
    await house.gateway.stop()

    await asCell()
    const early = await startGateway({ configFolder: folder.config }).catch((error: Error) => error.message)
    match(String(early), /has choices of its own, which no other cell would know. `sluice cluster init` moves them/)
    const made = await ran(folder, 'init')
    deepEqual([made.moved, made.revision, made.cell], [true, 2, '0'])
    deepEqual(await left(folder), [])
    // Before cell 0 has started: another cell may.
    deepEqual((await sql('SELECT id FROM holds')).map(({ id }) => id).sort(), [released, held].sort())
    await alone()
    await rejects(
      startGateway({ configFolder: folder.config }),
      /is the folder of cell 0: who opted out is in the database/,
    )
    await asCell()
    await partner.comeBack()
    house = await start()
    await untilSent(house)
    deepEqual(sent(), ['waits and is free'])
    await holds(house, ['ann'])
    equal((await as(ben, house)).status, 200)
    // The call of before once more, under its key.
    deepEqual((await propose(house)).body.proposal, 1)
    // What the cluster decides has to hold afterwards.
    await optOut(house, 'dan')
    equal((await house.staff('PUT', '/api/v1/partners/idle/stop', { stopped: true })).status, 200)
    await partner.goDown()
    await house.send([sale('waits in the cell', 'fay'), sale('waits and is opted out', 'gil')])
    await optOut(house, 'gil')
    match((await cluster(folder, 'leave', '0')).err, /another Sluice process uses this data folder/)
    deepEqual(await listHolds(house), [released, held].sort())
    await house.gateway.stop()
    // What another cell decides while this one is down.
    await sql(`UPDATE holds SET released = true WHERE id = '${released}'`)
    await sql(`INSERT INTO holds SELECT '${ANY}', replace(body, id, '${ANY}'), false FROM holds WHERE id = '${held}'`)

    equal((await ran(folder, 'leave', '0')).left, 'home')
    match((await cluster(folder, 'leave', '0')).err, /^cell 0 is not in the cluster/)
    await alone()
    await partner.comeBack()
    house = await start()
    await untilSent(house)
    deepEqual(sent(), ['waits and is free', 'free 1', 'waits in the cell'])
    await holds(house, ['ann', 'dan', 'gil'])
    deepEqual((await house.staff('GET', '/api/v1/partners/idle')).body.partner.stopped, true)
    deepEqual(await listHolds(house), [held, ANY].sort())
    equal((await as(ben, house)).status, 200)
    await house.gateway.stop()
    // The database is as new: the same way once more.
    await asCell()
    equal((await ran(folder, 'init')).moved, true)
    house = await start()
    await holds(house, ['ann', 'dan', 'gil'])
    await house.gateway.stop()

    async function holds(at: House, optedOut: readonly string[]): Promise<void> {
      rounds++
      const before = received(partner).length
      const events = optedOut.map((user) => sale(`of ${user}`, user))
      events.push(sale('on the linked device', `stranger-${rounds}`, LINKED_DEVICE))
      events.push(sale('of the erased', 'eve'))
      events.push(sale(`free ${rounds}`, `zoe-${rounds}`))
      equal((await at.send(events)).status, 200)
      await untilSent(at)
      deepEqual(received(partner).slice(before), [`free ${rounds}`])
      // Of what came after the narrower revision.
      ok(
        partner
          .items()
          .slice(2)
          .every(({ ip }) => ip === undefined),
      )
      ok(partner.received.every(({ path }) => path === '/hooks'))
      equal((await at.staff('GET', '/api/v1/partners/halted')).body.partner.stopped, true)
      equal(at.gateway.revision().number, 2)
      const { body } = await at.staff('GET', '/api/v1/proposals')
      deepEqual(
        body.items.map(({ state, message }: { state: string; message: string }) => [state, message]),
        [['waiting', 'waits for somebody']],
      )
    }
  })

  test('row for row, and not at all where one restriction is left out or the database is in use', async (t) => {
    const { folder, asCell, start, sql } = await installation(t, 'row_for_row')
    const house = await start()
    await decideAll(house)
    await optOut(house, 'ann')
    await house.gateway.stop()
    const open = new DatabaseSync(join(folder.data, 'choices.db'))
    open.exec(`
      INSERT INTO erasures VALUES ('e', 5, 'staff', '["00"]', '[3]', 1);
      INSERT INTO kept_for_fraud VALUES (x'0102', 7);
      INSERT INTO deletion_requests VALUES ('r', 'i', 9, NULL), ('s', 'i', 9, x'0a0b');
      INSERT INTO namespaces VALUES ('chat');
      UPDATE totals SET amount = 41 WHERE what = 'reflected';`)
    open.close()
    const before = rowsOf(folder)
    ok(before.stands!.length > 2 && before.links!.length > 0, JSON.stringify(before))
    await asCell()
    const stay = join(folder.data, 'choices.db')
    await ran(folder, 'init')
    // Done here, and kept for a cell that was taken out since.
    await sql(`INSERT INTO erasures (id, at, channel, keys, subjects, recorded, cell, done)
      VALUES ('over', 4, 'staff', '["00"]', '[]', true, '0', true)`)
    await sql("INSERT INTO choices_to_tell VALUES ('0', 1, '{}')")
    match((await cluster(folder, 'leave', '0')).err, /^cell 0 has yet to plan who is told of choices of other cells/)
    await sql('DELETE FROM choices_to_tell')
    await ran(folder, 'leave', '0')
    deepEqual(rowsOf(folder), before)
    await sql(`
      CREATE FUNCTION sluice.one_less() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.key = decode('${JSON.parse(before.stands![0]!).key}', 'hex') THEN RETURN NULL; END IF;
        RETURN NEW; END $$;
      CREATE TRIGGER one_less BEFORE INSERT ON sluice.active FOR EACH ROW EXECUTE FUNCTION sluice.one_less()`)
    const short = await cluster(folder, 'init')
    equal(short.code, 1)
    match(short.err, /^active: \d+ rows were copied, and \d+ are there. Nothing was moved.$/)
    await sql('DROP TRIGGER one_less ON sluice.active')
    deepEqual([existsSync(stay), existsSync(join(folder.data, 'cell.json'))], [true, false])
    deepEqual(await sql('SELECT count(*)::int AS n FROM statements'), [{ n: 0 }])
    deepEqual(rowsOf(folder), before)
    await sql('UPDATE cluster SET head = 7')
    match((await cluster(folder, 'init')).err, /^the database is in use: an installation moves into an empty one/)
    await sql('UPDATE cluster SET head = 0')
    deepEqual([existsSync(stay), existsSync(join(folder.data, 'cell.json'))], [true, false])
    deepEqual(rowsOf(folder), before)
  })

  test('an interrupted move is taken up where it stands, in both directions', async (t) => {
    const { folder, partner, asCell, alone, start, sql } = await installation(t, 'interrupted')
    let house = await start()
    await optOut(house, 'ann')
    await house.gateway.stop()
    await asCell()
    const choices = join(folder.data, 'choices.db')
    const mark = join(folder.data, 'cell.json')
    // Marked, and nothing copied: the way on, and the way back.
    await writeFile(join(folder.data, 'cell.json'), JSON.stringify({ cell: '0', incarnations: [ANY] }))
    await alone()
    await rejects(startGateway({ configFolder: folder.config }), /is the folder of cell 0/)
    await asCell()
    await ran(folder, 'init')
    ok(!existsSync(choices))
    await ran(folder, 'leave', '0')
    // Copied, and the folder not cleared.
    const kept = new DatabaseSync(choices)
    kept.exec(`VACUUM INTO '${join(folder.root, 'kept.db')}'`)
    kept.close()
    await ran(folder, 'init')
    await rm(choices, { force: true })
    const put = new DatabaseSync(join(folder.root, 'kept.db'))
    put.exec(`VACUUM INTO '${choices}'`)
    put.close()
    await rejects(startGateway({ configFolder: folder.config }), /has choices of its own/)
    equal((await ran(folder, 'init')).moved, true)
    ok(!existsSync(choices))
    house = await start()
    await optOut(house, 'ben')
    await house.gateway.stop()
    // Back, and the folder not told: the copy lies there under its other name, and the database is empty.
    const { incarnations } = JSON.parse(await readFile(mark, 'utf8'))
    await ran(folder, 'leave', '0')
    ok(!existsSync(mark))
    await rename(choices, join(folder.data, 'choices.returning.db'))
    const leftAs = async (leaving: string) => writeFile(mark, JSON.stringify({ cell: '0', incarnations, leaving }))
    await leftAs(ANY)
    // Of another time: who opted out since is not in it.
    equal((await cluster(folder, 'leave', '0')).err, 'cell 0 is not in the cluster.')
    await leftAs((await sql('SELECT left_as FROM cluster'))[0]!.left_as as string)
    equal((await ran(folder, 'leave', '0')).left, 'home')
    deepEqual([existsSync(mark), existsSync(choices)], [false, true])
    await alone()
    house = await start()
    await house.send([sale('of ann', 'ann'), sale('of ben', 'ben'), sale('free', 'zoe')])
    await untilSent(house)
    // Of both partners: nobody was stopped.
    deepEqual(received(partner), ['free', 'free'])
    await house.gateway.stop()
  })

  async function installation(t: TestContext, name: string) {
    const made = await prepared(t, name, { cells: 1 })
    const partner = await startPartner()
    const { origin } = partner
    const as = { as: 'purchase', properties: { tag: 'tag' } }
    const folder = await createConfigFolder({
      contracts: ['acme', 'halted', 'idle'].map((id) =>
        webhookContract(id, origin, {
          events: { [id === 'idle' ? 'Order Refunded' : 'Order Completed']: as },
          share: { message_id: 'pass', ip: [24, 48] },
          when_restricted: { send: 'nothing' },
          ...(id === 'acme' ? {} : { connection: { url: `${origin}/${id}`, batch: true } }),
        }),
      ),
    })
    const houses: House[] = []
    const sql = async (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> => {
      const client = new pg.Client({ connectionString: made.url, options: '-c search_path=sluice' })
      await client.connect()
      return client
        .query(text)
        .then(({ rows }) => rows)
        .finally(() => client.end())
    }
    t.after(async () => {
      for (const { gateway } of houses) await gateway.stop()
      await partner.goDown()
      await folder.remove()
    })
    const set = async (more: object): Promise<void> => {
      const file = join(folder.config, 'gateway.yaml')
      const { storage: _, cluster: __, keys: ___, ...rest } = parse(await readFile(file, 'utf8'))
      await writeFile(file, stringify({ ...rest, ...more }))
    }
    // Its own of so far.
    const keyOf = (name: string) => ({ file: join(folder.data, 'keys', `${name}.key`) })
    const keys = { index: keyOf('index'), encryption: keyOf('encryption'), pseudonym: keyOf('pseudonym') }
    const database = { file: join(folder.root, 'database') }
    await writeFile(database.file, `${made.url}\n`)
    return {
      folder,
      partner,
      sql,
      asCell: async () => {
        await leaveGatewayAlone(folder)
        await set({ storage: 'cluster', cluster: { cell: 0, database, allow_single_copy: true }, keys })
      },
      alone: () => set({}),
      start: async () => {
        const house = houseOf(await startGateway({ configFolder: folder.config }), folder)
        houses.push(house)
        return house
      },
    }
  }
})

async function ran(folder: TestFolder, ...command: readonly string[]) {
  const { code, out, err } = await cluster(folder, ...command)
  equal(code, 0, err)
  return JSON.parse(out)
}

const ANY = '00000000-0000-4000-8000-000000000000'

/** A link and an opt-out along it, an erasure, a stop, a narrower revision, a proposal. */
async function decideAll(house: House): Promise<void> {
  equal((await stopped(house, 'halted', true)).status, 200)
  await house.send([sale('links a device', 'lin', LINKED_DEVICE), sale('is erased', 'eve')])
  await untilSent(house)
  await optOut(house, 'lin')
  const found = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'eve' } })
  const erased = await house.staff('POST', `/api/v1/subjects/${found.body.handle}/erasure`, { confirm: 'erase' })
  equal(erased.status, 200, JSON.stringify(erased.body))
  const narrower = await publish(house, 1, null, ['share', 'ip'])
  equal(narrower.status, 200, JSON.stringify(narrower.body))
  const wider = await propose(house)
  equal(wider.status, 202, JSON.stringify(wider.body))
}

function propose(house: House) {
  const said = { message: 'waits for somebody', reason: 'a test' }
  return publish(house, 2, 'pass', ['share', 'email'], said, { 'idempotency-key': 'the-proposal' })
}

function publish(house: House, base: number, value: unknown, path: readonly string[], said = {}, headers = {}) {
  const edits = [{ file: 'partners/acme.yaml', path, value }]
  return house.staff('POST', '/api/v1/publish', { edits, ...said }, { 'if-match': `"${base}"`, ...headers })
}

function stopped(house: House, partner: string, isStopped: boolean) {
  return house.staff('PUT', `/api/v1/partners/${partner}/stop`, { stopped: isStopped })
}

async function placeHold(house: House): Promise<string> {
  const terms = { reason: 'a case', from: '2026-11-25T00:00:00Z', to: '2026-11-25T23:59:59Z' }
  const { status, body } = await house.staff('POST', '/api/v1/ledger/holds', terms)
  equal(status, 201, JSON.stringify(body))
  return body.id
}

async function listHolds(house: House): Promise<readonly string[]> {
  const { items } = (await house.staff('GET', '/api/v1/ledger/holds')).body
  return items.map(({ id }: { id: string }) => id).sort()
}

async function optOut(house: House, user: string): Promise<void> {
  equal((await house.call('PUT', '/v1/me/choices', { identities: { user }, opt_out: true })).status, 200)
}

/** @param advertisingId default: no device, so that only what stands for the account itself decides */
function sale(tag: string, userId: string, advertisingId?: string): object {
  const device = advertisingId === undefined ? {} : { advertisingId, adTrackingEnabled: true }
  return purchase({ userId, properties: { tag } }, { device: { type: 'ios', attTrackingStatus: 3, ...device } })
}

/** Nothing waits but for a stopped partner. */
async function untilSent({ gateway }: House): Promise<void> {
  await until('what is not stopped to be settled', async () => (await gateway.totals()).pairs.acme!.pending === 0)
}

function as(token: string, { gateway }: House) {
  return fetchJson(`${gateway.controlUrl}/api/v1/status`, 'GET', undefined, { authorization: `Bearer ${token}` })
}

/** What of the choices and settings is still in the folder. */
async function left({ data }: TestFolder): Promise<readonly string[]> {
  const there = [...(await readdir(data)), ...(await readdir(join(data, 'keys')))]
  return there.filter((name) => /^(choices|stops|proposals|actors|idempotency|bootstrap|tokens)/.test(name))
}

/** Of every table, as text, in an order of their own; numbers of findings stand for their texts. */
function rowsOf({ data }: TestFolder): Readonly<Record<string, readonly string[]>> {
  const db = new DatabaseSync(join(data, 'choices.db'), { readOnly: true })
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'").all()
  const found = Object.fromEntries(
    tables.map(({ name }) => [
      String(name),
      db
        .prepare(`SELECT * FROM ${name}`)
        .all()
        .map((row) => JSON.stringify(row, hexed))
        .sort(),
    ]),
  )
  db.close()
  return found
}

function hexed(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
