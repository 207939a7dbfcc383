/** Gateways that hand each user's events to the cell that owns the user. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readLeaf } from '../../docs/verifier/verify.mjs'
import { parseTlogProof } from '../../src/ledger/verify/proof.ts'
import type { ActionShape } from '../../src/ledger/verify/shape.ts'
import { verifyRoster } from '../../src/threads/roster-verify.ts'
import type { Addresses } from '../faults/gateway-process.ts'
import { WRITE_KEY } from '../support/config-folder.ts'
import { purchase } from '../support/purchase.ts'
import { bidRequest } from '../support/relay.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'
import {
  acme,
  asStaff,
  cluster,
  code,
  HEADERS,
  leaveGatewayAlone,
  metric,
  received,
  send,
  settled,
  skip,
  startCell,
  startCells,
  useServer,
} from './gateways.ts'

/** Enough that each of two cells owns some: of 12 users all are one cell's once in two thousand runs, since keys are drawn. */
const USERS = Array.from({ length: 24 }, (_, index) => `user-${index}`)

describe('gateways that hand events to their owners', { skip }, () => {
  const prepared = useServer()

  test('keep each event in one cell, wherever it is sent and however often', async (t) => {
    const outside = await temporaryFolder(t)
    const anchors = { folder: outside, every_seconds: 1, required_within_minutes: 60 }
    const config = (origin: string) => ({ ...acme(origin, {}), gateway: { ledger: { anchors } } })
    const { folders, partner } = await prepared(t, 'owners', { internal: {}, config })
    const [a, b] = await startCells(folders)
    const cells = [await a.ready, await b.ready] as const
    for (const cell of cells) for (const user of USERS) equal((await send(cell, user, tagOf(user), user)).status, 200)
    for (const cell of cells) await settled(cell)
    deepEqual(received(partner).toSorted(), USERS.map(tagOf).toSorted())
    const books = async () => [
      (await asStaff(folders[0]!, cells[0], 'accounting')).events,
      (await asStaff(folders[1]!, cells[1], 'accounting')).events,
    ]
    const [first, second] = await books()
    equal(first.accepted + second.accepted, USERS.length)
    equal(first.duplicate + second.duplicate, USERS.length)
    ok(first.accepted > 0 && second.accepted > 0, 'each cell owns somebody')
    const handedOn = [await metric(cells[0], forwarded(0, 1)), await metric(cells[1], forwarded(1, 0))]
    deepEqual(handedOn, [second.accepted, first.accepted])

    /** How the cells stand, as one of them says. */
    const standing = async (at: 0 | 1) => (await asStaff(folders[at]!, cells[at], 'cells')).cells as readonly Standing[]
    await t.test('know the books of all of them', async () => {
      const { cells: parts, missing, sum } = await asStaff(folders[1]!, cells[1], 'accounting/cells')
      deepEqual(missing, [])
      deepEqual(
        parts.map(({ cell, books: { events } }: { cell: string; books: { events: object } }) => [cell, events]),
        [
          ['0', first],
          ['1', second],
        ],
      )
      const twice = {
        received: 2 * USERS.length,
        accepted: USERS.length,
        duplicate: USERS.length,
        rejected: 0,
        closes: true,
      }
      deepEqual([sum.events, sum.closes, sum.pairs.acme.routed], [twice, true, USERS.length])
      deepEqual(sum.pairs.acme.settled.delivered, USERS.length)
    })

    await t.test('hear what is said of privacy at the owner, by refused events too, and count those here', async () => {
      const batch = USERS.map((user) => ({ ...event(`${user}'s`), event: '', context: { ...CONTEXT, gpc: true } }))
      equal((await post(cells[0], { batch })).status, 400)
      for (const cell of cells)
        equal((await post(cell, { batch: USERS.map((user) => event(`${user}'s`)) })).status, 200)
      for (const cell of cells) await settled(cell)
      deepEqual(received(partner).toSorted(), USERS.map(tagOf).toSorted())
      deepEqual(
        (await books()).map(({ rejected }) => rejected),
        [USERS.length, 0],
      )
    })

    await t.test('answer a relayed request at the owner of its user', async () => {
      const delivered = 'sluice_relay_requests_total{partner="bidder",state="delivered"}'
      partner.answer = { status: 204, body: '', headers: { 'x-openrtb-version': '2.6' } }
      for (const user of USERS) {
        const body = JSON.stringify(bidRequest({}, { ifa: advertisingId(user) }))
        const headers = { ...HEADERS, 'x-sluice-write-key': WRITE_KEY }
        const answered = await fetch(`${cells[0].data}/v1/relay/bidder/bid`, { method: 'POST', headers, body })
        equal(answered.status, 204, await answered.text())
      }
      const [own = 0, others = 0] = [await metric(cells[0], delivered), await metric(cells[1], delivered)]
      ok(own > 0 && others > 0, 'each cell owns somebody')
      equal(own + others, USERS.length)
      equal(partner.received.filter(({ path }) => path === '/bid').length, USERS.length)
      partner.answer = { status: 200, body: 'OK' }
    })

    await t.test('answer for the ledgers of all of them, whichever is asked', async () => {
      const ask = async (cell: Addresses, path: string): Promise<string> => {
        const answer = await fetch(`${cell.data}/ledger/${path}`)
        equal(answer.status, 200, path)
        return answer.text()
      }
      const listed = await until('both cells to be on the roster', async () => {
        const answer = await fetch(`${cells[1].data}/ledger/cells`)
        const list = (answer.ok ? await answer.json() : { cells: [] }) as Listed
        return list.cells.length === 2 && list
      })
      deepEqual(
        listed.cells.map(({ name, origin }) => [name, origin]),
        [
          ['c00', listed.roster],
          ['c01', `${listed.roster}/c01`],
        ],
      )
      for (const cell of cells) {
        equal((await ask(cell, 'checkpoint')).split('\n')[0], listed.roster)
        equal((await ask(cell, 'c00/checkpoint')).split('\n')[0], listed.roster)
        equal((await ask(cell, 'c01/checkpoint')).split('\n')[0], `${listed.roster}/c01`)
        equal((await fetch(`${cell.data}/ledger/c02/checkpoint`)).status, 404)
      }
      const size = Number((await ask(cells[0], 'c01/checkpoint')).split('\n')[1])
      const tile = await fetch(`${cells[0].data}/ledger/c01/tile/0/000.p/${Math.min(255, size)}`)
      equal((await tile.arrayBuffer()).byteLength, 32 * Math.min(255, size))
      const age = (await metric(cells[0], 'sluice_roster_age_seconds{cell="1"}')) ?? Number.NaN
      ok(age >= 0 && age < 600, `recorded ${age} s ago`)
      equal(await metric(cells[0], 'sluice_roster_contradicted{cell="1"}'), 0)
      equal(await metric(cells[1], 'sluice_roster_age_seconds{cell="1"}'), undefined)
      const seenBy = async (at: 0 | 1) =>
        (await standing(at)).map(({ cell, roster }) => [cell, roster && roster.age_seconds < 600 && roster.contradicts])
      deepEqual(await seenBy(0), [
        ['0', false],
        ['1', false],
      ])
      deepEqual(await seenBy(1), [
        ['0', undefined],
        ['1', undefined],
      ])
      equal((await asStaff(folders[1]!, cells[1], 'status')).cell, '1')
    })

    await t.test('put cell 0’s checkpoints outside alone, and have the other cell’s put on the roster', async () => {
      const anchored = (cell: Addresses, anchor: string) =>
        metric(cell, `sluice_ledger_anchored_records{anchor="${anchor}"}`)
      await until('both to have', async () => {
        const of = [await anchored(cells[0], 'folder'), await anchored(cells[1], 'roster')]
        return of.every((records = 0) => records > 0)
      })
      deepEqual([await anchored(cells[0], 'roster'), await anchored(cells[1], 'folder')], [undefined, undefined])
      const names = (await readdir(outside)).filter((name) => name.endsWith('.txt'))
      const signed = await Promise.all(names.map((name) => readFile(join(outside, name), 'utf8')))
      const own = await (await fetch(`${cells[0].data}/ledger/checkpoint`)).text()
      deepEqual([...new Set(signed.map((note) => note.split('\n')[0]))], [own.split('\n')[0]])
    })

    let again = b
    await t.test('refuse a batch while an owner is down, and deliver it once when it is back', async () => {
      const later = USERS.map((user) => `${user} later`)
      const sendLater = () => post(cells[0], { batch: later.map(event) })
      b.kill('SIGKILL')
      await b.ended
      const refused = await sendLater()
      deepEqual([refused.status, await code(refused)], [503, 'ERR_OWNER_UNAVAILABLE'])
      ok(Number(refused.headers.get('retry-after')) > 0)
      const away = await fetch(`${cells[0].data}/ledger/c01/checkpoint`)
      deepEqual([away.status, await code(away)], [503, 'ERR_CELL_UNAVAILABLE'])
      const { missing, sum } = await asStaff(folders[0]!, cells[0], 'accounting/cells')
      deepEqual([missing, sum.events.accepted < USERS.length * 2], [['1'], true])
      const failed = await metric(cells[0], forwarded(0, 1, 'failed'))
      ok(failed !== undefined && failed > 0 && failed < USERS.length, `${failed} of ${USERS.length} failed`)
      again = startCell(folders[1]!)
      const back = await again.ready
      await until('the cell to hear where the other one is', async () => (await sendLater()).ok)
      for (const cell of [cells[0], back]) await settled(cell)
      deepEqual(received(partner).toSorted(), [...USERS, ...later].map(tagOf).toSorted())
    })

    await t.test('give the users of one that is drained to the others', async () => {
      const before = (await metric(cells[0], forwarded(0, 1))) ?? 0
      equal((await cluster(folders[0]!, 'drain', '7')).err, 'cell 7 is not in the cluster.')
      equal((await cluster(folders[0]!, 'drain', '1')).code, 0)
      match((await cluster(folders[0]!, 'drain', '0')).err, /^no other cell owns users/)
      const { cells: rows } = JSON.parse((await cluster(folders[0]!, 'status')).out)
      deepEqual(
        rows.map(({ ownsAt }: { ownsAt?: string }) => ownsAt !== undefined),
        [true, false],
      )
      deepEqual(
        (await standing(0)).map(({ cell, owns, drained }) => [cell, owns, drained]),
        [
          ['0', true, false],
          ['1', false, true],
        ],
      )
      // Each renewal of its lease reads the map.
      await until('the cell to have heard', async () => {
        const known = (await metric(cells[0], forwarded(0, 1))) ?? 0
        await post(cells[0], { batch: USERS.map(event) })
        return known >= before && (await metric(cells[0], forwarded(0, 1))) === known
      })
    })

    await t.test(
      'have all that one recorded on the roster when it stops, and close it there when it leaves',
      async () => {
        again.kill('SIGTERM')
        equal(await again.ended, 0)
        const stopped = (await standing(0)).find(({ cell }) => cell === '1')
        deepEqual([stopped?.state, stopped?.waiting, stopped?.renewed_seconds_ago], ['stopped', 0, undefined])
        const listed = async () => (await (await fetch(`${cells[0].data}/ledger/cells`)).json()) as Listed
        const note = await readFile(join(folders[1]!.data, 'ledger', 'checkpoint'), 'utf8')
        // Once a checkpoint of the roster covers it.
        await until('its last checkpoint to be listed', async () => {
          const [, last] = (await listed()).cells
          return String(factsIn(last!.newest).get('size')) === note.split('\n')[1]
        })
        await until('it to be out', async () => (await cluster(folders[0]!, 'leave', '1')).code === 0)
        await until('it to be closed', async () => (await listed()).cells.length === 1)
        equal(factsIn((await listed()).newest).get('cells'), '0')
        a.kill('SIGTERM')
        equal(await a.ended, 0)
        const { verified, open, problems } = await verifyRoster(folders[0]!.data, { cells: [folders[1]!.data] })
        deepEqual([verified, open, problems], [true, ['0'], []])
      },
    )
  })

  test('keep them at the next one where they may', async (t) => {
    const { folders, partner } = await prepared(t, 'next', { internal: { when_owner_down: 'other_cell' } })
    const [a, b] = await startCells(folders)
    const cell = await a.ready
    b.kill('SIGKILL')
    await b.ended
    equal((await post(cell, { batch: USERS.map(event) })).status, 200)
    await settled(cell)
    deepEqual(received(partner).toSorted(), USERS.map(tagOf).toSorted())
  })

  test('take in none that would keep what it is sent', async (t) => {
    const { folders, allowing } = await prepared(t, 'differ', { internal: {} })
    const { contracts, gateway } = await allowing(1, true)
    const [a, b] = await startCells(folders)
    await a.ready
    b.kill('SIGTERM')
    await b.ended
    const { internal: _, ...alone } = gateway.cluster as Record<string, unknown>
    await folders[1]!.write({ contracts, gateway: { ...gateway, cluster: alone } })
    await leaveGatewayAlone(folders[1]!)
    const again = startCell(folders[1]!)
    equal(await again.ended, 1)
    match(again.said(), /the other cells hand events to each other: set cluster\.internal here too/)
  })
})

