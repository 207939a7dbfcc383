/** Every block of docs/ops.md, run in order against a gateway of its own process. */
import { equal, match, ok } from 'node:assert/strict'
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { request } from 'undici'
import { parseDocument } from 'yaml'
import { freePort } from '../support/free-port.ts'
import { purchase } from '../support/house.ts'
import { AUDIENCE, createIssuer, ISSUER } from '../support/issuer.ts'
import { startPartner, type TestPartner } from '../support/partner.ts'
import { until } from '../support/until.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = await readFile(join(ROOT, 'docs', 'ops.md'), 'utf8')
const canRun =
  process.platform !== 'win32' &&
  ['curl', 'sh', 'git'].every((tool) => spawnSync(tool, ['--version']).error === undefined)

interface Block {
  readonly heading: string
  readonly language: string
  readonly text: string
}
const BLOCKS: readonly Block[] = PAGE.split(/^## /m).flatMap((section) =>
  [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, language = '', text = '']) => ({
    heading: section.split('\n')[0] ?? '',
    language,
    text,
  })),
)
const block = (heading: string, language = 'sh'): string => {
  const found = BLOCKS.filter((one) => one.heading === heading && one.language === language)
  equal(found.length, 1, `one ${language} block under ${heading}`)
  return found[0]!.text
}

let work = ''
let partner: TestPartner
let gateway: ChildProcess
let data = ''
let control = ''
const ran = new Set<string>()

const withTools = (): NodeJS.ProcessEnv => ({ ...process.env, PATH: `${join(work, 'tools')}:${process.env.PATH}` })

/** A block as somebody pastes it: each of its commands must succeed. */
async function run(heading: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  ran.add(heading)
  const placed = block(heading).replaceAll('http://127.0.0.1:8081', control)
  const prelude = BLOCKS.find(({ language }) => language === 'sh')!.text
  return new Promise((resolve, reject) =>
    execFile(
      'sh',
      ['-c', `set -e\n${prelude}\n${placed}`],
      { cwd: work, env: { ...withTools(), ...environment } },
      (error, out, err) =>
        error === null ? resolve(out) : reject(new Error(`${heading}: ${out}${err}`, { cause: error })),
    ),
  )
}

/** Somebody’s purchase, which every shipped partner takes. */
async function send(): Promise<void> {
  const event = purchase({ integrations: { AppsFlyer: { appsFlyerId: '1700000000000-1234567890123456789' } } })
  const { statusCode, body } = await request(`${data}/v1/batch`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('demo-ios-write-key:')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch: [event] }),
  })
  equal(statusCode, 200, await body.text())
}

before(async () => {
  if (!canRun) return
  work = await mkdtemp(join(tmpdir(), 'sluice-ops-'))
  partner = await startPartner()
  for (const name of ['node_modules', 'bin', 'package.json']) await symlink(join(ROOT, name), join(work, name))
  await cp(join(ROOT, 'config'), join(work, 'config'), { recursive: true })
  // npm takes longer to start than the command it runs. The README's commands go through it.
  await mkdir(join(work, 'tools'))
  const npx = `#!/bin/sh\n[ "$1" = sluice ] || exit 127\nshift\nexec '${process.execPath}' bin/sluice.js "$@"\n`
  await writeFile(join(work, 'tools', 'npx'), npx, { mode: 0o755 })
  const issuer = await createIssuer()
  await issuer.saveJwks(join(work, 'jwks.json'))
  const roles = { viewer: ['v'], editor: ['e'], approver: ['a'], privacy_officer: ['p'], auditor: ['u'] }
  const staff = async (file: string, subject: string, held: readonly string[]): Promise<void> =>
    writeFile(join(work, file), await issuer.token({ subject, roles: held, expiresIn: 3_600 }))
  await staff('token', 'ann', ['v', 'e', 'p', 'u'])
  await staff('approver.token', 'ben', ['v', 'a'])
  await writeFile(join(work, 'fabrikam.token'), 'old-token')
  const [dataPort, controlPort] = [await freePort(), await freePort()]
  data = `http://127.0.0.1:${dataPort}`
  control = `http://127.0.0.1:${controlPort}`
  const file = join(work, 'config', 'gateway.yaml')
  const document = parseDocument(await readFile(file, 'utf8'))
  document.set('log_level', 'error')
  document.set('data_plane', { host: '127.0.0.1', port: dataPort })
  document.set('control', {
    host: '127.0.0.1',
    port: controlPort,
    access: { oidc: { issuer: ISSUER, audience: AUDIENCE, jwks: 'jwks.json', roles } },
  })
  await writeFile(file, document.toString())
  for (const id of ['acme-analytics', 'northwind', 'appsflyer']) {
    const contract = join(work, 'config', 'partners', `${id}.yaml`)
    await writeFile(contract, (await readFile(contract, 'utf8')).replace(/http:\/\/127\.0\.0\.1:\d+/, partner.origin))
  }
  gateway = spawn(process.execPath, [join(ROOT, 'bin', 'sluice.js'), 'serve', 'config'], {
    cwd: work,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, APPSFLYER_S2S_KEY: 'key' },
  })
  await until('the gateway to be ready', async () => {
    try {
      return (await request(`${control}/readyz`)).statusCode === 200
    } catch {
      return false
    }
  })
})

after(async () => {
  if (!canRun) return
  const ended = new Promise((resolve) => gateway.once('exit', resolve))
  gateway.kill('SIGTERM')
  await ended
  await partner.goDown()
  await rm(work, { recursive: true, force: true })
})

