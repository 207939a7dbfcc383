/** Names that no contract names, through a whole gateway: asked about, ignored, blocked, granted, kept. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { startGateway } from '../../src/gateway/gateway.ts'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'

const MARKER = 'ann.of.the.inbox@mail.example'

const APP = { id: 'messenger-ios', name: 'Messenger', platform: 'ios', write_keys: [WRITE_KEY] }

async function houseOf(t: TestContext, test = true): Promise<House> {
  const { house } = await startHouse(t, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin)],
    apps: [test ? { ...APP, test } : APP],
  }))
  return house
}

const coupon = (user: string, more: object = {}) =>
  purchase({
    userId: user,
    messageId: `m ${[...user].reverse().join('')}`,
    properties: { revenue: 1, coupon: MARKER, ...more },
  })
const waiting = async (house: House) => (await house.staff('GET', '/api/v1/inbox?state=waiting')).body.items

async function filesOf(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile())
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
  return texts.join('\n')
}

describe('the inbox of a gateway', () => {
  test('a test app’s new name is asked about at once, without its value; status and metrics say so', async (t) => {
    const house = await houseOf(t)
    equal((await house.send([coupon('u-1', { [MARKER]: 1 })])).status, 200)
    const [item, ...others] = await waiting(house)
    deepEqual(
      [item.event, item.name, item.kind, item.count, item.partners, item.hint, others.length],
      ['Order Completed', 'coupon', 'property', 1, ['acme'], '', 0],
    )
    deepEqual((await house.staff('GET', '/api/v1/status')).body.inbox, { waiting: 1 })
    match(String((await house.staff('GET', '/metrics')).body), /^sluice_inbox_names_waiting 1$/m)
  })

  test('any other app’s name is asked about after twenty people, wherever its events go', async (t) => {
    const house = await houseOf(t, false)
    const people = Array.from({ length: 19 }, (_, index) => coupon(`u-${index}`))
    await house.send(people)
    await house.send(people)
    deepEqual(await waiting(house), [])
    await house.send(Array.from({ length: 21 }, (_, index) => coupon(`v-${index}`)))
    deepEqual(
      (await waiting(house)).map(({ name }: { name: string }) => name),
      ['coupon'],
    )
  })

  test('what is ignored stays ignored over a restart, by whom; no value and no person is in any of it', async (t) => {
    const house = await houseOf(t)
    await house.send([coupon('u-of-nobody-else', { gift: 1 })])
    const [first, second] = await waiting(house)
    const said = await house.staff('PUT', `/api/v1/inbox/${first.id}`, { state: 'ignored' })
    deepEqual([said.status, said.body.state], [200, 'ignored'])
    await house.gateway.stop()
    const kept = await readFile(join(house.folder.data, 'inbox.json'), 'utf8')
    for (const text of [MARKER, 'u-of-nobody-else']) ok(!kept.includes(text), text)
    ok(!(await filesOf(join(house.folder.data, 'ledger'))).includes('coupon'))
    const again = await startGateway({ configFolder: house.folder.config })
    try {
      const token = (await readFile(join(house.folder.data, 'keys', 'staff.token'), 'utf8')).trim()
      const answered = await fetch(`${again.controlUrl}/api/v1/inbox`, {
        headers: { authorization: `Bearer ${token}` },
      })
      const { items, names } = (await answered.json()) as {
        items: { id: number; state: string; by?: string; at?: string }[]
        names: Record<string, string>
      }
      deepEqual(
        items.map(({ id, state }) => [id, state]),
        [
          [first.id, 'ignored'],
          [second.id, 'waiting'],
        ],
      )
      ok(items[0]?.by !== undefined && items[0].at !== undefined && names[items[0].by] !== undefined)
    } finally {
      await again.stop()
    }
  })

  test('a blocked name is granted by no edit, no file and no approval, until somebody takes it back', async (t) => {
    const house = await houseOf(t)
    await house.send([coupon('u-1')])
    const [{ id }] = await waiting(house)
    await house.staff('PUT', `/api/v1/inbox/${id}`, { state: 'blocked' })
    const { headers } = await house.staff('GET', '/api/v1/partners/acme')
    const edit = (state: string) =>
      house.staff(
        'POST',
        '/api/v1/publish',
        {
          edits: [
            { file: 'partners/acme.yaml', path: ['events', 'Order Completed', 'properties', state], value: 'code' },
          ],
          reason: 'a campaign',
        },
        { 'if-match': String(headers.etag) },
      )
    const refused = await edit('coupon')
    deepEqual([refused.status, refused.body.code], [409, 'ERR_NAME_BLOCKED'], JSON.stringify(refused.body))
    deepEqual(refused.body.names, [{ app: 'messenger-ios', event: 'Order Completed', name: 'coupon' }])
    // Another name is nobody's concern.
    equal((await edit('shade')).status, 202)
    const file = join(house.folder.config, 'partners', 'acme.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('revenue: value', 'revenue: value\n      coupon: code'))
    const reloaded = await house.gateway.reload()
    ok(reloaded.ok && reloaded.waiting !== undefined, JSON.stringify(reloaded))
    const approve = () => house.staff('POST', `/api/v1/proposals/${reloaded.waiting}/approve`, {})
    const approval = await approve()
    deepEqual([approval.status, approval.body.code], [409, 'ERR_NAME_BLOCKED'])
    await house.staff('PUT', `/api/v1/inbox/${id}`, { state: 'waiting' })
    equal((await approve()).status, 200)
    const { items } = (await house.staff('GET', '/api/v1/inbox')).body
    deepEqual(
      items.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [['coupon', 'granted']],
    )
  })

  test('a damaged inbox.json is no start: what was blocked is not known', async (t) => {
    const house = await houseOf(t)
    await house.gateway.stop()
    await writeFile(join(house.folder.data, 'inbox.json'), '{"next":')
    await startGateway({ configFolder: house.folder.config }).then(
      () => ok(false, 'it started'),
      (error: Error) => match(error.message, /inbox\.json: is damaged, so nobody knows which names were blocked/),
    )
  })

  test('sluice inbox: listed, ignored, blocked; a backup holds it', async (t) => {
    const house = await houseOf(t)
    await house.send([coupon('u-1', { gift: 1 })])
    const flags = [
      '--control',
      house.gateway.controlUrl,
      '--token-file',
      join(house.folder.data, 'keys', 'staff.token'),
    ]
    const [first, second] = await waiting(house)
    const listed = await sluice(['inbox', 'list', ...flags])
    match(listed.out, /messenger-ios {2}Order Completed: coupon {2}1 since .*, waiting; could go to acme/)
    equal((await sluice(['inbox', 'ignore', String(first.id), ...flags])).out, '1 ignored')
    equal((await sluice(['inbox', 'block', String(second.id), ...flags])).out, '1 blocked')
    const none = await sluice(['inbox', 'block', '4711', ...flags])
    equal(none.code, 1)
    match(none.err, /4711: .*ERR_NOT_FOUND/)
    equal((await sluice(['inbox', 'list', ...flags])).out, 'no names')
    const target = join(house.folder.root, 'backup')
    const made = await sluice(['backup', target, '--data', house.folder.data])
    equal(made.code, 0, made.err)
    match(await readFile(join(target, 'inbox.json'), 'utf8'), /"state":"blocked"/)
  })
})
