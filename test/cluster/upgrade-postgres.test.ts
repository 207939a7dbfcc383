/** The folder of the first release, which was killed in the middle of work, moves into a cluster and goes back. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { startGateway } from '../../src/gateway/gateway.ts'
import { sluice } from '../support/sluice.ts'
import { skip, useServer } from './gateways.ts'

const UPGRADES = join(import.meta.dirname, '..', 'upgrade')

describe('folders of earlier releases and a cluster', { skip }, () => {
  const prepared = useServer(['fsync=off'])
  test('move in and go back with every row', async (t) => {
    const layouts = (await readdir(UPGRADES)).filter((name) => name.startsWith('layout-'))
    ok(layouts.length > 0)
    for (const layout of layouts) {
      const { url } = await prepared(t, layout.replace('-', '_'), { cells: 1 })
      const root = await mkdtemp(join(tmpdir(), 'sluice-moving-'))
      t.after(() => rm(root, { recursive: true, force: true }))
      await cp(join(UPGRADES, layout), root, { recursive: true })
      const [config, data, database] = [join(root, 'config'), join(root, 'data'), join(root, 'database')]
      await writeFile(database, url)
      const file = join(config, 'gateway.yaml')
      const keyOf = (name: string) => ({ file: join(data, 'keys', `${name}.key`) })
      await writeFile(
        file,
        stringify({
          ...parse(await readFile(file, 'utf8')),
          data,
          storage: 'cluster',
          cluster: { cell: 0, database: { file: database }, allow_single_copy: true },
          keys: { index: keyOf('index'), encryption: keyOf('encryption'), pseudonym: keyOf('pseudonym') },
        }),
      )
      for (const name of ['policy.yaml', 'apps.yaml', 'partners']) await rm(join(config, name), { recursive: true })
      const before = await decided(data)
      deepEqual(
        [before.stops, before.proposals.length, before.active.length > 10],
        [{ all: false, partners: ['halted'] }, 1, true],
      )
      const run = async (...command: readonly string[]) => {
        const { code, out, err } = await sluice(['cluster', ...command, '--config', config, '--json'])
        equal(code, 0, err)
        return JSON.parse(out)
      }
      equal((await run('init')).moved, true)
      equal((await run('leave', '0')).left, 'home')
      deepEqual(await decided(data), before)
      await run('init')
      // Its keys and its ledger are what they were: a start holds all of it against its own records.
      const gateway = await startGateway({ configFolder: config })
      const { number, publication } = gateway.revision()
      const { events } = await gateway.totals()
      await gateway.stop()
      deepEqual([number, publication.parent, events.accepted > 400], [1, 0, true])
      await run('leave', '0')
      const { active, links, history, ...after } = await decided(data)
      // It was killed before it had noted which choices of its ledger are here: they were said once more.
      deepEqual(
        before.active.filter((row) => !active.includes(row)),
        [],
      )
      deepEqual({ ...before, ...after }, before)
      ok(links >= before.links && history >= before.history)
    }
  })
})

async function decided(data: string) {
  const db = new DatabaseSync(join(data, 'choices.db'))
  const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n)
  const active = db
    .prepare(
      `SELECT hex(key) AS key, said.channel, said.at, findings.text FROM stands
       JOIN said ON said.id = stands.said JOIN findings ON findings.id = stands.finding`,
    )
    .all()
    .map((row) => JSON.stringify(row))
    .sort()
  const found = { active, links: count('links'), history: count('stood') }
  db.close()
  const text = (name: string): Promise<string> => readFile(join(data, name), 'utf8')
  return {
    ...found,
    stops: JSON.parse(await text('stops.json')),
    proposals: await Promise.all(
      (await readdir(join(data, 'proposals'))).map(async (name) => JSON.parse(await text(join('proposals', name)))),
    ),
    actors: (await text('actors.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    bootstrap: await text('keys/bootstrap.hash'),
  }
}