describe('docs/ops.md', { skip: canRun ? false : 'sh, curl and git are not all here' }, () => {
  test('begin: a folder and a contract that pass the check', async () => {
    match(await run('Begin'), /first: no problems, 0 warnings; 1 app, 1 partner/)
  })

  test('look around', async () => {
    const out = await run('Look around')
    match(out, /"closes":true/)
    match(out, /sluice_oldest_pending_seconds/)
  })

  test('test a contract', async () => {
    const out = await run('Test a contract')
    match(out, /no problems/)
    match(out, /3 {2}Northwind Ads \(northwind\): a request/)
    match(out, /2 of 3 partners can receive advertising_id/)
    const cases = join(work, 'config', 'partners', 'northwind.cases.yaml')
    const shipped = await readFile(cases, 'utf8')
    await writeFile(cases, block('Test a contract', 'yaml'))
    match(
      spawnSync(process.execPath, [join(ROOT, 'bin', 'sluice.js'), 'check', 'config'], { cwd: work, encoding: 'utf8' })
        .stdout,
      /6 cases passed/,
    )
    await writeFile(cases, shipped)
  })

  test('a commit with a bad contract is refused by the hook, a good one is not', async () => {
    const heading = 'Check before every commit, and in CI'
    ran.add(heading)
    const git = (...args: readonly string[]) =>
      spawnSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example', ...args], {
        cwd: work,
        encoding: 'utf8',
        env: withTools(),
      })
    equal(git('init', '-q').status, 0)
    await mkdir(join(work, '.git', 'hooks'), { recursive: true })
    await writeFile(join(work, '.git', 'hooks', 'pre-commit'), block(heading), { mode: 0o755 })
    git('add', 'config')
    const good = git('commit', '-qm', 'good')
    equal(good.status, 0, good.stdout + good.stderr)
    const file = join(work, 'config', 'partners', 'northwind.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('share:', 'sharee:'))
    const bad = git('commit', '-qam', 'bad')
    equal(bad.status, 1)
    match(bad.stdout + bad.stderr, /Did you mean share/)
    await writeFile(file, text)
    const workflow = parseDocument(block(heading, 'yaml')).toJS()
    const commands = workflow.jobs.config.steps.flatMap(({ run: command }: { run?: string }) => command ?? [])
    const placed = commands.slice(1).map((command: string) => command.replace('origin/main', 'HEAD'))
    for (const command of placed) {
      const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
        cwd: work,
        encoding: 'utf8',
        env: withTools(),
      })
      equal(status, 0, `${command}: ${stdout}${stderr}`)
    }
  })

  test('add a partner: it waits, with what it would have changed', async () => {
    await send()
    await until('the purchase to arrive', () => partner.received.length >= 3)
    const contract = block('Add a partner', 'yaml').replace('https://fabrikam.example/hooks', `${partner.origin}/hooks`)
    await writeFile(join(work, 'config', 'partners', 'fabrikam.yaml'), contract)
    const out = await run('Add a partner')
    match(out, /fabrikam: 1 events of 1 people concerned: 0 requests change, 1 newly sent/)
    match(
      out,
      /\{"ok":true,"revision":1,"changed":false,"waiting":1,"drift":\[\{"file":"partners\/fabrikam.yaml","why":"waits"/,
    )
  })

  test('approve a widening: another person makes it live', async () => {
    const out = await run('Approve a widening')
    match(out, /Fabrikam Measurement/)
    match(out, /1 {2}approved/)
    const before = partner.received.length
    await send()
    await until('four requests', () => partner.received.length >= before + 4)
    const hook = partner.received.find(({ path }) => path === '/hooks')
    equal(hook?.headers.authorization, 'Bearer old-token')
  })

  test('narrow at 3 a.m.: alone, at once, and in the file', async () => {
    const out = await run('Narrow at 3 a.m.')
    match(out, /live as revision 3 \(narrower\)/)
    ok(!(await readFile(join(work, 'config', 'partners', 'fabrikam.yaml'), 'utf8')).includes('ip:'))
  })

  test('stop and go on: the one alone, the other by an approver', async () => {
    const out = await run('Stop a partner, or everything')
    equal([...out.matchAll(/^stopped {2}.*in force/gm)].length, 2)
    equal([...out.matchAll(/^goes on {2}/gm)].length, 2)
  })

  test('dead letters of one partner: listed, retried, discarded', async () => {
    const out = await run('Look through what ended undelivered')
    match(out, /no dead letters\n0 wait for another try\n0 are off the list/)
  })

  test('names beyond the contracts: listed', async () => {
    match(await run('Answer what apps send beyond the contracts'), /no names/)
  })

  test('rotate a secret: the next request carries the new one', async () => {
    await run('Rotate a secret', { NEW_TOKEN: 'new-token' })
    await send()
    await until('the new token', () =>
      partner.received.some(({ headers }) => headers.authorization === 'Bearer new-token'),
    )
  })

  test('go back: what narrows is live at once', async () => {
    match(await run('Go back'), /live as revision 4 \(narrower\)/)
  })

  test('why did X get Y', async () => {
    const { body } = await request(`${control}/api/v1/disclosures?partner=northwind&limit=1`, {
      headers: { authorization: `Bearer ${await readFile(join(work, 'token'), 'utf8')}` },
    })
    const answer = (await body.json()) as { readonly items: readonly { readonly seq: number }[] }
    const out = await run('Answer "why did X get Y?"', { RECORD: String(answer.items[0]?.seq) })
    match(out, /partners\/northwind\.yaml/)
    match(out, /"handle":/)
    match(out, /every value below is a stand-in/)
  })

  test('every block of the page was run', () => {
    const headings = new Set(BLOCKS.filter(({ language }) => language === 'sh').map(({ heading }) => heading))
    equal([...headings].filter((heading) => !ran.has(heading)).join(), '# The day of an ops person')
  })
})
