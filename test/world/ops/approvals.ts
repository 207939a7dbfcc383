/** An approver reads everything that a change lets through. NIST SP 800-53 CM-4: impact before approval. */
import { ok, strictEqual } from 'node:assert/strict'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { webhookContract } from '../../support/config-folder.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const ADDRESS = 'https://collect.unknown-host.example/hooks/in?x=1'
const NEW = webhookContract('fresh', 'http://127.0.0.1:9', {
  purposes: ['advertising', 'measurement'],
  countries: ['US', 'SG'],
  events: { 'Order Completed': { as: 'purchase', properties: { gift_wording: 'gift', coupon_code: 'coupon' } } },
  connection: { url: ADDRESS, batch: true },
})
const STAGED = [{ file: 'partners/one.yaml', path: ['share', 'user_id'], value: 'pseudonym' }]

const open = (world: World) => world.gateway({ contracts: [webhookContract('one', 'http://127.0.0.1:9')] })
async function propose(gateway: Served, body: object): Promise<number> {
  const { body: live } = await gateway.staff('/api/v1/revisions/live')
  const headers = { 'if-match': `"${live.revision}"` }
  const asked = await gateway.staff('/api/v1/publish', { method: 'POST', headers, body: { reason: 'x', ...body } })
  strictEqual(asked.status, 202, asked.text)
  return asked.body.proposal
}
const proposeNew = (gateway: Served) => propose(gateway, { files: { 'partners/fresh.yaml': stringify(NEW) } })
async function toldOfNew(world: World, ...words: readonly string[]): Promise<void> {
  const gateway = await open(world)
  const { text } = await gateway.staff(`/api/v1/proposals/${await proposeNew(gateway)}`)
  for (const word of words) ok(text.includes(word), word)
}
const shown = async (world: World, gateway: Served, number: number): Promise<string> => {
  const token = join(gateway.data, 'keys', 'staff.token')
  const flags = ['--control', gateway.controlUrl, '--token-file', token]
  return (await world.sluice(['proposals', 'show', String(number), ...flags])).out
}

export const world: WorldCase = {
  source: 'NIST SP 800-53 CM-4: an approval of what is not shown is none',
  faults: {
    'approval-new-properties': (world) => toldOfNew(world, 'gift_wording', 'coupon_code'),
    'approval-new-address': (world) => toldOfNew(world, ADDRESS),
    'approval-new-role-purpose': (world) => toldOfNew(world, 'third_party', 'advertising'),
    'approval-countries': (world) => toldOfNew(world, 'SG'),
    'approval-cli': async (world) => {
      const gateway = await open(world)
      const out = await shown(world, gateway, await proposeNew(gateway))
      for (const word of ['gift_wording', 'coupon_code', ADDRESS, 'third_party', 'advertising', 'SG'])
        ok(out.includes(word), word)
    },
    'approval-percent': async (world) => {
      const gateway = await open(world)
      const { body } = await gateway.staff(
        `/api/v1/proposals/${await propose(gateway, { percent: 15, edits: STAGED })}`,
      )
      ok(/15 ?%/.test(body.words), body.words)
    },
    'approval-percent-cli': async (world) => {
      const gateway = await open(world)
      ok(/15 ?%/.test(await shown(world, gateway, await propose(gateway, { percent: 15, edits: STAGED }))))
    },
    'partner-share-words': async (world) => {
      const gateway = await open(world)
      const { body } = await gateway.staff('/api/v1/partners/one')
      strictEqual(body.partner.share.advertising_id, 'pass')
    },
  },
  neighbours: {
    'a property added to a partner that is there is named': async (world) => {
      const gateway = await open(world)
      const edit = {
        file: 'partners/one.yaml',
        path: ['events', 'Order Completed', 'properties', 'coupon_code'],
        value: 'c',
      }
      const { text } = await gateway.staff(`/api/v1/proposals/${await propose(gateway, { edits: [edit] })}`)
      ok(text.includes('coupon_code'))
    },
  },
}
