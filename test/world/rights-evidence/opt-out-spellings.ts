/** An acknowledged opt-out that matches nobody, and one that is in force on a part. */
import { strictEqual } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { TestPartner } from '../../support/partner.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const ID = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const OTHER = '7D92078A-8246-4BA4-AE5B-76104861E7AA'
const wide = (text: string): string =>
  [...text].map((one) => (one === '-' ? one : String.fromCodePoint(one.codePointAt(0)! + 0xfee0))).join('')

let count = 0
const purchase = (advertisingId: string, more: object = {}): object => ({
  type: 'track',
  event: 'Order Completed',
  messageId: `m-${++count}`,
  anonymousId: `a-${count}`,
  context: {
    device: { type: 'ios', advertisingId, attTrackingStatus: 3 },
    os: { name: 'iOS', version: '17.5' },
    location: { country: 'US', region: 'TX' },
  },
  ...more,
})

async function serving(world: World): Promise<{ gateway: Served; partner: TestPartner; leaves(id: string): boolean }> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('slowads', partner.origin)] })
  return { gateway, partner, leaves: (id) => partner.received.some(({ body }) => body.includes(id)) }
}

async function isMatchedOrRefused(world: World, spelling: string): Promise<void> {
  const { gateway, leaves } = await serving(world)
  const body = { identities: { advertising_id: spelling }, opt_out: true }
  const { status } = await gateway.call('/v1/me/choices', { method: 'PUT', body })
  strictEqual(status === 200 || status === 422, true, String(status))
  await gateway.send([purchase(ID), purchase(OTHER)])
  await gateway.settled()
  strictEqual(leaves(OTHER), true)
  strictEqual(status === 200 && leaves(ID), false, 'told that it holds, and it does not')
}

async function imported(
  world: World,
  text: string,
): Promise<{ stored: number; refused: number; problems: { line: number; problem: string }[] }> {
  const { gateway } = await serving(world)
  const { body } = await gateway.staff('/api/v1/choices/import', {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'text/csv' },
  })
  return body
}
const line = (kind: string, value: string): string =>
  `kind,value,denies,at,said_by\n${kind},${value},,,crm\nuser,u-17,,,crm\n`

async function isRefused(world: World, kind: string, value: string): Promise<void> {
  const { stored, refused, problems } = await imported(world, line(kind, value))
  strictEqual(`${stored} ${refused}`, '1 1')
  strictEqual(problems[0]?.line, 2)
  strictEqual(JSON.stringify(problems).includes(value), false, 'the value is not repeated')
}

async function acknowledgedForAll(world: World, devices: number): Promise<void> {
  const { gateway, leaves, partner } = await serving(world)
  const idOf = (index: number): string => `6D92078A-8246-4BA4-AE5B-${String(index).padStart(12, '0')}`
  const all = Array.from({ length: devices }, (_, index) => idOf(index))
  for (let start = 0; start < devices; start += 100)
    await gateway.send(
      all.slice(start, start + 100).map((id) => purchase(id, { userId: 'u-1', anonymousId: undefined })),
    )
  await gateway.settled()
  partner.received.length = 0
  const { status } = await gateway.call('/v1/me/choices', {
    method: 'PUT',
    body: { identities: { user: 'u-1' }, opt_out: true },
  })
  strictEqual(status === 200 || status === 503 || status === 202, true, String(status))
  if (status !== 200) return
  await gateway.send(all.map((id) => purchase(id)))
  await gateway.settled()
  strictEqual(all.filter((id) => leaves(id)).length, 0)
}

export const world: WorldCase = {
  source: 'RFC 9562, 4 (text form of UUIDs); Unicode NFKC; Cal. Code Regs. tit. 11, § 7026',
  faults: {
    'F4-braces': (world) => isMatchedOrRefused(world, `{${ID}}`),
    'F4-spaces': (world) => isMatchedOrRefused(world, ID.replaceAll('-', ' ')),
    'F4-en-dash': (world) => isMatchedOrRefused(world, ID.replaceAll('-', '\u2013')),
    'F4-fours': (world) => isMatchedOrRefused(world, ID.replaceAll('-', '').match(/.{4}/g)!.join('-')),
    'F4-zero-width': (world) => isMatchedOrRefused(world, `\u200b${ID}`),
    'F4-wide': (world) => isMatchedOrRefused(world, wide(ID)),
    'F4-import-cli': async (world) => {
      const { gateway, leaves } = await serving(world)
      const file = join(gateway.folder.root, 'opt-outs.csv')
      await writeFile(file, `kind,value\nadvertising_id,{${ID}}\n`)
      const token = join(gateway.data, 'keys', 'staff.token')
      const ran = await world.sluice([
        'choices',
        'import',
        file,
        '--control',
        gateway.controlUrl,
        '--token-file',
        token,
      ])
      await gateway.send([purchase(ID)])
      await gateway.settled()
      strictEqual(ran.code === 0 && leaves(ID), false, ran.out)
    },
    'F4-import-na': (world) => isRefused(world, 'advertising_id', 'N/A'),
    'F4-import-hash': (world) =>
      isRefused(world, 'advertising_id', '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8'),
    'F4-import-short': (world) => isRefused(world, 'advertising_id', ID.slice(0, -1)),
    'F4-import-undefined': (world) => isRefused(world, 'user', 'undefined'),
    'F4-import-null': (world) => isRefused(world, 'user', 'null'),
    'F16-account': (world) => acknowledgedForAll(world, 300),
  },
  neighbours: {
    'plain spellings are matched': async (world) => {
      for (const spelling of [ID, ID.toLowerCase(), ID.replaceAll('-', '')]) {
        const { gateway, leaves } = await serving(world)
        const body = { identities: { advertising_id: spelling }, opt_out: true }
        strictEqual((await gateway.call('/v1/me/choices', { method: 'PUT', body })).status, 200)
        await gateway.send([purchase(ID), purchase(OTHER)])
        await gateway.settled()
        strictEqual(`${leaves(ID)} ${leaves(OTHER)}`, 'false true')
      }
    },
    'good lines are stored': async (world) => {
      const { stored, refused } = await imported(world, line('advertising_id', ID.toLowerCase()))
      strictEqual(`${stored} ${refused}`, '2 0')
    },
    'Android ids and hashes that SDKs make are vendor ids': async (world) => {
      const text =
        'kind,value\nvendor_id,a3f9c2d1e0b74a15\nvendor_id,5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8\n'
      strictEqual((await imported(world, text)).stored, 2)
    },
    'an account with a few devices': (world) => acknowledgedForAll(world, 20),
  },
}
