/** What ops installs: every alert can be acted on, and everything that rules and dashboard name is there. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Service } from 'kubernetes-models/v1'
import { parse, parseAllDocuments, parseDocument } from 'yaml'
import { startGateway } from '../../src/gateway/gateway.ts'
import { tellOfFolder } from '../../src/gateway/open-folder.ts'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { startShipped } from '../support/shipped.ts'
import { sluice } from '../support/sluice.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PROMETHEUS = join(ROOT, 'deploy', 'prometheus')
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const SKIP = hasPromtool ? false : 'promtool is not here: install Debian’s prometheus package'

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}
const rules = readFileSync(join(PROMETHEUS, 'sluice.rules.yml'), 'utf8')
// Sound: the shape that promtool holds the file to.
const { groups } = parse(rules) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
const ALERTS = groups.flatMap((group) => group.rules)
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: { readonly start: string }
}
const dashboard = readFileSync(join(ROOT, 'deploy', 'grafana', 'sluice.json'), 'utf8')
const tests = readdirSync(join(PROMETHEUS, 'tests')).map((name) => join(PROMETHEUS, 'tests', name))

/** Headings of a page as GitHub makes anchors of them. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Every metric of ours that a text names. */
function metricsIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\bsluice_[a-z_]+/g)].map(([name]) => name))].sort()
}

describe('alerts', () => {
  const anchors = anchorsOf(readFileSync(join(ROOT, 'docs', 'bad-days.md'), 'utf8'))
  for (const { alert, labels, annotations } of ALERTS) {
    test(`${alert} says how bad it is, what happened and where to read what to do`, () => {
      match(alert, /^Sluice[A-Z]/)
      ok(['page', 'ticket'].includes(labels.severity))
      ok(annotations.summary.length > 10)
      const [page, anchor = ''] = annotations.runbook.split('#')
      equal(page, 'docs/bad-days.md')
      ok(anchors.includes(anchor), annotations.runbook)
    })
  }

  test('there is one for each promise', () => {
    const named = ALERTS.map(({ expr }) => expr).join('\n')
    for (const metric of [
      'oldest_pending_seconds',
      'choice_in_force_seconds_bucket',
      'choice_last_request_seconds_bucket',
      'ledger_oldest_uncommitted_seconds',
      'guard_hits_total',
      'revision',
      'thread_generations_behind',
      'accounting_gap',
      'egress_refused_total',
      'disk_free_bytes',
      'breaker_open',
      'rollouts_stopped_total',
      'pairs_withheld_total',
    ])
      ok(metricsIn(named).includes(`sluice_${metric}`), metric)
  })

  test('promtool takes the rules', { skip: SKIP }, () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', join(PROMETHEUS, 'sluice.rules.yml')])
    equal(status, 0, `${stdout}${stderr}`)
  })

  test('the rules fire when they should, and not before', { skip: SKIP }, () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', ...tests])
    equal(status, 0, `${stdout}${stderr}`)
  })
})

test('every metric that rules, their tests and the dashboard name is exposed by a running gateway', async (t) => {
  const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
  await house.send([purchase()])
  await house.settled()
  await house.call('PUT', '/v1/me/choices', { identities: { user: 'u' }, opt_out: true })
  const text = await (await fetch(`${house.gateway.controlUrl}/metrics`)).text()
  const exposed = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  )
  const named = metricsIn([rules, dashboard, ...tests.map((file) => readFileSync(file, 'utf8'))].join('\n'))
  ok(named.length > 20)
  deepEqual(
    named.filter((name) => !exposed.includes(name)),
    [],
  )
  for (const line of [
    'sluice_accounting_gap{sum="events"} 0',
    'sluice_accounting_gap{sum="pairs"} 0',
    'sluice_guard_hits_total{partner="acme"} 0',
    'sluice_egress_refused_total{partner="acme"} 0',
    'sluice_choice_in_force_seconds_count 1',
    'sluice_choice_last_request_seconds_count 1',
    'sluice_thread_generations_behind{thread="0"} 0',
    'sluice_part_writable{part="ledger"} 1',
    'sluice_partner_stopped{partner="acme"} 0',
    'sluice_ledger_oldest_uncommitted_seconds 0',
  ])
    ok(text.split('\n').includes(line), line)
  match(text, /^sluice_disk_free_bytes [1-9]/m)
})

