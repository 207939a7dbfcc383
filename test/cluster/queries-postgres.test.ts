/** What the database is asked on the path of an event that brings no new choice: nothing. The server itself counts. */
import { deepEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import pg from 'pg'
import { purchase } from '../support/purchase.ts'
import { until } from '../support/until.ts'
import { HEADERS, settled, skip, startCells, useServer } from './gateways.ts'

const EVENTS = 200
/** Each of a user of its own. */
const DEVICES = 20
/** How the statements begin that a cell makes at each renewal. */
const OF_RENEWALS = [
  'UPDATE cells SET applied = ',
  'BEGIN',
  'COMMIT',
  'SELECT id, applied, renewed::text',
  'SELECT seq, kind, encode(key, ',
]
/** Renewals of a cell are further apart, in milliseconds. */
const RENEWAL_MS = 250

describe('events at cells', { skip }, () => {
  const prepared = useServer(['shared_preload_libraries=pg_stat_statements'])

  test('ask nothing of the database that bring no new choice', async (t) => {
    const { folders, partner, url } = await prepared(t, 'queries', { internal: {} })
    const [a, b] = await startCells(folders)
    const cells = [await a.ready, await b.ready] as const
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    t.after(() => client.end())
    await client.query('CREATE EXTENSION pg_stat_statements')

    /** At the first cell, which owns some of the users. Resolves to what was asked meanwhile but for renewals. */
    const askedBy = async (events: number, context: object = {}): Promise<readonly string[]> => {
      const began = performance.now()
      await client.query('SELECT pg_stat_statements_reset()')
      for (let index = 0; index < events; index++) {
        const body = bodyOf(index % DEVICES, context)
        // A cell whose lease ran out on a busy machine accepts nothing for a moment.
        await until('the event to be accepted', () => isAccepted(body))
      }
      for (const cell of cells) await settled(cell)
      const { rows } = await client.query<{ query: string; calls: number }>(
        `SELECT query, calls::int FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid
         WHERE datname = current_database() AND query NOT LIKE '%pg_stat_statements%'`,
      )
      const isOfRenewal = ({ query }: { readonly query: string }): boolean =>
        OF_RENEWALS.some((start) => query.startsWith(start))
      const others = rows.filter((row) => !isOfRenewal(row))
      // By the clock. What is new has renewals of its own.
      const most = cells.length * (4 + (performance.now() - began) / RENEWAL_MS)
      if (others.length === 0)
        deepEqual(
          rows.filter(({ calls }) => calls > most),
          [],
        )
      return others.map(({ query }) => query)
    }
    const isAccepted = async (body: string): Promise<boolean> => {
      const answer = await fetch(`${cells[0].data}/v1/batch`, { method: 'POST', headers: HEADERS, body })
      await answer.arrayBuffer()
      return answer.ok
    }
    const linked = await askedBy(DEVICES)
    ok(
      linked.some((query) => query.startsWith('INSERT INTO links')),
      'a new device is written down',
    )
    const asked = await askedBy(EVENTS)
    // A link is written again on another day, which may begin here, once.
    deepEqual(asked.length === 0 ? asked : await askedBy(EVENTS), [])
    ok(partner.items().length >= DEVICES + EVENTS)
    const optedOut = await askedBy(1, { gpc: true })
    ok(
      optedOut.some((query) => query.startsWith('INSERT INTO statements')),
      'a new choice is written down',
    )
  })
})

function bodyOf(device: number, context: object): string {
  const advertisingId = `6D92078A-8246-4BA4-AE5B-${String(device).padStart(12, '0')}`
  const event = purchase(
    { userId: `user-${device}`, properties: { tag: `of ${device}` } },
    { device: { type: 'ios', attTrackingStatus: 3, adTrackingEnabled: true, advertisingId }, ...context },
  )
  return JSON.stringify({ batch: [event] })
}
