/** What an operator does at a running gateway, on the command line: stop, publish, roll back, dead letters. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { type Ran, sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

/** Runs `sluice …args` against the house, as whoever holds the bootstrap token. */
function at({ gateway, folder }: House): (...args: readonly string[]) => Promise<Ran> {
  const flags = ['--control', gateway.controlUrl, '--token-file', join(folder.data, 'keys', 'staff.token')]
  return (...args) => sluice([...args, ...flags])
}

async function houseOfAcme(t: TestContext) {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin)],
  }))
  return { house, partner: partners[0]!, run: at(house) }
}

describe('sluice stop and resume', () => {
  test('one partner and all: in force when the command ends, whatever the reason says', async (t) => {
    const { house, partner, run } = await houseOfAcme(t)
    const stopped = await run('stop', 'acme', '--reason', 'they say they were broken into')
    deepEqual([stopped.code, stopped.out], [0, 'stopped  acme: in force on 1 thread'], stopped.err)
    await house.send([purchase()])
    await house.settled()
    equal(partner.items().length, 0)
    deepEqual(JSON.parse((await run('resume', 'acme', '--json')).out).stopped, false)
    equal((await run('stop', '--all')).code, 0)
    deepEqual((await house.staff('GET', '/api/v1/status')).body.stopped.all, true)
    equal((await run('resume', '--all')).code, 0)
    await house.send([purchase()])
    await house.settled()
    equal(partner.items().length, 1)
  })

  test('whom is never guessed: neither, both and somebody unknown stop nobody', async (t) => {
    const { house, run } = await houseOfAcme(t)
    for (const args of [['stop'], ['stop', 'acme', '--all'], ['stop', 'acne']]) {
      const { code, out, err } = await run(...args)
      deepEqual([code, out], [1, ''], args.join(' '))
      match(err, /Name one partner|ERR_NOT_FOUND/)
    }
    const { body } = await house.staff('GET', '/api/v1/status')
    deepEqual(body.stopped, { all: false, partners: [] })
  })
})

