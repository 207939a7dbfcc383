/** Whoever wrote any of a change does not approve it: GitHub's "approval by someone other than the last pusher"; SP 800-53 AC-5. */
import { ok, strictEqual } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import { type Office, openOffice } from '../harness/people.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const FILE = 'partners/one.yaml'
const CONTRACTS = [webhookContract('one', 'http://127.0.0.1:9')]
const open = (world: World): Promise<Office> => openOffice(world, { contracts: CONTRACTS })
const share = (name: string, value: unknown) => ({ file: FILE, path: ['share', name], value })
const widen = (text: string): string => text.replace('share:\n', 'share:\n  locale: pass\n')
const approve = (office: Office, person: 'A' | 'B', number: number) =>
  office.as(person, `/api/v1/proposals/${number}/approve`, { method: 'POST', body: {} })

/** B asks, something small goes live, E makes it anew. */
async function rebased(office: Office): Promise<number> {
  const asked = await office.publish('B', { edits: [share('email', 'pass')], reason: 'x' })
  strictEqual(asked.status, 202, asked.text)
  strictEqual((await office.publish('E', { edits: [share('ip', [16, 48])] })).body.result, 'published')
  const anew = await office.as('E', `/api/v1/proposals/${asked.body.proposal}/rebase`, { method: 'POST' })
  strictEqual(anew.status, 202, anew.text)
  return anew.body.proposal
}
async function handedIn(office: Office): Promise<number> {
  await office.edit(FILE, widen)
  return (await office.as('B', '/api/v1/reload', { method: 'POST' })).body.waiting
}

export const world: WorldCase = {
  source: 'NIST SP 800-53 AC-5; GitHub and GitLab: prevent approvals by users who add commits',
  faults: {
    'four-eyes-rebase': async (world) => {
      const office = await open(world)
      strictEqual((await approve(office, 'B', await rebased(office))).status, 403)
    },
    'four-eyes-rebase-record': async (world) => {
      const office = await open(world)
      const { id: b } = (await office.as('B', '/api/v1/me')).body
      const number = await rebased(office)
      strictEqual((await approve(office, 'A', number)).status, 200)
      ok(JSON.stringify((await office.as('A', '/api/v1/revisions/live')).body).includes(b))
    },
    'four-eyes-files': async (world) => {
      const office = await open(world)
      strictEqual((await approve(office, 'B', await handedIn(office))).status, 403)
    },
    'four-eyes-files-bootstrap': async (world) => {
      const gateway = await world.gateway({ contracts: CONTRACTS })
      const path = join(gateway.config, FILE)
      await writeFile(path, widen(await readFile(path, 'utf8')))
      const { body } = await gateway.staff('/api/v1/reload', { method: 'POST' })
      const own = await gateway.staff(`/api/v1/proposals/${body.waiting}/approve`, { method: 'POST', body: {} })
      strictEqual(own.status, 403)
    },
    'four-eyes-named-tokens': async (world) => {
      const gateway = await world.gateway({ contracts: CONTRACTS })
      const flags = ['--control', gateway.controlUrl, '--token-file', join(gateway.data, 'keys', 'staff.token')]
      const give = async (name: string, roles: string): Promise<string> => {
        const { code, out, err } = await world.sluice(['token', 'add', name, '--roles', roles, ...flags])
        strictEqual(code, 0, err)
        return `Bearer ${out}`
      }
      const [ann, ben] = [await give('ann', 'editor,approver'), await give('ben', 'approver')]
      const asked = await gateway.staff('/api/v1/publish', {
        method: 'POST',
        headers: { authorization: ann, 'if-match': '"1"' },
        body: { edits: [share('email', 'pass')], reason: 'x' },
      })
      const path = `/api/v1/proposals/${asked.body.proposal}/approve`
      const approveAs = async (authorization: string): Promise<number> =>
        (await gateway.staff(path, { method: 'POST', body: {}, headers: { authorization } })).status
      strictEqual(await approveAs(ann), 403)
      strictEqual(await approveAs(ben), 200)
    },
  },
  neighbours: {
    'another person approves what was made anew, and what was handed in': async (world) => {
      const office = await open(world)
      strictEqual((await approve(office, 'A', await rebased(office))).status, 200)
      strictEqual((await approve(office, 'A', await handedIn(office))).status, 200)
    },
    'nobody approves what they asked for themselves': async (world) => {
      const office = await open(world)
      const asked = await office.publish('B', { edits: [share('email', 'pass')], reason: 'x' })
      strictEqual((await approve(office, 'B', asked.body.proposal)).status, 403)
    },
  },
}
