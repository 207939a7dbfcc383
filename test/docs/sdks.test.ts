/** docs/sdks.md: how SDKs are set up is what the console shows, and its commands do what they say. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { snippetsIn } from '../../src/console/build/write-snippets.ts'
import { filledIn } from '../../src/console/live/fill-in.ts'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { startHouse } from '../support/house.ts'

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'sdks.md'), 'utf8')
const SNIPPETS = snippetsIn(PAGE)
const canRun = ['curl', 'sh'].every((tool) => spawnSync(tool, ['--version']).error === undefined)

describe('docs/sdks.md', () => {
  test('has a snippet for each SDK, each with the key and the address that are filled in', () => {
    deepEqual(
      SNIPPETS.map(({ title }) => title),
      ['Segment, iOS', 'Segment, Android', 'Segment, browser', 'RudderStack, browser', 'A shell'],
    )
    for (const { title, text } of SNIPPETS) {
      const filled = filledIn(text, 'a-key-of-the-app', 'http://127.0.0.1:8080/')
      ok(filled.includes('a-key-of-the-app') && filled.includes('127.0.0.1:8080'), title)
      ok(!/WRITE_KEY|events\.example\.com|8080\/\/|https:/.test(filled), `${title}: ${filled}`)
      ok(filledIn(text, undefined, 'http://127.0.0.1:8080').includes('WRITE_KEY'), title)
    }
  })

  test('the command of a shell is accepted', { skip: canRun ? false : 'sh and curl are not here' }, async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    const { text } = SNIPPETS.find(({ title }) => title === 'A shell')!
    const { stdout } = await promisify(execFile)('sh', ['-c', filledIn(text, WRITE_KEY, house.gateway.dataUrl)])
    deepEqual(JSON.parse(stdout), { success: true })
    equal((await house.gateway.totals()).events.accepted, 1)
  })
})