test('the dashboard is whole: every panel has its place, its data source and something to show', () => {
  const { panels } = JSON.parse(dashboard) as {
    readonly panels: readonly {
      readonly id: number
      readonly type: string
      readonly title: string
      readonly targets?: readonly { readonly expr: string }[]
    }[]
  }
  equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  for (const { type, title, targets = [] } of panels) ok(type === 'row' || targets.length > 0, title)
})

describe('what starts the gateway', () => {
  // Without `exec` a shell stands between npm and the gateway, and keeps its signals (npm/npm#4603).
  const [, name = '', value = '', command = ''] = /^exec env (\w+)=(\d+) (node .*)$/.exec(scripts.start) ?? []
  const started = command.split(' ')

  test('the image starts it as `npm start` does, with a limit for the main thread’s heap', () => {
    const image = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
    const last = image.slice(image.lastIndexOf('\nFROM '))
    deepEqual(JSON.parse(/^CMD (\[.*\])$/m.exec(last)?.[1] ?? 'null'), [...started, 'config'])
    match(command, /^node .*--max-old-space-size=\d+ /)
    match(last, new RegExp(`^ENV ${name}=${value}$`, 'm'))
    match(image, /^HEALTHCHECK .* CMD \["node", "bin\/sluice.js", "ready"\]$/m)
    // The demo's folder is in no layer that is shipped.
    ok(!/^COPY config/m.test(last) && last.includes('COPY --from=first --chown=node:node /first config'))
    match(image, /^RUN node bin\/sluice.js init \/first --no-key$/m)
  })

  test('systemd does so too, and takes the unit', () => {
    const file = join(ROOT, 'deploy', 'systemd', 'sluice.service')
    const unit = readFileSync(file, 'utf8')
    const [, unitCommand = ''] = /^ExecStart=\/opt\/sluice\/node_modules\/.bin\/(.*)$/m.exec(unit) ?? []
    deepEqual(unitCommand.split(' '), [...started, '/etc/sluice'])
    match(unit, new RegExp(`^Environment=${name}=${value}$`, 'm'))
    if (spawnSync('systemd-analyze', ['--version']).error !== undefined) return
    const { stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' })
    // The program itself is not on this machine.
    const wrong = stderr
      .split('\n')
      .filter((line) => line !== '' && !/is not executable|Failed to locate executable/.test(line))
    deepEqual(wrong, [])
  })

  test('Kubernetes knows every field of the manifest, and takes its values', async (t) => {
    const objects = parseAllDocuments(readFileSync(join(ROOT, 'deploy', 'kubernetes', 'sluice.yaml'), 'utf8')).map(
      (document) => document.toJS() as { readonly apiVersion: string; readonly kind: string },
    )
    const models = [Job, Service, Service, NetworkPolicy, PodDisruptionBudget, StatefulSet]
    deepEqual(
      objects.map(({ kind }) => kind),
      models.map(({ name }) => name),
    )
    // Sound: each model is given what the file has of its kind, and then judges it.
    for (const [index, Model] of models.entries()) new Model(objects[index] as never).validate()
    // The models let a misspelled field pass; the compiler does not.
    const folder = await mkdtemp(join(tmpdir(), 'sluice-manifest-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const compile = async (all: readonly { readonly apiVersion: string; readonly kind: string }[]): Promise<string> => {
      const source = all.flatMap((object, index) => [
        `import type { I${object.kind} as Model${index} } from 'kubernetes-models/${object.apiVersion}'`,
        `export const object${index}: Model${index} = ${JSON.stringify(object)}`,
      ])
      await writeFile(join(folder, 'manifest.ts'), source.join('\n'))
      const paths = { 'kubernetes-models/*': [join(ROOT, 'node_modules', 'kubernetes-models', '*')] }
      const compilerOptions = { strict: true, noEmit: true, skipLibCheck: true, types: [], module: 'preserve', paths }
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['manifest.ts'] }))
      return spawnSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', folder], { encoding: 'utf8' }).stdout
    }
    equal(await compile(objects), '')
    match(await compile([{ ...objects.at(-1)!, spek: {} } as never]), /"spek"' does not exist/)
  })

  test('a cell on Kubernetes keeps its folder, and is one cell', () => {
    const set = parseAllDocuments(readFileSync(join(ROOT, 'deploy', 'kubernetes', 'sluice.yaml'), 'utf8'))
      .at(-1)!
      .toJS()
    const { template, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: kept } = set.spec
    deepEqual(volumeClaimTemplates[0].spec.accessModes, ['ReadWriteOncePod'])
    deepEqual(kept, { whenDeleted: 'Retain', whenScaled: 'Retain' })
    const [{ env, readinessProbe, ...container }] = template.spec.containers
    deepEqual(env[0], {
      name: 'SLUICE_CELL',
      valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
    })
    // As the image: its command is the image's own.
    deepEqual([container.command, container.args], [undefined, undefined])
    deepEqual(readinessProbe.exec.command, ['node', 'bin/sluice.js', 'ready'])
    ok(template.spec.terminationGracePeriodSeconds >= 10)
  })

  test('compose gives it ten seconds to end, and the folders that it writes', () => {
    const { services, volumes } = parse(readFileSync(join(ROOT, 'deploy', 'compose.yaml'), 'utf8'))
    const { stop_grace_period: grace, read_only: isReadOnly, volumes: mounts, ports } = services.sluice
    deepEqual([grace, isReadOnly, Object.keys(volumes)], ['10s', true, ['data']])
    for (const target of ['/app/config', '/app/data'])
      ok(mounts.some((mount: string) => mount.split(':')[1] === target))
    ok(
      ports.every((port: string) => port.startsWith('127.0.0.1:')),
      'nothing is reached from outside by itself',
    )
  })

  test('what the image holds starts: no partner, no key, and it is ready', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'sluice-image-'))
    t.after(() => rm(root, { recursive: true, force: true }))
    const config = join(root, 'config')
    equal((await sluice(['init', config, '--no-key'])).code, 0)
    const file = join(config, 'gateway.yaml')
    const document = parseDocument(readFileSync(file, 'utf8'))
    for (const plane of ['data_plane', 'control']) document.setIn([plane, 'port'], 0)
    document.set('data', join(root, 'data'))
    await writeFile(file, document.toString())
    const warned: string[] = []
    const warn = (_: object, words: string): void => void warned.push(words)
    const gateway = await startGateway({
      configFolder: config,
      log: { error: warn, warn, info: () => {}, debug: () => {} } as never,
    })
    try {
      const { apps, contracts } = gateway.revision()
      deepEqual([apps.map(({ writeKeys }) => writeKeys), contracts], [[[]], []])
      deepEqual(await sluice(['ready', '--control', gateway.controlUrl]), { code: 0, out: 'ready', err: '' })
      ok(!warned.some((words) => /demo/.test(words)), warned.join('\n'))
    } finally {
      await gateway.stop()
    }
    equal((await sluice(['ready', '--control', gateway.controlUrl])).code, 1)
  })

  test('the demo’s folder is warned of: partners on this machine, and its write keys', async (t) => {
    const shipped = await startShipped()
    t.after(() => shipped.stop())
    const warned: string[] = []
    const log = { warn: (_: object, words: string) => warned.push(words), error: () => {} } as never
    const revisions = { current: () => shipped.gateway.revision() } as never
    tellOfFolder(log, { config: shipped.gateway.config, revisions, isFirst: false, acceptedLosses: [] } as never, '')
    match(warned.join('\n'), /partners on this machine are allowed[\s\S]*write keys of the demo/)
  })

  test('the control plane that the page shows is one that the check takes', async (t) => {
    const page = readFileSync(join(ROOT, 'deploy', 'README.md'), 'utf8')
    const root = await mkdtemp(join(tmpdir(), 'sluice-deploy-'))
    t.after(() => rm(root, { recursive: true, force: true }))
    await sluice(['init', root])
    const file = join(root, 'gateway.yaml')
    const document = parseDocument(readFileSync(file, 'utf8'))
    document.set('control', parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '').control)
    await writeFile(file, document.toString())
    const { ok: isRight, problems } = JSON.parse((await sluice(['check', root, '--json'])).out)
    deepEqual([isRight, problems], [true, []])
  })
})
