/** Partners are told of a choice that was made at one cell by what any cell sent them, and once. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../../src/model/brand.ts'
import { type Connection, connect } from '../../src/storage/postgres/connection.ts'
import { claimTellings } from '../../src/storage/postgres/rows.ts'
import type { Addresses } from '../faults/gateway-process.ts'
import { type TestFolder, webhookContract } from '../support/config-folder.ts'
import type { TestPartner } from '../support/partner.ts'
import { purchase } from '../support/purchase.ts'
import { until } from '../support/until.ts'
import { asStaff, HEADERS, settled, skip, startCell, startCells, useServer } from './gateways.ts'

const [BOTH, SECOND, LATER] = [1, 2, 3].map((n) => `6D92078A-8246-4BA4-AE5B-00000000000${n}`) as [
  string,
  string,
  string,
]

describe('a choice at one cell', { skip }, () => {
  const prepared = useServer()

  test('is told by what each cell sent, once, whichever is killed', async (t) => {
    const { folders, partner, url } = await prepared(t, 'tellings', { config })
    const started = await startCells(folders)
    const cells: Addresses[] = await Promise.all(started.map(({ ready }) => ready))
    const database = await connect({ urls: [url], applicationName: 'test', timeoutMs: 10_000 })
    t.after(() => database.end())
    const told = toldOnceAll(database, folders, cells, partner)
    await buy(cells[0]!, 'ann', BOTH)
    await buy(cells[1]!, 'ann', BOTH)
    await buy(cells[1]!, 'ann', SECOND)
    await choose(folders[0]!, cells[0]!, 'ann', true)
    deepEqual(await told(), [`opt_out ${BOTH}`, `opt_out ${SECOND}`])

    await t.test('and is withdrawn where it was told, at either cell', async () => {
      await choose(folders[1]!, cells[1]!, 'ann', true)
      await choose(folders[1]!, cells[1]!, 'ann', false)
      const withdrawn = [`opt_in ${BOTH}`, `opt_in ${SECOND}`, `opt_out ${BOTH}`, `opt_out ${SECOND}`]
      deepEqual(await told(), withdrawn)
      await choose(folders[0]!, cells[0]!, 'ann', true)
      deepEqual(await told(), [...withdrawn, `opt_out ${BOTH}`, `opt_out ${SECOND}`].sort())
    })

    await t.test('and outlives both', async () => {
      const before = await told()
      await buy(cells[1]!, 'ben', LATER)
      started[1]!.kill('SIGKILL')
      await started[1]!.ended
      await choose(folders[0]!, cells[0]!, 'ben', true)
      started[0]!.kill('SIGKILL')
      await started[0]!.ended
      const again = folders.map((folder) => startCell(folder))
      cells.splice(0, 2, ...(await Promise.all(again.map(({ ready }) => ready))))
      deepEqual(await told(), [...before, `opt_out ${LATER}`].sort())
    })

    await t.test('whoever is late tells nothing that was withdrawn meanwhile', async () => {
      // Sound: 16 bytes in hex.
      const key = '00'.repeat(16) as IdentityKey
      const claim = (cell: string, number: number, verb: 'opt_out' | 'opt_in') =>
        claimTellings(database, cell, number, [{ about: 'one', key, verb }])
      const [own, anew] = [[{ about: 'one', isAnew: false }], [{ about: 'one', isAnew: true }]]
      deepEqual([await claim('1', 4, 'opt_in'), await claim('0', 5, 'opt_out')], [own, own])
      deepEqual([await claim('1', 5, 'opt_out'), await claim('1', 6, 'opt_in')], [[], []])
      deepEqual([await claim('0', 6, 'opt_in'), await claim('0', 6, 'opt_in')], [own, own])
      deepEqual([await claim('1', 5, 'opt_out'), await claim('0', 5, 'opt_out')], [[], []])
      deepEqual([await claim('1', 7, 'opt_out'), await claim('0', 8, 'opt_in')], [anew, []])
    })
  })
})

function config(origin: string) {
  return {
    gateway: { notices: { within_minutes: 0, retry_seconds: 1 } },
    contracts: [
      webhookContract('acme', origin, {
        ...{ notify: { opt_out: 'on', deletion: 'on' }, share: { advertising_id: 'pass' } },
        when_restricted: { send: 'nothing' },
        connection: {
          ...{ url: `${origin}/hooks`, batch: true, notices: { url: `${origin}/privacy` } },
          signature: { header: 'X-Signature', key: { file: import.meta.filename } },
        },
      }),
    ],
  }
}

async function buy({ data, ...cell }: Addresses, userId: string, advertisingId: string): Promise<void> {
  const context = { device: { type: 'ios', advertisingId, adTrackingEnabled: true, attTrackingStatus: 3 } }
  const body = JSON.stringify({ batch: [purchase({ userId }, context)] })
  equal((await fetch(`${data}/v1/batch`, { method: 'POST', headers: HEADERS, body })).status, 200)
  await settled({ data, ...cell })
}

async function choose(folder: TestFolder, cell: Addresses, user: string, optOut: boolean): Promise<void> {
  const { handle } = await asStaff(folder, cell, 'subjects/lookup', { identities: { user } })
  await asStaff(folder, cell, `subjects/${handle}/choices`, { opt_out: optOut }, { method: 'PUT' })
}

/** What the partner was told, in order of the text, once no cell has anything left to tell. */
function toldOnceAll(
  database: Connection,
  folders: readonly TestFolder[],
  cells: readonly Addresses[],
  { received }: TestPartner,
): () => Promise<readonly string[]> {
  const isPlanned = async (): Promise<boolean> => {
    for (const [index, cell] of cells.entries())
      if ((await asStaff(folders[index]!, cell, 'notices/counts')).to_plan > 0) return false
    return true
  }
  const isTakenOver = async (): Promise<boolean> =>
    (await database.query('SELECT cell FROM choices_to_tell')).length === 0
  const haveEnded = async (): Promise<boolean> => {
    for (const [index, cell] of cells.entries()) {
      const { items } = await asStaff(folders[index]!, cell, 'notices/counts')
      const open = ['waiting', 'trying', 'polling']
      if (items.some(({ state }: { readonly state: string }) => open.includes(state))) return false
    }
    return true
  }
  return () =>
    until('every cell to have told what it has to', async () => {
      // Each of these leaves its work to the next.
      const isDone = (await isPlanned()) && (await isTakenOver()) && (await isPlanned()) && (await haveEnded())
      return isDone && received.flatMap(textOf).sort()
    })
}

function textOf({ path, body }: TestPartner['received'][number]): readonly string[] {
  if (path !== '/privacy') return []
  const { verb, identifier } = JSON.parse(body)
  return [`${verb} ${identifier.value}`]
}
