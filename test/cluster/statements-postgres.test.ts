/** A person's statement where their events lie in several cells: whoever is asked asks them all. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Addresses } from '../faults/gateway-process.ts'
import type { TestFolder } from '../support/config-folder.ts'
import { purchase } from '../support/purchase.ts'
import { asStaff, HEADERS, settled, skip, startCells, useServer } from './gateways.ts'

/** Of 24 users all are one cell's once in eight million runs, since keys are drawn. */
const USERS = Array.from({ length: 24 }, (_, index) => `user-${index}`)
/** One device, on which all of them were logged in. */
const ADVERTISING_ID = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const CONTEXT = { device: { type: 'ios', advertisingId: ADVERTISING_ID, attTrackingStatus: 3 } }

interface Disclosure {
  readonly id: string
  readonly cell: string
}

describe('a statement over cells', { skip }, () => {
  const prepared = useServer()

  test('is whole at either, page by page, and names a cell that does not answer', async (t) => {
    const { folders } = await prepared(t, 'statements', { internal: {} })
    const [a, b] = await startCells(folders)
    const cells = [await a.ready, await b.ready] as const
    for (const [index, userId] of USERS.entries()) {
      const body = JSON.stringify({ batch: [purchase({ userId }, CONTEXT)] })
      equal((await fetch(`${cells[index % 2]!.data}/v1/batch`, { method: 'POST', headers: HEADERS, body })).status, 200)
    }
    for (const cell of cells) await settled(cell)
    const kept = [await accepted(folders[0]!, cells[0]), await accepted(folders[1]!, cells[1])]
    ok(kept[0]! > 0 && kept[1]! > 0, 'each cell owns somebody')

    const device = { advertising_id: ADVERTISING_ID }
    const whole = await statement(folders[0]!, cells[0], device)
    const { disclosures, recipients, missing, next } = whole
    deepEqual([missing, next, recipients.map(sent)], [undefined, undefined, [['acme', USERS.length]]])
    deepEqual([ofCell(disclosures, '0').length, ofCell(disclosures, '1').length], kept)
    const elsewhere = await statement(folders[1]!, cells[1], device)
    deepEqual(idsOf(elsewhere.disclosures).toSorted(), idsOf(disclosures).toSorted())

    await t.test('gives each disclosure once, however small its pages', async () => {
      const ids: string[] = []
      for (let page = await statement(folders[0]!, cells[0], device, '?limit=5'); ; ) {
        ids.push(...idsOf(page.disclosures))
        if (page.next === undefined) break
        equal(page.disclosures.length, 5)
        page = await statement(folders[0]!, cells[0], device, `?limit=5&after=${page.next}`)
      }
      deepEqual(ids, idsOf(disclosures))
    })

    await t.test('says that staff saw it, wherever the person’s key is', async () => {
      // A user's own statement has what one cell keeps.
      const owners = new Set<string>()
      for (const user of USERS) {
        const { disclosures: own, staff_reads: reads } = await statement(folders[0]!, cells[0], { user })
        deepEqual(
          reads?.map(({ call }) => call).filter((call) => call === 'readDisclosures'),
          ['readDisclosures'],
        )
        equal(own.length, 1)
        owners.add(own[0]!.cell)
      }
      deepEqual([...owners].toSorted(), ['0', '1'])
    })

    await t.test('is marked where a cell is down', async () => {
      const first = await statement(folders[0]!, cells[0], device, '?limit=5')
      b.kill('SIGKILL')
      await b.ended
      const part = await statement(folders[0]!, cells[0], device)
      deepEqual(part.missing, ['1'])
      deepEqual(
        part.notes?.map(({ code }) => code).filter((code) => code === 'cells_missing'),
        ['cells_missing'],
      )
      deepEqual(idsOf(part.disclosures), idsOf(ofCell(disclosures, '0')))
      const rest = await statement(folders[0]!, cells[0], device, `?after=${first.next}`)
      deepEqual(rest.missing, ['1'])
      deepEqual(idsOf([...ofCell(first.disclosures, '0'), ...rest.disclosures]), idsOf(ofCell(disclosures, '0')))
    })
  })

  test('names all others where cells do not talk to each other', async (t) => {
    const { folders } = await prepared(t, 'apart')
    const [a] = await startCells(folders)
    deepEqual((await statement(folders[0]!, await a.ready, { user: 'ann' })).missing, ['1'])
  })
})

interface Statement {
  readonly disclosures: readonly Disclosure[]
  readonly recipients: readonly { readonly partner: string; readonly disclosures: number }[]
  readonly staff_reads?: readonly { readonly call: string }[]
  readonly notes?: readonly { readonly code: string }[]
  readonly missing?: readonly string[]
  readonly next?: string
}

async function statement(folder: TestFolder, cell: Addresses, identities: object, page = ''): Promise<Statement> {
  const { handle } = await asStaff(folder, cell, 'subjects/lookup', { identities })
  return asStaff(folder, cell, `subjects/${handle}/disclosures${page}`)
}

async function accepted(folder: TestFolder, cell: Addresses): Promise<number> {
  return (await asStaff(folder, cell, 'accounting')).events.accepted
}

function sent({ partner, disclosures }: Statement['recipients'][number]): readonly unknown[] {
  return [partner, disclosures]
}

function idsOf(disclosures: readonly Disclosure[]): readonly string[] {
  return disclosures.map(({ id }) => id)
}

function ofCell(disclosures: readonly Disclosure[], cell: string): readonly Disclosure[] {
  return disclosures.filter((one) => one.cell === cell)
}
