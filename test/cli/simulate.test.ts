/** `sluice simulate` as people run it: over a folder, at a running gateway, in a hundred columns. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { CommanderError } from 'commander'
import { simulateCommand } from '../../src/cli/simulate.ts'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const CONFIG = join(ROOT, 'config')

async function draftFolder(context: TestContext, change: (northwind: string) => string): Promise<string> {
  const folder = await temporaryFolder(context)
  await cp(CONFIG, folder, { recursive: true })
  const file = join(folder, 'partners', 'northwind.yaml')
  await writeFile(file, change(await readFile(file, 'utf8')))
  return folder
}

/** `sluice simulate …args` within this process: its exit code, and what it says where it refuses. */
async function here(context: TestContext, args: readonly string[]): Promise<{ code: unknown; err: string }> {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const { mock } = context.mock.method(console, 'error', say)
  const command = simulateCommand().exitOverride().configureOutput({ writeErr: say })
  try {
    await command.parseAsync([...args], { from: 'user' })
    return { code: process.exitCode, err: said.join('\n') }
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { code: error.exitCode, err: said.join('\n') }
  } finally {
    mock.restore()
    process.exitCode = 0
  }
}

describe('sluice simulate, over a folder', () => {
  test('shows three stages in a hundred columns, with a because for every field and the request', async () => {
    const { code, out } = await sluice(['simulate', '--config', CONFIG, '--persona', 'ios-allowed'])
    equal(code, 0)
    for (const line of out.split('\n')) ok(line.length <= 100, line)
    match(out, /1 {2}As received/)
    match(out, /properties\.note +no contract names this +not read/)
    match(out, /2 {2}What may be done\n {3}The rules of “california” apply/)
    match(out, /3 {2}Northwind Ads \(northwind\): a request/)
    match(out, /message_id +pseudonym +p1\.\S+ +The contract grants it in coarser form/)
    match(out, /authentication: \{\{secret:key\}\}/)
    match(out, /Nothing was sent\.$/)
  })

  test('a persona’s state, a state by hand and a header each show in the answer', async () => {
    const whyOf = async (...args: readonly string[]): Promise<string> => {
      const { out } = await sluice(['simulate', '--config', CONFIG, '--partner', 'northwind', '--json', ...args])
      return JSON.parse(out).partners[0].why
    }
    deepEqual(
      await Promise.all([
        whyOf('--persona', 'child'),
        whyOf('--persona', 'eu-no-consent'),
        whyOf('--persona', 'ios-allowed', '--state', 'choice=opted_out'),
        whyOf('--persona', 'ios-allowed', '--state', 'country=DE', 'age=20'),
        whyOf('--persona', 'ios-allowed', '--header', 'Sec-GPC: 1'),
      ]),
      ['child', 'consent_missing', 'choice', 'consent_missing', 'gpc'],
    )
  })

  test('an event comes from a file or from standard input', async () => {
    const event = JSON.stringify(purchase())
    const { code, out } = await sluice(['simulate', '-', '--config', CONFIG, '--app', 'messenger-ios', '--json'], event)
    equal(code, 0)
    equal(JSON.parse(out).event, 'Order Completed')
  })

  test('a draft beside the folder says what changes, and who says who and when', async (t) => {
    const draft = await draftFolder(t, (text) =>
      text.replace('ip: [24, 48]', 'ip: [16, 48]').replace('place: country', 'place: city'),
    )
    const compared = await sluice(['simulate', '--config', CONFIG, '--persona', 'ios-allowed', '--compare', draft])
    equal(compared.code, 0, compared.err)
    match(compared.out, /northwind: another request\n {3}ip +24\/48 +→ 16\/48/)
    match(compared.out, /appsflyer: the same request/)
    const who = await sluice(['simulate', '--config', CONFIG, '--who', 'advertising_id'])
    match(who.out, /2 of 3 partners can receive advertising_id/)
    match(who.out, /Acme Analytics \(acme-analytics\) {2}never: The contract does not grant this field/)
    for (const line of who.out.split('\n')) ok(line.length <= 100, line)
    const matrix = await sluice(['simulate', '--config', CONFIG, '--persona', 'ios-allowed', '--matrix'])
    match(matrix.out, /opted out with us +10 fields +4 fields \(choice\) +· choice/)
  })

  test('whatever is wrong with the question is said, and the exit is 1', async (t) => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--persona', 'nobody'], /persona/],
      [[], /one of event, persona, last/],
      [['--persona', 'child', '--partner', 'nobody'], /partner: unknown; there are: acme-analytics/],
      [['--persona', 'child', '--state', 'choise=none'], /choise/],
      [['--persona', 'child', '--at', 'later'], /not a time/],
      [['--who', 'email-address'], /no field class/],
      [['--last', '1', '--control', 'http://127.0.0.1:1', '--token-file', 'package.json'], /no gateway answers there/],
      [['--persona', 'child', '--compare', '/nowhere'], /not a configuration folder/],
    ]
    for (const [args, says] of cases) {
      const { code, err } = await here(t, ['--config', CONFIG, ...args])
      equal(code, 1, args.join(' '))
      match(err, says)
    }
    const [args, says] = cases[2]!
    const { code, err } = await sluice(['simulate', '--config', CONFIG, ...args])
    equal(code, 1)
    match(err, says)
  })
})

describe('sluice simulate, at a running gateway', () => {
  test('asks the live revision, a draft, and the last accepted event', async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    await house.send([purchase({ userId: 'somebody-real' })])
    await house.settled()
    const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
    const live = await sluice(['simulate', ...at, '--persona', 'ios-allowed', '--json'])
    equal(JSON.parse(live.out).revision, 1)
    const last = await sluice(['simulate', ...at, '--last', '1'])
    equal(last.code, 0, last.err)
    match(last.out, /every value below is a stand-in/)
    equal(last.out.includes('somebody-real'), false)
    const compared = await sluice(['simulate', ...at, '--persona', 'ios-allowed', '--compare', house.folder.config])
    match(compared.out, /revision 1 {2}→ {2}a draft over revision 1\n\nacme: the same request/)
  })
})

describe('sluice replay', () => {
  test('says what a draft would have changed, and exits 2; a draft that is the live one exits 0', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    await house.send([purchase(), purchase(), purchase({}, { location: { country: 'DE' } })])
    await house.settled()
    const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
    const same = await sluice(['replay', ...at, '--draft', house.folder.config])
    equal(same.code, 0, same.err)
    match(same.out, /^3 accepted events, all that the intake still holds/)
    match(same.out, /acme: nothing changes \(2 the same, 1 withheld as before\)/)
    await house.folder.write({
      contracts: [
        webhookContract('acme', partners[0]!.origin, {
          share: { ip: [16, 48], os: 'pass', email: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
      ],
    })
    const changed = await sluice(['replay', ...at, '--draft', house.folder.config])
    equal(changed.code, 2, changed.err)
    match(changed.out, /3 events of 2 people concerned: 2 requests change/)
    match(changed.out, /leaves no more +advertising_id 2, message_id 2/)
    match(changed.out, /may leave, was never kept +email 2/)
    for (const line of changed.out.split('\n')) ok(line.length <= 100, line)
    equal(house.gateway.revision().number, 1)
    const bad = await sluice(['replay', ...at, '--draft', house.folder.config, '--last', '0'])
    equal(bad.code, 1)
    match(bad.err, /last/)
  })
})
