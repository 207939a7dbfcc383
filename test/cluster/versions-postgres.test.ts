/** Cells of two versions beside each other, and databases that an earlier version made. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createFreshness } from '../../src/choices/freshness.ts'
import { openSharedChoices, type SharedChoices } from '../../src/cluster/choices.ts'
import { joinCluster } from '../../src/cluster/member.ts'
import { finalizeCluster } from '../../src/cluster/members.ts'
import type { IdentityKey, NodeId } from '../../src/model/brand.ts'
import { addCell, emptyDatabase } from '../../src/storage/postgres/cells.ts'
import { type Connection, connect } from '../../src/storage/postgres/connection.ts'
import { migrate } from '../../src/storage/postgres/schema.ts'
import { type PostgresServer, postgresBinaries, startPostgres } from '../support/postgres.ts'
import { until } from '../support/until.ts'

const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: versions beside each other were not tried' : false
const INDEX_KEY = createSecretKey(Buffer.alloc(32, 1))
const SAFETY = { allowSingleCopy: true, fencing: 'none' } as const
/** This Sluice's is 1. A later one reads 1 too, and writes it as long as that is agreed on. */
const [OLD, NEW] = [1, 2]
const OPT_OUT = { denies: 7, permits: 0, child: false, channel: 'app', saidBy: 'test', at: 1 } as const

