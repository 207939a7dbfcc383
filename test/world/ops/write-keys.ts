/** A write key decides whose events a partner hears of: moving one is a widening. NIST SP 800-53 AC-3(2). */
import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { type Office, openOffice } from '../harness/people.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const APPS = [
  { id: 'messenger-ios', name: 'iOS', write_keys: ['ios-write-key'], retired_keys: ['old-ios-write-key'] },
  { id: 'messenger-android', name: 'Android', write_keys: ['android-write-key'] },
]
const open = (world: World): Promise<Office> =>
  openOffice(world, { contracts: [webhookContract('one', 'http://127.0.0.1:9')], apps: APPS })
const apps = (index: number, key: string, value: readonly string[]) => ({
  file: 'apps.yaml',
  path: ['apps', index, key],
  value,
})
const live = async (office: Office): Promise<number> => (await office.as('E', '/api/v1/revisions/live')).body.revision

async function waits(office: Office, edits: readonly object[]): Promise<void> {
  const { status, body } = await office.publish('E', { edits, reason: 'x' })
  notStrictEqual(body.result, 'published', JSON.stringify(body))
  strictEqual(status === 202 || status >= 400, true, `${status}`)
  strictEqual(await live(office), 1)
}

export const world: WorldCase = {
  source: 'docs/publishing.md: more needs a reason and another person; NIST SP 800-53 AC-3(2)',
  faults: {
    'key-move-api': async (world) => {
      const moved = apps(0, 'write_keys', ['ios-write-key', 'android-write-key'])
      await waits(await open(world), [moved, apps(1, 'write_keys', [])])
    },
    'key-move-file': async (world) => {
      const office = await open(world)
      await office.edit('apps.yaml', (text) =>
        text
          .replace('- android-write-key', '- fresh-write-key')
          .replace('- ios-write-key', '- ios-write-key\n      - android-write-key'),
      )
      const { body } = await office.as('E', '/api/v1/reload', { method: 'POST' })
      deepStrictEqual([body.changed, typeof body.waiting], [false, 'number'])
    },
    'key-unretire': async (world) => {
      const back = apps(0, 'write_keys', ['ios-write-key', 'old-ios-write-key'])
      await waits(await open(world), [back, apps(0, 'retired_keys', [])])
    },
  },
  neighbours: {
    'a key that nobody has used yet, and one that is retired, are one person’s edits': async (world) => {
      const office = await open(world)
      const fresh = await office.publish('E', { edits: [apps(0, 'write_keys', ['ios-write-key', 'fresh-write-key'])] })
      strictEqual(fresh.body.result, 'published')
      const retired = [
        apps(0, 'write_keys', ['fresh-write-key']),
        apps(0, 'retired_keys', ['old-ios-write-key', 'ios-write-key']),
      ]
      strictEqual((await office.publish('E', { edits: retired })).body.result, 'published')
    },
  },
}
