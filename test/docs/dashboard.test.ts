/** Every query of the dashboard and every alert, asked of a real Prometheus that scrapes a running gateway. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { request } from 'undici'
import { parse, stringify } from 'yaml'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

const DEPLOY = join(import.meta.dirname, '..', '..', 'deploy')
const SKIP =
  spawnSync('prometheus', ['--version']).error === undefined
    ? false
    : 'prometheus is not here: install Debian’s package of that name'

interface Target {
  readonly title: string
  readonly expr: string
}
interface Answer {
  readonly status: string
  readonly error?: string
  readonly data?: { readonly result: readonly object[] }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function startPrometheus(t: TestContext, target: string): Promise<(path: string) => Promise<Answer>> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'))
  const scrape = parse(await readFile(join(DEPLOY, 'prometheus', 'scrape.yml'), 'utf8'))
  scrape.scrape_configs[0].scrape_interval = '1s'
  scrape.scrape_configs[0].static_configs[0].targets = [target]
  const rules = [join(DEPLOY, 'prometheus', 'sluice.rules.yml')]
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, stringify({ global: { evaluation_interval: '1s' }, rule_files: rules, ...scrape }))
  const port = await freePort()
  const child = spawn(
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  )
  t.after(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  return async (path) => {
    const { body } = await request(`http://127.0.0.1:${port}/api/v1/${path}`)
    // Sound: the shape of every answer of Prometheus’ API.
    return (await body.json()) as Answer
  }
}

/** As Grafana fills in what is chosen: everything. */
const filled = (expr: string): string => expr.replaceAll(/\$(instance|partner)/g, '.*')

async function targets(): Promise<readonly Target[]> {
  const { panels, annotations } = JSON.parse(await readFile(join(DEPLOY, 'grafana', 'sluice.json'), 'utf8')) as {
    readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[]
    readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] }
  }
  return [
    ...panels.flatMap(({ title, targets: own = [] }) => own.map(({ expr }) => ({ title, expr: filled(expr) }))),
    ...annotations.list.map(({ name: title, expr }) => ({ title, expr })),
  ]
}

/** What shows nothing as long as nothing of its kind has happened. */
const MAY_BE_EMPTY = [
  'Requests answered with an error',
  'Own failures',
  'Revision published',
  'Guard hits and rollouts that stopped',
  'Relayed requests, by how they ended',
  'Relayed requests under way',
]

describe('the dashboard, asked of Prometheus', { skip: SKIP }, () => {
  test('every query is right, and shows something of a gateway at work', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-anchors-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const soon = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
    const { house } = await startHouse(t, ([partner]) => ({
      contracts: [
        webhookContract('acme', partner!.origin, {
          role: 'service_provider',
          agreement: { ref: 'DPA-1', until: soon },
        }),
      ],
      gateway: { ledger: { anchors: { every_seconds: 1, folder } } },
    }))
    equal((await sluice(['backup', join(house.folder.root, 'backup'), '--data', house.folder.data])).code, 0)
    const ask = await startPrometheus(t, new URL(house.gateway.controlUrl).host)
    const query = async (expr: string) => ask(`query?query=${encodeURIComponent(expr)}`)
    const value = async (expr: string) => {
      const [first] = (await query(expr)).data?.result ?? []
      return first === undefined ? undefined : Number((first as { readonly value: [number, string] }).value[1])
    }
    await until('Prometheus to see the gateway', async () => {
      try {
        return (await value('up{job="sluice"}')) === 1
      } catch {
        return false
      }
    })
    // A rate takes two scrapes, and something between them.
    await house.send([purchase(), purchase({}, { location: { country: 'DE' } }), { type: 'track', event: 'x' }])
    await house.call('PUT', '/v1/me/choices', { identities: { user: 'u' }, opt_out: true })
    await house.settled()
    const all = await targets()
    ok(all.length > 40, 'the walk found the panels')
    const broken: string[] = []
    for (const { title, expr } of all) {
      const { status, error } = await query(expr)
      if (status !== 'success') broken.push(`${title}: ${error}`)
    }
    deepEqual(broken, [])
    let missing = all.filter(({ title }) => !MAY_BE_EMPTY.includes(title))
    await until('every panel to show something', async () => {
      await house.staff('GET', '/api/v1/status')
      const found = await Promise.all(missing.map(async ({ expr }) => (await query(expr)).data?.result.length ?? 0))
      missing = missing.filter((_, index) => found[index] === 0)
      return missing.length === 0
    }).catch(() => deepEqual(missing, []))

    const { data } = await ask('rules')
    const rules = (
      data as unknown as {
        readonly groups: readonly {
          readonly rules: readonly { readonly name: string; readonly health: string; readonly state: string }[]
        }[]
      }
    ).groups.flatMap((group) => group.rules)
    deepEqual(
      rules.filter(({ health }) => health === 'err').map(({ name }) => name),
      [],
    )
    const waits = await until('the end of the agreement to be noticed', async () => {
      const { data: now } = await query('ALERTS{alertname="SluiceTermsEnd"}')
      return now?.result.length === 1 ? now.result : undefined
    })
    equal(waits.length, 1)
    ok((await value('time() - sluice_last_backup_timestamp_seconds'))! < 600)
    equal(await value('count(sluice_build_info{version!=""})'), 1)
  })
})
