/** The page of the ops API: its command runs, its configuration passes the check, its links lead somewhere. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { exec, spawnSync } from 'node:child_process'
import { cp, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse, parseDocument } from 'yaml'
import { loadConfig } from '../../src/contracts/load.ts'
import { STAFF_ROLES } from '../../src/model/actor.ts'
import { formatProblem } from '../../src/model/problem.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { startShipped } from '../support/shipped.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const hasCurl = spawnSync('curl', ['--version']).status === 0
const page = await readFile(join(ROOT, 'docs', 'control-api.md'), 'utf8')
const snippet = (language: string): string => new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? ''

describe('docs/control-api.md', () => {
  test('its command answers', { skip: hasCurl ? false : 'curl is not here' }, async (t) => {
    const shipped = await startShipped()
    t.after(() => shipped.stop())
    const command = snippet('sh')
      .replaceAll('http://127.0.0.1:8081', shipped.gateway.controlUrl)
      .replaceAll('data/keys/', `${shipped.data}/keys/`)
    const answer = await new Promise<string>((resolve, reject) =>
      exec(command, (error, stdout) => (error === null ? resolve(stdout) : reject(error))),
    )
    equal(JSON.parse(answer).closes, true)
  })

  test('its configuration is one that the check passes', async (t) => {
    const root = await temporaryFolder(t)
    await cp(join(ROOT, 'config'), root, { recursive: true })
    const file = join(root, 'gateway.yaml')
    const document = parseDocument(await readFile(file, 'utf8'))
    document.set('control', parse(snippet('yaml')).control)
    await writeFile(file, document.toString())
    const loaded = await loadConfig(root, partnerTypes(), Date.now())
    deepEqual(loaded.ok ? [] : loaded.problems.map(formatProblem), [])
  })

  test('it names every role, and links that are there', async () => {
    for (const role of STAFF_ROLES) ok(page.includes(`| \`${role}\` |`), role)
    const links = [...page.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = '']) => link)
    ok(links.length > 2)
    for (const link of links) await stat(join(ROOT, 'docs', link))
  })
})