describe('versions of what cells write', { skip }, () => {
  let server: PostgresServer
  before(async () => {
    server = await startPostgres(
      binaries!,
      async (url) => (await connect({ urls: [url], applicationName: 'tests' })).end(),
      ['fsync=off'],
    )
  })
  after(() => server.stop())

  test('two versions act beside each other in the older one, until the newer is agreed on', async (t) => {
    const { open, settings, sql } = await cluster(t)
    const [old, newer] = [await open('0', OLD), await open('1', NEW)]
    await old.choices.put([keyOf('1')], OPT_OUT)
    await newer.choices.put([keyOf('2')], OPT_OUT)
    for (const { choices } of [old, newer])
      await until('each to hold what both wrote', () => restricted(choices, '1') && restricted(choices, '2'))
    const written = 'SELECT DISTINCT version FROM feed ORDER BY version'
    deepEqual([await sql(written), newer.choices.agreed()], [[{ version: OLD }], OLD])
    await rejects(
      finalizeCluster(settings, NEW),
      /^Error: cell 0: runs an older Sluice than this one, .* start it with the newer one first\.$/,
    )
    await newer.choices.put([keyOf('3')], OPT_OUT)
    deepEqual(await sql(written), [{ version: OLD }])
    // One cell after the other.
    await old.choices.close()
    const updated = await open('0', NEW)
    equal(await finalizeCluster(settings, NEW), true)
    equal(await finalizeCluster(settings, NEW), false)
    await updated.choices.put([keyOf('4')], OPT_OUT)
    deepEqual(await sql(written), [{ version: OLD }, { version: NEW }])
    await until('each to speak what is agreed on', () =>
      [newer, updated].every(({ choices }) => choices.agreed() === NEW && restricted(choices, '4')),
    )
    await updated.choices.close()
    await rejects(
      open('0', OLD),
      /^Error: the cluster works with version 2, and this Sluice knows no later one than 1: run the newer Sluice\.$/,
    )
    await rejects(
      open('0', 4),
      /^Error: the cluster works with version 2, and this Sluice with 3 and 4: run one in between in every cell first/,
    )
    // A cell that was away since before reads what both versions wrote.
    const again = await open('0', NEW)
    deepEqual(
      ['1', '2', '3', '4'].map((one) => restricted(again.choices, one)),
      [true, true, true, true],
    )
  })

  test('an older cell that acts when a newer version comes upon it ends', async (t) => {
    const { open, sql } = await cluster(t)
    const old = await open('0', OLD)
    // As no `finalize` does, which waits for it.
    await sql('UPDATE cluster SET version = 2')
    match((await old.fenced).message, /^the cluster works with version 2, and this Sluice knows no later one than 1/)
    await rejects(async () => old.choices.lookup([keyOf('1')]), { code: 'ERR_CHOICES_UNAVAILABLE' })
  })

  test('a schema that a newer version has added to is one that this version works with', async (t) => {
    const { open, sql, on } = await cluster(t)
    const [row] = await sql('SELECT max(number) AS number FROM migrations')
    const number = (row as { number: number }).number + 1
    await sql(`ALTER TABLE cells ADD COLUMN later text; INSERT INTO migrations VALUES (${number}, now())`)
    const old = await open('0', OLD)
    await old.choices.put([keyOf('1')], OPT_OUT)
    equal(await on((connection) => migrate(connection)), number)
  })

  test('a database of the first schema opens with what it holds', async (t) => {
    const { sql, on, open } = await cluster(t, 1)
    // As version 1 of the schema has it, of somebody who opted out.
    await sql(`
      INSERT INTO findings (text) VALUES ('{"signal":"choice","denies":7,"permits":0,"deviceLimit":false,"child":false,"countryOnly":false,"withdrawal":true,"why":"opted_out"}');
      INSERT INTO statements VALUES (1, 1, 'app', 'test', 1, 1, NULL, false, NULL);
      INSERT INTO active VALUES ('\\x${keyOf('1')}', 1, true);
      INSERT INTO links VALUES ('\\x${keyOf('1')}', '\\x${keyOf('2')}'), ('\\x${keyOf('2')}', '\\x${keyOf('1')}');
      UPDATE cluster SET head = 1, last_statement = 1`)
    await rejects(
      open('0', OLD),
      /^Error: the database has schema 1, and this version works with \d+: run `sluice cluster init`\.$/,
    )
    equal(await on((connection) => migrate(connection, 3)), 3)
    await on((connection) => migrate(connection))
    await on((connection) => addCell(connection, '0' as NodeId))
    await sql('UPDATE cluster SET lease_ms = 10000')
    const { choices } = await open('0', OLD)
    deepEqual([restricted(choices, '1'), restricted(choices, '2')], [true, false])
    // Along the link that was there.
    await choices.put([keyOf('2')], OPT_OUT)
    equal((await choices.list([keyOf('1')])).length, 2)
  })

  test('a cell that is added with the folder of an earlier time knows who opted out', async (t) => {
    const { open, on } = await cluster(t)
    const before = await open('1', OLD)
    for (const one of ['1', '2']) await before.choices.put([keyOf(one)], OPT_OUT)
    await before.choices.close()
    // Everything went back to a folder, and the database begins anew.
    await on((connection) => emptyDatabase(connection, randomUUID()))
    for (const cell of ['0', '1']) await on((connection) => addCell(connection, cell as NodeId))
    const first = await open('0', OLD)
    for (const one of ['3', '4', '5']) await first.choices.put([keyOf(one)], OPT_OUT)
    const { choices } = await open('1', OLD)
    deepEqual(
      ['1', '2', '3', '4', '5'].map((one) => restricted(choices, one)),
      [false, false, true, true, true],
    )
  })

  async function cluster(t: TestContext, upTo?: number) {
    const url = await server.database()
    const root = await mkdtemp(join(tmpdir(), 'sluice-versions-'))
    const opened: SharedChoices[] = []
    t.after(async () => {
      for (const choices of opened) await choices.close()
      await rm(root, { recursive: true, force: true })
    })
    const on = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
      const connection = await connect({ urls: [url], applicationName: 'tests' })
      return work(connection).finally(() => connection.end())
    }
    await on(async (connection) => {
      await migrate(connection, upTo)
      if (upTo !== undefined) return
      for (const cell of ['0', '1']) await addCell(connection, cell as NodeId)
      // As long as it may be: a busy machine is not what these tests are about.
      await connection.query('UPDATE cluster SET lease_ms = 10000')
    })
    const settings = { urls: [url], cell: '0' as NodeId, safety: SAFETY }
    return {
      settings,
      on,
      sql: (text: string) => on((connection) => connection.query<object>(text)),
      open: async (cell: string, version: number) => {
        const place = join(root, cell)
        await mkdir(place, { recursive: true })
        const { promise: fenced, resolve: onFenced } = Promise.withResolvers<Error>()
        const member = await joinCluster({ ...settings, cell: cell as NodeId }, place, INDEX_KEY, undefined, version)
        const choices = await openSharedChoices({
          urls: [url],
          cell: cell as NodeId,
          folder: place,
          member,
          indexKey: INDEX_KEY,
          freshness: createFreshness(1),
          inForce: () => new Promise((resolve) => setImmediate(resolve)),
          now: () => 1,
          randomBytes,
          // The lease runs out meanwhile: nobody here is in a hurry.
          onProblem: () => undefined,
          onFenced,
        })
        opened.push(choices)
        return { choices, fenced }
      },
    }
  }
})

function keyOf(digit: string): IdentityKey {
  return digit.padStart(32, '8') as IdentityKey
}

function restricted(choices: SharedChoices, digit: string): boolean {
  return choices.lookup([keyOf(digit)]).standing.findings.length > 0
}