interface Standing {
  readonly cell: string
  readonly state: string
  readonly waiting: number
  readonly renewed_seconds_ago?: number
  readonly owns: boolean
  readonly drained: boolean
  readonly roster?: { readonly age_seconds: number; readonly contradicts: boolean }
}

interface Listed {
  readonly roster: string
  readonly newest: string
  readonly cells: readonly { readonly name: string; readonly origin: string; readonly newest: string }[]
}

/** Of the record in a proof of the roster. */
function factsIn(proof: string): ReadonlyMap<string, string | number> {
  return (readLeaf(parseTlogProof(proof)!.extra!) as unknown as ActionShape).facts
}

function forwarded(from: number, to: number, outcome = 'kept'): string {
  return `sluice_cluster_forwarded_events_total{cell="${from}",owner="${to}",outcome="${outcome}"}`
}

const CONTEXT = { device: { type: 'ios', attTrackingStatus: 3 } }

function advertisingId(user: string): string {
  return `6D92078A-8246-4BA4-AE5B-${user.replace(/\D/g, '').padStart(12, '0')}`
}

/** Not the name alone: a withheld value must not occur in what is sent. */
function tagOf(user: string): string {
  return `of ${user}`
}

function event(userId: string): Record<string, unknown> {
  return purchase({ userId, properties: { tag: tagOf(userId) }, messageId: userId }, CONTEXT)
}

function post({ data }: Addresses, body: object): Promise<Response> {
  return fetch(`${data}/v1/batch`, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) })
}
