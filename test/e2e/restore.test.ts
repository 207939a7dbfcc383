/** After something was lost: what people said since the backup holds again before anything is sent, or nothing is started. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import type { StartOptions } from '../../src/gateway/open-parts.ts'
import { leafJson } from '../../src/ledger/leaf-text.ts'
import { readLeaves, readSize } from '../../src/ledger/read.ts'
import { LedgerFolder } from '../../src/storage/sqlite/ledger-folder.ts'
import { createConfigFolder, type TestFolder, webhookContract } from '../support/config-folder.ts'
import { houseOf, purchase } from '../support/house.ts'
import { startPartner, type TestPartner } from '../support/partner.ts'
import { sluice } from '../support/sluice.ts'

interface Home {
  readonly folder: TestFolder
  readonly partner: TestPartner
  readonly backup: string
  readonly keys: string
  start(options?: Pick<StartOptions, 'accept'>): Promise<Gateway>
}

async function home(t: TestContext): Promise<Home> {
  const partner = await startPartner()
  const folder = await createConfigFolder({
    contracts: [webhookContract('acme', partner.origin, { when_restricted: { send: 'nothing' } })],
  })
  let running: Gateway | undefined
  t.after(async () => {
    await running?.stop()
    await partner.goDown()
    await folder.remove()
  })
  return {
    folder,
    partner,
    backup: join(folder.root, 'backup'),
    keys: join(folder.root, 'backup-keys'),
    start: async (options = {}) => {
      running = await startGateway({ configFolder: folder.config, ...options })
      return running
    },
  }
}

async function lose(data: string, ...parts: string[]): Promise<void> {
  for (const part of parts)
    for (const end of ['', '-wal', '-shm']) await rm(join(data, `${part}${end}`), { recursive: true, force: true })
}

function actionsIn(data: string): string[] {
  const files = new LedgerFolder(data)
  return [...readLeaves(files, 0, readSize(files))].flatMap((row) => {
    const { action } = leafJson(row)
    return typeof action === 'string' ? [action] : []
  })
}

const optOut = (gateway: Gateway, folder: TestFolder, user: string) =>
  houseOf(gateway, folder).call('PUT', '/v1/me/choices', { identities: { user }, opt_out: true })
async function sendAll(gateway: Gateway, folder: TestFolder, ...users: string[]): Promise<void> {
  const house = houseOf(gateway, folder)
  // No device, so that only what stands for the account itself decides.
  await house.send(users.map((userId) => purchase({ userId }, { device: { type: 'ios', attTrackingStatus: 3 } })))
  await house.settled()
}

describe('choices that are lost', () => {
  test('from a backup and the newer ledger: who opted out since is not shared, who did not is', async (t) => {
    const { folder, partner, backup, start } = await home(t)
    const first = await start()
    await optOut(first, folder, 'before')
    const made = await sluice(['backup', backup, '--data', folder.data, '--json'])
    equal(made.code, 0, made.err)
    deepEqual([JSON.parse(made.out).keys, existsSync(join(backup, 'keys'))], [0, false])
    await optOut(first, folder, 'since')
    await first.stop()

    await lose(folder.data, 'choices.db')
    const back = await sluice(['restore', backup, '--data', folder.data, '--json'])
    deepEqual([back.code, JSON.parse(back.out).restored], [0, ['choices']])
    const second = await start()
    await sendAll(second, folder, 'before', 'since', 'neither')
    equal(partner.items().length, 1)
    await second.stop()
    ok(actionsIn(folder.data).includes('choices_told_again'))
  })

  test('without any copy: all are told again from the ledger, links included', async (t) => {
    const { folder, partner, start } = await home(t)
    const first = await start()
    const house = houseOf(first, folder)
    const device = { type: 'ios', advertisingId: '7D92078A-8246-4BA4-AE5B-76104861E7DC', attTrackingStatus: 3 }
    await house.send([purchase({ userId: 'ann' }, { device })])
    await house.settled()
    await optOut(first, folder, 'ann')
    await first.stop()
    await lose(folder.data, 'choices.db')
    const second = await start()
    await houseOf(second, folder).send([purchase({ userId: undefined, anonymousId: 'a-1' }, { device })])
    await sendAll(second, folder, 'ann')
    equal(partner.items().length, 1, 'what was sent before she opted out, and no more')
  })

  for (const [what, age, headers] of [
    ['a child', 9, {}],
    ['who sent GPC', undefined, { 'sec-gpc': '1' }],
  ] as const) {
    test(`${what}: the ledger does not have it, so nothing is started until somebody accepts that`, async (t) => {
      const { folder, partner, backup, start } = await home(t)
      const first = await start()
      equal((await sluice(['backup', backup, '--data', folder.data])).code, 0)
      const traits = age === undefined ? {} : { traits: { age } }
      const event = purchase({ userId: 'kim' }, { device: { type: 'ios', attTrackingStatus: 3 }, ...traits })
      await houseOf(first, folder).send([event], headers)
      await optOut(first, folder, 'ann')
      await first.stop()

      await lose(folder.data, 'choices.db')
      await rejects(start(), /choices\.db is missing or an older copy.*--accept-lost-choices/)
      equal((await sluice(['restore', backup, '--data', folder.data])).code, 0)
      await rejects(start(), /choices\.db is missing or an older copy/)
      const second = await start({ accept: ['lost-choices'] })
      await sendAll(second, folder, 'ann')
      equal(partner.items().length, 0, 'the opt-out is told again')
      await second.stop()
      ok(actionsIn(folder.data).includes('lost_signals_accepted'))
      await (await start()).stop()
    })
  }

  test('an opt-in that was taken back does not come back', async (t) => {
    const { folder, partner, start } = await home(t)
    const first = await start()
    const house = houseOf(first, folder)
    const { handle } = (await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'ann' } })).body
    for (const choice of [
      { sale: 'allow', sharing: 'allow', targeted_advertising: 'allow' },
      { opt_out: true },
      { opt_out: false },
      { sale: 'deny' },
    ])
      equal((await house.staff('PUT', `/api/v1/subjects/${handle}/choices`, choice)).status, 200)
    const stood = (await house.staff('GET', `/api/v1/subjects/${handle}/choices`)).body.choices
    await first.stop()
    await lose(folder.data, 'choices.db')
    const second = houseOf(await start(), folder)
    const again = (await second.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'ann' } })).body
    deepEqual(again.choices, stood)
    equal(partner.items().length, 0)
  })

  test('a ledger that is older than the choices takes nothing back, and the start says so', async (t) => {
    const { folder, partner, backup, start } = await home(t)
    const first = await start()
    await sendAll(first, folder, 'ann')
    equal((await sluice(['backup', backup, '--data', folder.data])).code, 0)
    await optOut(first, folder, 'ann')
    await first.stop()
    await lose(folder.data, 'ledger', 'intake')
    equal((await sluice(['restore', backup, '--data', folder.data])).code, 0)
    const second = await start()
    await sendAll(second, folder, 'ann', 'ben')
    equal(partner.items().length, 2)
    await second.stop()
    ok(actionsIn(folder.data).includes('ledger_older_than_choices'))
  })

  test('under another index key nobody would be found, so nothing is started', async (t) => {
    const { folder, start } = await home(t)
    const first = await start()
    await optOut(first, folder, 'ann')
    await first.stop()
    await lose(folder.data, 'choices.db')
    await writeFile(join(folder.data, 'keys', 'index.key'), `${'ab'.repeat(32)}\n`)
    await rejects(start(), /another index key/u)
    await rejects(start(), /another index key/u, 'nor the second time')
  })
})

describe('an erasure since the backup', () => {
  test('is carried out again in keys and choices from before it', async (t) => {
    const { folder, partner, backup, keys, start } = await home(t)
    const first = await start()
    const house = houseOf(first, folder)
    await sendAll(first, folder, 'ann', 'ben')
    equal((await sluice(['backup', backup, '--data', folder.data, '--keys', keys])).code, 0)
    ok(existsSync(join(keys, 'keys', 'subjects.db')))
    const handle = async (user: string) =>
      (await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user } })).body.handle
    const erased = await house.staff('POST', `/api/v1/subjects/${await handle('ann')}/erasure`, { confirm: 'erase' })
    equal(erased.body.keys_destroyed, 1)
    await first.stop()

    await lose(folder.data, 'choices.db', 'keys')
    equal((await sluice(['restore', backup, '--data', folder.data, '--keys', keys])).code, 0)
    const second = await start()
    const again = houseOf(second, folder)
    const told = async (user: string) => {
      const { body } = await again.staff('POST', '/api/v1/subjects/lookup', { identities: { user } })
      return (await again.staff('GET', `/api/v1/subjects/${body.handle}/disclosures`)).body.disclosures.length
    }
    deepEqual([await told('ann'), await told('ben')], [0, 1])
    await sendAll(second, folder, 'ann')
    equal(partner.items().length, 2)
  })
})

describe('subjects’ keys that are lost, or older than the ledger', () => {
  test('are never given anew under a number that the ledger uses: nobody is told of another’s disclosures', async (t) => {
    const { folder, partner, start } = await home(t)
    const first = await start()
    await sendAll(first, folder, 'ann', 'ben')
    await first.stop()
    await lose(folder.data, 'keys/subjects.db')
    await rejects(start(), /--accept-lost-subject-keys/)
    const second = await start({ accept: ['lost-subject-keys'] })
    await sendAll(second, folder, 'cy', 'dora')
    equal(partner.items().length, 4)
    const house = houseOf(second, folder)
    const told = async (user: string) => {
      const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user } })
      return (await house.staff('GET', `/api/v1/subjects/${body.handle}/disclosures`)).body.disclosures.length
    }
    deepEqual([await told('ann'), await told('cy'), await told('dora')], [0, 1, 1])
  })
})

describe('backup and restore', () => {
  test('the whole folder, taken while events come in: a gateway on the copy accounts for every pair', async (t) => {
    const { folder, backup, keys, start } = await home(t)
    const first = await start()
    const house = houseOf(first, folder)
    let sending = true
    const stream = (async () => {
      while (sending) await house.send([purchase(), purchase()])
    })()
    equal((await sluice(['backup', backup, '--data', folder.data, '--keys', keys])).code, 0)
    sending = false
    await stream
    await house.settled()
    await first.stop()
    await rm(folder.data, { recursive: true })
    const back = await sluice(['restore', backup, '--data', folder.data, '--keys', keys, '--json'])
    deepEqual(JSON.parse(back.out).restored, ['choices', 'intake', 'ledger', 'revisions', 'keys'])
    const second = await start()
    await houseOf(second, folder).settled()
    equal((await houseOf(second, folder).staff('GET', '/api/v1/accounting')).body.closes, true)
    await second.stop()
    const report = await sluice(['ledger', 'fsck', '--data', folder.data])
    equal(report.code, 0, report.out + report.err)
  })

  test('refuses what is not as it was copied, a folder that is in use, and keys beside what they open', async (t) => {
    const { folder, backup, start } = await home(t)
    const first = await start()
    equal((await sluice(['backup', backup, '--data', folder.data])).code, 0)
    const twice = await sluice(['backup', backup, '--data', folder.data])
    deepEqual([twice.code, twice.err.includes('exists already')], [1, true])
    const within = await sluice([
      'backup',
      join(folder.root, 'other'),
      '--data',
      folder.data,
      '--keys',
      join(folder.root, 'other', 'keys'),
    ])
    deepEqual([within.code, within.err.includes('kept apart')], [1, true])
    const busy = await sluice(['restore', backup, '--data', folder.data])
    deepEqual([busy.code, busy.err.includes('another Sluice process')], [1, true])
    await first.stop()
    const damaged = join(folder.root, 'damaged')
    await cp(backup, damaged, { recursive: true })
    const segment = readdirSync(join(damaged, 'ledger')).find((name) => name.startsWith('segment-'))!
    const bytes = readFileSync(join(damaged, 'ledger', segment))
    bytes[bytes.length >> 1]! ^= 1
    await writeFile(join(damaged, 'ledger', segment), bytes)
    const refused = await sluice(['restore', damaged, '--data', join(folder.root, 'new')])
    deepEqual([refused.code, refused.err.includes('is not what was copied')], [1, true])
    equal(existsSync(join(folder.root, 'new', 'choices.db')), false)
  })

  test('a list that names what no backup holds is refused before anything is touched', async (t) => {
    const { folder, backup, keys, start } = await home(t)
    await (await start()).stop()
    equal((await sluice(['backup', backup, '--data', folder.data, '--keys', keys])).code, 0)
    const beside = join(folder.root, 'beside')
    const data = join(beside, 'data')
    await mkdir(data, { recursive: true })
    await writeFile(join(beside, 'kept'), 'kept')
    // There for whatever path the list is joined with, so that its digest would be right.
    const bad = 'bad\n'
    await mkdir(join(folder.root, 'trav'))
    await writeFile(join(folder.root, 'trav', 'y'), bad)
    await writeFile(join(folder.root, 'evil'), bad)
    const digest = createHash('sha256').update(bad).digest('hex')
    const list = JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8'))
    const paths = ['../trav/y', 'revisions/../../evil', join(folder.root, 'evil'), '', '..', 'ledger/./x', 'ledger//x']
    paths.push('ledger/', 'ledger', 'ledger\\..\\x', 'ledger/a\0b', 'keys/index.key', 'lock.db', 'choices.db/x')
    for (const file of paths) {
      const files = [...list.files, { file, bytes: bad.length, digest }]
      await writeFile(join(backup, 'backup.json'), JSON.stringify({ ...list, files }))
      const { code, err } = await sluice(['restore', backup, '--data', data])
      deepEqual(
        [code, err.includes(`lists ${JSON.stringify(file)}, which no such backup holds`)],
        [1, true],
        file + err,
      )
      deepEqual([readdirSync(beside), readdirSync(data)], [['data', 'kept'], []], file)
    }
    await writeFile(join(backup, 'backup.json'), JSON.stringify({ ...list, files: [{ file: 7 }] }))
    match((await sluice(['restore', backup, '--data', data])).err, /list of files is damaged at files\.0\.file/u)
    const ofKeys = ['restore', keys, '--data', data]
    match((await sluice(ofKeys)).err, /lists "keys\/[^"]+", which no such backup holds/u)
  })

  test('no staff token comes back, not even from a backup that holds some', async (t) => {
    const { folder, backup, keys, start } = await home(t)
    await (await start()).stop()
    equal((await sluice(['token', 'add', 'ann', '--roles', 'viewer', '--config', folder.config])).code, 0)
    equal((await sluice(['backup', backup, '--data', folder.data, '--keys', keys])).code, 0)
    const tokens = ['bootstrap.hash', 'staff.token', 'tokens.json']
    const held = (where: string) => readdirSync(join(where, 'keys')).filter((name) => tokens.includes(name))
    deepEqual([held(folder.data), held(keys)], [tokens, []])
    const list = JSON.parse(readFileSync(join(keys, 'backup.json'), 'utf8'))
    for (const name of tokens) {
      const bytes = readFileSync(join(folder.data, 'keys', name))
      const digest = createHash('sha256').update(bytes).digest('hex')
      list.files.push({ file: `keys/${name}`, bytes: bytes.length, digest })
      await writeFile(join(keys, 'keys', name), bytes)
    }
    await writeFile(join(keys, 'backup.json'), JSON.stringify(list))
    const before = readFileSync(join(folder.data, 'keys', 'staff.token'), 'utf8')
    await lose(folder.data, 'keys')
    const back = await sluice(['restore', backup, '--data', folder.data, '--keys', keys])
    deepEqual([back.code, held(folder.data)], [0, []], back.err)
    match(back.out, /left out.*keys\/bootstrap\.hash, keys\/staff\.token, keys\/tokens\.json/u)
    await (await start()).stop()
    notEqual(readFileSync(join(folder.data, 'keys', 'staff.token'), 'utf8'), before)
  })

  test('a restore that was interrupted is not started on', async (t) => {
    const { folder, start } = await home(t)
    await (await start()).stop()
    await mkdir(join(folder.data, 'intake.restoring'))
    await rejects(start(), /restore was interrupted/u)
  })
})
