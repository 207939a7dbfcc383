/** A person's statement where their events lie in several cells: whoever is asked asks them all. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Addresses } from '../faults/gateway-process.ts'
import { type TestFolder, WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { AUDIENCE, createIssuer, ISSUER } from '../support/issuer.ts'
import type { TestPartner } from '../support/partner.ts'
import { purchase } from '../support/purchase.ts'
import { until } from '../support/until.ts'
import {
  askAgain,
  asStaff,
  type Erased,
  erase,
  HEADERS,
  settled,
  skip,
  startCell,
  startCells,
  useServer,
} from './gateways.ts'

/** Of 24 users all are one cell's once in eight million runs, since keys are drawn. */
const USERS = Array.from({ length: 24 }, (_, index) => `user-${index}`)
/** One device, on which all of them were logged in. */
const ADVERTISING_ID = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const OTHER_ID = 'AAAAAAAA-8246-4BA4-AE5B-76104861E7DC'

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
    await buy(cells, ADVERTISING_ID)
    const kept = [await accepted(folders[0]!, cells[0]), await accepted(folders[1]!, cells[1])]
    ok(kept[0]! > 0 && kept[1]! > 0, 'each cell owns somebody')

    const device = { advertising_id: ADVERTISING_ID }
    const whole = await statement(folders[0]!, cells[0], device)
    const { disclosures, recipients, missing, next } = whole
    deepEqual([missing, next, recipients.map(sent)], [undefined, undefined, [['acme', USERS.length]]])
    deepEqual([ofCell(disclosures, '0').length, ofCell(disclosures, '1').length], kept)
    const counts = () => asStaff(folders[0]!, cells[0], 'aggregates?by=partner&people=true')
    const group = { partner: 'acme', count: USERS.length, people: USERS.length }
    deepEqual(await counts(), { groups: [group] })
    equal((await fetch(`${cells[1].control}/healthz`)).headers.get('sluice-cell'), '1')
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
        const { disclosures: own, staff_reads: reads } = await statement(folders[0]!, cells[0], {
          user: `${user} of ${ADVERTISING_ID}`,
        })
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
      const left = { partner: 'acme', count: kept[0], people: kept[0] }
      deepEqual(await counts(), { groups: [left], missing: ['1'] })
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

  test('what one person or one officer asks to be erased is erased in every cell, and answered for all', async (t) => {
    const issuer = await createIssuer()
    const root = await mkdtemp(join(tmpdir(), 'sluice-issuer-'))
    t.after(() => rm(root, { recursive: true, force: true }))
    const jwks = join(root, 'jwks.json')
    await issuer.saveJwks(jwks)
    const users = { jwks, issuer: ISSUER, audience: AUDIENCE, claim: 'sub' }
    const { folders, partner } = await prepared(t, 'erased', {
      internal: {},
      config: (origin) => ({
        gateway: { notices: { within_minutes: 0, retry_seconds: 1 } },
        contracts: [
          webhookContract('acme', origin, {
            notify: { opt_out: 'off', deletion: 'on' },
            when_restricted: { send: 'nothing' },
            connection: {
              ...{ url: `${origin}/hooks`, batch: true, notices: { url: `${origin}/privacy` } },
              signature: { header: 'X-Signature', key: { file: jwks } },
            },
          }),
        ],
        apps: [{ id: 'messenger-ios', name: 'Messenger', platform: 'ios', write_keys: [WRITE_KEY], users }],
      }),
    })
    const [a, b] = await startCells(folders)
    const cells = [await a.ready, await b.ready] as const
    await buy(cells, ADVERTISING_ID)
    await buy(cells, OTHER_ID)
    const sentOf = (id: string) => statement(folders[0]!, cells[0], { advertising_id: id })
    const all = (await sentOf(ADVERTISING_ID)).disclosures
    equal(all.length, USERS.length)
    const eraseDevice = (id: string, despite = false) => erase(folders[0]!, cells[0], { advertising_id: id }, despite)
    const day = { from: '2026-01-01T00:00:00Z', to: '2126-01-01T00:00:00Z' }
    const hold = () => asStaff(folders[1]!, cells[1], 'ledger/holds', { reason: 'a case', ...day })
    const foresee = async (identities: object) => {
      const { handle } = await asStaff(folders[0]!, cells[0], 'subjects/lookup', { identities })
      return asStaff(folders[0]!, cells[0], `subjects/${handle}/erasure?accounts=include`)
    }

    /** What the partner was told so far, once the one notice of this erasure has arrived, whichever cell sent it. */
    const told = (erased: Erased): Promise<readonly string[]> =>
      until('the partner to be told', async () => {
        const notices = (await askAgain(cells[0], erased)).recipients[0]?.told
        if (notices?.some(({ state }) => state !== 'accepted') !== false) return undefined
        equal(notices.length, 1)
        return deletionsAt(partner)
      })

    await t.test('by a person’s own token, at the cell that does not keep their events', async () => {
      const mine = async (user: string, path: string, method = 'GET', accept = 'application/json', status = 200) => {
        const authorization = `Bearer ${await issuer.token({ subject: `${user} of ${ADVERTISING_ID}` })}`
        const answer = await fetch(`${cells[0].data}/v1/me/${path}`, { method, headers: { authorization, accept } })
        const body = await answer.text()
        equal(answer.status, status, body)
        return body
      }
      const statementOf = async (user: string): Promise<Statement> => JSON.parse(await mine(user, 'disclosures'))
      const { user, disclosure } = await until('one whom the other cell owns', async () => {
        for (const one of USERS) {
          const { disclosures } = await statementOf(one)
          if (disclosures[0]?.cell === '1') return { user: one, disclosure: disclosures[0] }
        }
        return undefined
      })
      ok((await mine(user, 'disclosures', 'GET', 'text/csv')).includes(disclosure.id))
      const { id } = await hold()
      equal(JSON.parse(await mine(user, 'erasure', 'POST', undefined, 409)).code, 'ERR_LEGAL_HOLD')
      const { keys, holds, recipients } = await foresee({ advertising_id: ADVERTISING_ID })
      deepEqual([keys, holds, recipients.map(sent)], [USERS.length, [id], [['acme', USERS.length]]])
      await asStaff(folders[0]!, cells[0], `ledger/holds/${id}`, undefined, { method: 'DELETE' })
      const erased: Erased = JSON.parse(await mine(user, 'erasure', 'POST'))
      deepEqual([erased.missing, erased.unfinished, erased.recipients.map(sent)], [undefined, undefined, [['acme', 1]]])
      equal(erased.keys_destroyed, 1)
      deepEqual((await statementOf(user)).disclosures, [])
      deepEqual((await askAgain(cells[1], erased)).recipients.map(sent), [['acme', 1]])
      deepEqual(await told(erased), [ADVERTISING_ID])
    })

    await t.test('by an officer: each partner is told once by each identifier', async () => {
      const whole = await eraseDevice(ADVERTISING_ID)
      deepEqual([whole.missing, whole.unfinished], [undefined, undefined])
      deepEqual(whole.recipients.map(sent), [['acme', USERS.length - 1]])
      equal(whole.keys_destroyed, USERS.length - 1)
      deepEqual(await told(whole), [ADVERTISING_ID, ADVERTISING_ID])
    })

    await t.test('where a cell is down: it is named until it has done its part', async () => {
      const left = (await sentOf(OTHER_ID)).disclosures
      equal(left.length, USERS.length)
      await hold()
      b.kill('SIGKILL')
      await b.ended
      // What it holds may be under the hold.
      deepEqual((await foresee({ advertising_id: OTHER_ID })).missing, ['1'])
      const { handle } = await asStaff(folders[0]!, cells[0], 'subjects/lookup', {
        identities: { advertising_id: OTHER_ID },
      })
      const body = { confirm: 'erase', accounts: 'leave' }
      const refused = await asStaff(folders[0]!, cells[0], `subjects/${handle}/erasure`, body, { refused: true })
      equal(refused.code, 'ERR_OWNER_UNAVAILABLE')
      const part = await eraseDevice(OTHER_ID, true)
      const here = ofCell(left, '0').length
      deepEqual([part.missing, part.unfinished, part.recipients.map(sent)], [['1'], ['1'], [['acme', here]]])
      equal(part.keys_destroyed, here)
      const asked = await askAgain(cells[0], part)
      deepEqual([asked.missing, asked.unfinished], [['1'], ['1']])
      equal((await concluded(folders[0]!, cells[0])).length, 2)
      const back = await startCell(folders[1]!).ready
      const done = await until('the cell to hear where the other one is', async () => {
        const answer = await askAgain(cells[0], part)
        equal(answer.unfinished, undefined)
        return answer.missing === undefined && answer
      })
      deepEqual([done.recipients.map(sent), done.keys_destroyed], [[['acme', USERS.length]], USERS.length])
      deepEqual((await askAgain(back, part)).recipients.map(sent), [['acme', USERS.length]])
      deepEqual((await eraseDevice(OTHER_ID, true)).recipients.map(sent), [['acme', USERS.length]])

      // Each request is on record where it was made, and each end once.
      deepEqual(await actions(folders[1]!, back, 'request', 'erasure'), [])
      equal((await actions(folders[0]!, cells[0], 'request', 'erasure')).length, 4)
      equal((await concluded(folders[0]!, cells[0])).length, 4)
      deepEqual(await concluded(folders[1]!, back), [])
      deepEqual(await told(part), [ADVERTISING_ID, ADVERTISING_ID, OTHER_ID])
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

function concluded(folder: TestFolder, cell: Addresses): Promise<readonly unknown[]> {
  return actions(folder, cell, 'control', 'erasure_concluded')
}

/** Records of this action in a cell's ledger. */
async function actions(folder: TestFolder, cell: Addresses, kind: string, action: string): Promise<readonly unknown[]> {
  const { items } = await asStaff(folder, cell, `disclosures?kind=${kind}&limit=500`)
  return items.filter((one: { readonly action?: unknown }) => one.action === action)
}

/** The advertising ids by which it was told of deletions. */
function deletionsAt({ received }: TestPartner): readonly string[] {
  return received.flatMap(({ path, body }) => (path === '/privacy' ? [JSON.parse(body).identifier.value] : []))
}

/** Every user once, on one device, at the cells by turns. */
async function buy(cells: readonly Addresses[], advertisingId: string): Promise<void> {
  const context = { device: { type: 'ios', advertisingId, attTrackingStatus: 3 } }
  for (const [index, user] of USERS.entries()) {
    const body = JSON.stringify({ batch: [purchase({ userId: `${user} of ${advertisingId}` }, context)] })
    const { data } = cells[index % cells.length]!
    equal((await fetch(`${data}/v1/batch`, { method: 'POST', headers: HEADERS, body })).status, 200)
  }
  for (const cell of cells) await settled(cell)
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