describe('sluice publish, rollback and rollout', () => {
  test('what narrows is live at once; what widens waits with exit 2; back again; a dry run changes nothing', async (t) => {
    const { house, run } = await houseOfAcme(t)
    const share = async () => (await house.staff('GET', '/api/v1/partners/acme')).body.partner.share
    const before = await share()
    const narrower = ['--set', 'partners/acme.yaml:share.ip=[16, 32]']
    const dry = await run('publish', '--dry-run', ...narrower)
    deepEqual([dry.code, dry.out.split('\n')[0]], [0, 'would be narrower'], dry.err)
    deepEqual(await share(), before)

    const live = await run('publish', ...narrower, '--message', 'no more than that')
    deepEqual([live.code, live.out.split('\n')[0]], [0, 'live as revision 2 (narrower)'], live.err)
    deepEqual((await share()).ip, [16, 32])
    deepEqual(parse(await readFile(join(house.folder.config, 'partners', 'acme.yaml'), 'utf8')).share.ip, [16, 32])

    const wider = await run('rollback', '1', '--reason', 'it was too little', '--json')
    const { result, proposal, change } = JSON.parse(wider.out)
    deepEqual([wider.code, result, proposal, change], [2, 'proposed', 1, 'wider'])
    const missing = await run('rollback', '1')
    deepEqual([missing.code, missing.out], [1, ''])
    match(missing.err, /ERR_REASON_MISSING/)
    const none = await run('rollout', 'acme', '10')
    match(none.err, /ERR_NOT_STAGED/)
  })

  test('status says how each partner is: the fact, since when, the cause, and what to do', async (t) => {
    const { house, partner, run } = await houseOfAcme(t)
    partner.answer = { status: 401, body: '{"error": "invalid token"}' }
    await house.send([purchase()])
    await house.settled()
    const { code, out, err } = await run('status')
    equal(code, 1, err)
    match(
      out,
      /^partners {3}acme {2}Refuses since \d\d:\d\d: 401, “.*invalid token”. Renew its credentials in `connection`$/m,
    )
    const { health } = JSON.parse((await run('status', '--json')).out)
    deepEqual([health[0].partner, health[0].state, health[0].deadLetters], ['acme', 'failing', 1])
    partner.answer = { status: 200, body: '' }
    await house.send([purchase()])
    await house.settled()
    equal((await run('dead-letters', 'drop', '--partner', 'acme')).code, 0)
    match((await run('status')).out, /acme {2}Takes what is sent again: before, refuses: 401/)
    equal((await run('stop', 'acme')).code, 0)
    match((await run('status')).out, /acme {2}Stopped by an operator since \d\d:\d\d. Resume when/)
  })

  test('status and proposals say who by the name of their token', async (t) => {
    const { house, run } = await houseOfAcme(t)
    const ann = await house.staff('POST', '/api/v1/access/tokens', { name: 'ann', roles: ['editor'] })
    const tokenFile = join(house.folder.data, 'ann.token')
    await writeFile(tokenFile, ann.body.token)
    const byAnn = (...args: readonly string[]) =>
      sluice([...args, '--control', house.gateway.controlUrl, '--token-file', tokenFile])
    equal((await byAnn('publish', '--set', 'partners/acme.yaml:share.ip=[16, 32]')).code, 0)
    match((await run('status')).out, /^live {7}revision 2, since \S+, by ann$/m)
    const wider = ['--set', 'partners/acme.yaml:share.ip=[24, 48]', '--reason', 'as agreed']
    equal((await byAnn('publish', ...wider)).code, 2)
    match((await run('proposals', 'list')).out, /by ann, /)
  })

  test('a folder is published as it is: its new files, and not those that it has no more', async (t) => {
    const { house, run } = await houseOfAcme(t)
    const file = join(house.folder.config, 'partners', 'acme.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace(/^contact: .*$/m, 'contact: dpo@acme.example'))
    const published = await run('publish', house.folder.config)
    equal(published.code, 0, published.err)
    equal((await house.staff('GET', '/api/v1/partners/acme')).body.partner.contact, 'dpo@acme.example')
    const again = await run('publish', house.folder.config)
    deepEqual([again.code, again.out], [0, 'nothing changes'], again.err)
    const bad = await run('publish', '--set', 'partners/acme.yaml:share.shoe_size=pass')
    deepEqual([bad.code, bad.out], [1, ''])
    match(bad.err, /ERR_CONFIG_INVALID[\s\S]*shoe_size/)
  })
})

describe('sluice partners test', () => {
  test('the exact request, the answer and what it means, in words; the partner gets nothing, no secret is told', async (t) => {
    const { house, partners } = await startHouse(t, ([at]) => ({
      contracts: [
        webhookContract('acme', at!.origin, {
          connection: {
            url: `${at!.origin}/hooks`,
            batch: true,
            headers: { Authorization: { prefix: 'Bearer ', env: 'SLUICE_TEST_PARTNER_TOKEN' } },
          },
        }),
      ],
    }))
    const run = at(house)
    const good = await run('partners', 'test', 'acme')
    equal(good.code, 0, good.err)
    match(
      good.out,
      /^test {7}Order Completed of messenger-ios, ios-allowed, by revision 1, to the sandbox in the place of acme$/m,
    )
    match(good.out, /^request {4}POST \S*hooks/m)
    match(good.out, /authorization: Bearer sandbox/i)
    match(good.out, /^answer {5}200 after \d+ ms$/m)
    match(good.out, /^means {6}An event is delivered\.$/m)
    match(good.out, /^field {6}advertising_id: pass\. /m)
    const refused = await run('partners', 'test', 'acme', '--answer', 'refuses')
    deepEqual([refused.code, /^answer {5}401 /m.test(refused.out)], [1, true], refused.out)
    match(refused.out, /^means {6}An event is a dead letter/m)
    const optedOut = await run('partners', 'test', 'acme', '--persona', 'opted-out', '--json')
    equal(JSON.parse(optedOut.out).partner, 'acme', optedOut.err)
    const draft = await run(
      'partners',
      'test',
      'acme',
      '--draft',
      house.folder.config,
      '--event-name',
      'Order Completed',
    )
    match(draft.out, /by a draft, to the sandbox/, draft.err)
    const nobody = await run('partners', 'test', 'acne')
    deepEqual([nobody.code, nobody.out], [1, ''])
    match(nobody.err, /ERR_NOT_FOUND/)
    deepEqual(partners[0]!.items(), [])
    equal((await house.staff('GET', '/api/v1/accounting')).body.events.received, 0)
  })
})

describe('sluice dead-letters', () => {
  test('fifty are listed with their cause, tried again by one call, and dropped by another', async (t) => {
    const { house, partner, run } = await houseOfAcme(t)
    partner.answer = { status: 400, body: 'no' }
    await house.send(Array.from({ length: 50 }, () => purchase()))
    await house.settled()
    const listed = async (...args: readonly string[]) => {
      const { out, err } = await run('dead-letters', 'list', '--json', ...args)
      equal(err, '')
      return JSON.parse(out) as { readonly items: readonly { readonly id: string }[]; readonly more: boolean }
    }
    const all = await until('50 letters to be listed', async () => {
      const { items } = await listed()
      return items.length === 50 ? items : undefined
    })
    deepEqual([(await listed('--limit', '7')).items.length, (await listed('--limit', '7')).more], [7, true])
    deepEqual((await listed('--partner', 'nobody')).items, [])
    match((await run('dead-letters', 'list', '--limit', '1')).out, /acme {2}Order Completed, 1 try: .*400/)

    partner.answer = { status: 200, body: '' }
    const one = await run('dead-letters', 'retry', all[0]!.id)
    deepEqual([one.code, one.out], [0, '1 wait for another try'], one.err)
    const rest = await run('dead-letters', 'retry', '--partner', 'acme', '--event', 'Order Completed', '--json')
    deepEqual(JSON.parse(rest.out), { waits: 49, gone: 0, inDoubt: 0 }, rest.err)
    await until('all 50 to be delivered', async () => {
      const { body } = await house.staff('GET', '/api/v1/accounting')
      return body.pairs.acme.settled.delivered === 50
    })

    partner.answer = { status: 400, body: 'no' }
    await house.send([purchase(), purchase()])
    await until('two more letters', async () => (await listed()).items.length === 2)
    deepEqual((await run('dead-letters', 'drop', '--partner', 'acme')).out, '2 are off the list')
    const unknown = await run('dead-letters', 'drop', '999999.acme')
    equal(unknown.code, 1)
    match(unknown.err, /999999\.acme: ERR_NOT_FOUND/)
    equal((await run('dead-letters', 'retry')).code, 1, 'neither ids nor a partner')
  })
})
