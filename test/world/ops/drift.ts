/** Two truths and no comparison: files, what is live, and what was granted for a time or a share. */
import { notStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import { until } from '../../support/until.ts'
import { type Office, openOffice } from '../harness/people.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const FILE = 'partners/one.yaml'
const edits = (name: string, value: unknown) => [{ file: FILE, path: ['share', name], value }]
const open = (world: World): Promise<Office> =>
  openOffice(world, { contracts: [webhookContract('one', 'http://127.0.0.1:9')] })
async function grant(office: Office, body: object): Promise<void> {
  const asked = await office.publish('E', { reason: 'x', ...body })
  strictEqual(asked.status, 202, asked.text)
  const path = `/api/v1/proposals/${asked.body.proposal}/approve`
  strictEqual((await office.as('A', path, { method: 'POST', body: {} })).status, 200)
}
const revision = async (office: Office): Promise<number> =>
  (await office.as('E', '/api/v1/revisions/live')).body.revision
const metrics = async (office: Office): Promise<string> => (await office.gateway.staff('/metrics')).text

async function lapsed(world: World): Promise<Office> {
  const office = await open(world)
  const end = Date.now() + 8_000
  await grant(office, { until: new Date(end).toISOString(), edits: edits('locale', 'pass') })
  await until('it to lapse', async () => Date.now() > end && (await revision(office)) === 3)
  return office
}
async function atZero(world: World): Promise<Office> {
  const office = await open(world)
  await grant(office, { percent: 50, edits: edits('user_id', 'pseudonym') })
  const headers = { 'if-match': `"${await revision(office)}"` }
  strictEqual(
    (await office.as('E', '/api/v1/partners/one/rollout', { method: 'PUT', headers, body: { percent: 0 } })).status,
    200,
  )
  return office
}
async function isTold(office: Office, why: string): Promise<void> {
  ok((await metrics(office)).includes(`sluice_config_drift_files{why="${why}"} 1`))
  ok((await office.as('E', '/api/v1/status')).text.includes(`"${why}"`))
}

export const world: WorldCase = {
  source: 'decK diff, and every tool that compares a declared state with a live one; docs/publishing.md',
  faults: {
    'drift-zero-until': async (world) => {
      const office = await atZero(world)
      const until = '2031-02-03T04:05:06Z'
      const asked = await office.publish('E', { until, reason: 'x', edits: edits('locale', 'pass') })
      const live = await office.as('E', '/api/v1/partners/one')
      ok(asked.status >= 400 || `${asked.text}${live.text}`.includes('2031-02-03'), asked.text)
    },
    'drift-lapse-told': async (world) => isTold(await lapsed(world), 'lapsed'),
    'drift-lapse-reload': async (world) => {
      const office = await lapsed(world)
      const { body } = await office.as('E', '/api/v1/reload', { method: 'POST' })
      strictEqual(body.waiting, undefined)
    },
    'drift-zero-told': async (world) => isTold(await atZero(world), 'staged'),
    'drift-reload-failed': async (world) => {
      const office = await open(world)
      await writeFile(join(office.gateway.config, 'apps.yaml'), 'apps: [')
      strictEqual((await office.as('E', '/api/v1/reload', { method: 'POST' })).status, 422)
      ok((await metrics(office)).includes('sluice_config_reload_ok 0'))
    },
    'drift-hup-failed': async (world) => {
      const office = await open(world)
      await writeFile(join(office.gateway.config, 'apps.yaml'), 'apps: [')
      process.kill(office.gateway.pid, 'SIGHUP')
      await until('the metric to say so', async () => (await metrics(office)).includes('sluice_config_reload_ok 0'))
    },
    'drift-proposals-seen': async (world) => {
      const office = await open(world)
      strictEqual((await office.publish('E', { reason: 'x', edits: edits('email', 'pass') })).status, 202)
      ok((await metrics(office)).includes('sluice_proposals_waiting 1'))
    },
    'reload-restart': async (world) => {
      const office = await open(world)
      await office.edit('gateway.yaml', (text) => text.replace('log_level: error', 'log_level: warn'))
      const { text } = await office.as('E', '/api/v1/reload', { method: 'POST' })
      ok(text.includes('restart'), text)
    },
  },
  neighbours: {
    'files that say what is live are read without a word': async (world) => {
      const office = await open(world)
      const { status, body } = await office.as('E', '/api/v1/reload', { method: 'POST' })
      strictEqual(status, 200)
      strictEqual(JSON.stringify(body), '{"ok":true,"revision":1,"changed":false}')
    },
    'a grant without an end stays': async (world) => {
      const office = await open(world)
      await grant(office, { edits: edits('locale', 'pass') })
      notStrictEqual(await revision(office), 1)
    },
  },
}
