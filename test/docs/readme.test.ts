/** Every command and snippet of the README does what it says there. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { exec, spawn, spawnSync } from 'node:child_process'
import { cp, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, type TestContext, test } from 'node:test'
import { loadConfig } from '../../src/contracts/load.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { freePort } from '../support/free-port.ts'
import { type ShippedGateway, startShipped } from '../support/shipped.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const hasCurl = spawnSync('curl', ['--version']).status === 0
let snippets: readonly { readonly language: string; readonly text: string }[] = []

before(async () => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  snippets = [...readme.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
})
const snippet = (holding: string): string => {
  const found = snippets.filter(({ text }) => text.includes(holding))
  equal(found.length, 1, `one snippet of the README holds ${holding}`)
  return found[0]!.text
}

async function serveShipped(context: TestContext): Promise<ShippedGateway> {
  const shipped = await startShipped()
  context.after(() => shipped.stop())
  return shipped
}

describe('README', () => {
  test('one event in, one disclosure out; then the opt-out; then the simulation', {
    skip: hasCurl ? false : 'curl is not here',
  }, async (t) => {
    const { gateway, partner, data } = await serveShipped(t)
    // Not spawnSync: the gateway answers from this very process.
    const run = async (command: string): Promise<string> => {
      const placed = command
        .replaceAll('http://127.0.0.1:8080', gateway.dataUrl)
        .replaceAll('http://127.0.0.1:8081', gateway.controlUrl)
        .replaceAll('data/keys/', `${data}/keys/`)
      return new Promise((resolve, reject) =>
        exec(placed, (error, stdout) => (error === null ? resolve(stdout) : reject(error))),
      )
    }
    const pixels = () => partner.received.filter(({ path }) => path.startsWith('/pb?')).map(({ path }) => path)

    equal(await run(snippet('/v1/track -u')), '{"success":true}')
    await until('the pixel to arrive', () => pixels().length === 1)
    const shown = snippet('GET /pb?tx=').trim().replace('GET ', '')
    const pattern = shown.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll('…', '[^&]+')
    match(pixels()[0]!, new RegExp(`^${pattern}$`))

    match(await run(snippet('-X PUT')), /^\{"success":true,"receipt":\{/)
    await run(snippet('/v1/track -u').replace('m-1', 'm-2'))
    await until(
      'the second purchase to be withheld',
      async () => (await gateway.totals()).pairs.northwind?.withheldBy.choice === 1,
    )
    equal(pixels().length, 1)

    const simulated = JSON.parse(await run(snippet('/api/v1/simulate')))
    const northwind = simulated.partners.find(({ partner: id }: { partner: string }) => id === 'northwind')
    deepEqual([northwind.result, northwind.why], ['withheld', 'choice'])
  })

  test('the stand-in for a partner prints what it receives and answers', async (t) => {
    const port = await freePort()
    const command = snippet('createServer').trim().replace('9102', String(port))
    const child = spawn('sh', ['-c', `exec ${command}`], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => child.kill())
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    await until('it to listen', async () => {
      try {
        return (await fetch(`http://127.0.0.1:${port}/pb?tx=1`)).status === 200
      } catch {
        return false
      }
    })
    await until('it to print', () => said.includes('GET /pb?tx=1'))
  })

  test('the commands that follow a new contract work one by one', {
    skip: hasCurl ? false : 'curl is not here',
  }, async (t) => {
    const { gateway, data } = await serveShipped(t)
    const lines = snippet('sluice check config').trim().split('\n')
    equal(lines.length, 3)
    for (const line of lines) {
      const placed = line
        .replaceAll('http://127.0.0.1:8081', gateway.controlUrl)
        .replaceAll('data/keys/', `${data}/keys/`)
      const ran = await new Promise<{ code: number; out: string }>((resolve) =>
        exec(placed, { cwd: ROOT }, (error, out) => resolve({ code: Number(error?.code ?? 0), out })),
      )
      // A diff says by its exit code what it found.
      ok(ran.code === 0 || (line.includes(' diff ') && [2, 3].includes(ran.code)), `${line}: ${ran.code} ${ran.out}`)
      if (line.includes('/reload')) equal(JSON.parse(ran.out).ok, true)
    }
  })

  test('the contract shown is one that the check passes', async (t) => {
    const root = await temporaryFolder(t)
    await cp(join(ROOT, 'config'), root, { recursive: true })
    await writeFile(join(root, 'partners', 'fabrikam.yaml'), snippet('id: fabrikam'))
    const loaded = await loadConfig(root, partnerTypes(), Date.now())
    deepEqual(loaded.ok ? [] : loaded.problems, [])
  })

  test('the SDK set-ups for Node load and take these options', async () => {
    for (const holding of ["from '@segment/analytics-node'", "from '@rudderstack/rudder-sdk-node'"]) {
      const code = snippet(holding).replaceAll('https://sluice.example.com', 'http://127.0.0.1:9')
      const { status, stderr } = spawnSync(
        process.execPath,
        ['--input-type=module', '-e', `${code}\nprocess.exit(0)`],
        { cwd: ROOT, encoding: 'utf8' },
      )
      equal(status, 0, stderr)
    }
  })

  test('every page it links to is there', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\((docs\/[^)]+)\)/g)].map(([, path = '']) => path)
    ok(links.length > 8)
    for (const link of links) await stat(join(ROOT, link))
  })
})
