/** What data threads share: each change is made through one of them and looked for through the other. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { Client } from 'undici'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { handleOf, officer } from '../support/officers.ts'
import type { TestPartner } from '../support/partner.ts'
import { bidderContract, bidRequest } from '../support/relay.ts'
import { type Line, linesTo, openLine } from '../support/thread-lines.ts'
import { until } from '../support/until.ts'

const CONNECTIONS = 64
const ONE_BY_ONE = { per_second: 10_000, concurrency: 1, timeout_ms: 60_000, batch: 1, linger_ms: 0 }
const APP = { id: 'messenger-ios', name: 'Messenger', platform: 'ios', write_keys: [WRITE_KEY] }

/** A partner that gets the events of its own name, one a request, and nothing of whoever restricts. */
const own = (id: string, origin: string, part: object = {}) =>
  webhookContract(id, origin, {
    events: { [id]: { as: id, properties: { who: 'who' } } },
    when_restricted: { send: 'nothing' },
    limits: ONE_BY_ONE,
    ...part,
  })
/** A name for the partner to tell a user by that does not hold the user's id, which the guard would find. */
const tagOf = (user: string): string => `tag ${[...user].reverse().join('')}`
const eventOf = (partner: string, user: string, context: object = {}) =>
  purchase({ event: partner, userId: user, properties: { who: tagOf(user) } }, context)

let house: House
let partners: Readonly<Record<'hook' | 'signed' | 'busy' | 'rolled' | 'bid' | 'rtb', TestPartner>>
let secret: string
const cleanups: (() => unknown)[] = []

before(async () => {
  // Sound: a house only asks to be told of the end.
  const context = { after: (call: () => unknown) => cleanups.push(call) } as unknown as TestContext
  const started = await startHouse(
    context,
    async ([hook, signed, busy, rolled, bid, rtb], root) => {
      secret = join(root, 'signing.key')
      await writeFile(secret, 'the first key')
      const signature = { header: 'x-signature', key: { file: secret } }
      const { origin } = signed!
      return {
        gateway: { threads: 2 },
        apps: [APP],
        contracts: [
          own('hook', hook!.origin),
          own('signed', origin, {
            connection: { url: `${origin}/hooks`, batch: true, signature },
            // What an erasure leaves behind restricts, and this one gets something of whoever restricts.
            when_restricted: { send: 'limited', share: { message_id: 'pass' } },
          }),
          own('busy', busy!.origin, { limits: { ...ONE_BY_ONE, concurrency: 2 } }),
          own('rolled', rolled!.origin, { limits: { ...ONE_BY_ONE, concurrency: 8 } }),
          bidderContract('bid', bid!.origin),
          // One connection for each thread.
          bidderContract('rtb', rtb!.origin, { limits: { ...ONE_BY_ONE, concurrency: 2 } }),
        ],
      }
    },
    6,
  )
  house = started.house
  const [hook, signed, busy, rolled, bid, rtb] = started.partners as [
    TestPartner,
    TestPartner,
    TestPartner,
    TestPartner,
    TestPartner,
    TestPartner,
  ]
  partners = { hook, signed, busy, rolled, bid, rtb }
})
after(async () => {
  for (const call of cleanups.toReversed()) await call()
})

const delivered = async (partner: string): Promise<number> =>
  (await house.gateway.totals()).pairs[partner]?.settled.delivered ?? 0

const relay = (line: Line, partner: string, body: object) =>
  line.call('POST', `/v1/relay/${partner}/bid`, body, { 'x-sluice-write-key': WRITE_KEY })
const metric = async (name: string): Promise<number> => {
  const lines = String((await house.staff('GET', '/metrics')).body).split('\n')
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1))
}

/**
 * Has `there` hold events of this user for a partner that does not answer, of which one is under way, while `change` is made; to the number of
 * requests that the partner got then.
 */
async function whileHeld(
  there: Line,
  user: string,
  change: () => Promise<void>,
  name: 'hook' | 'signed' = 'hook',
): Promise<number> {
  const partner = partners[name]
  const from = partner.received.length
  partner.hold(true)
  await there.send(Array.from({ length: 5 }, () => eventOf(name, user)))
  try {
    await until('a request to be under way', () => partner.received.length > from)
    await change()
  } finally {
    partner.hold(false)
  }
  await house.settled()
  return partner.received.length - from
}

describe('a change through one data thread, seen through another', () => {
  test('an opt-out is in force in all before it is answered, also for what another had remembered', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    await there.send([eventOf('hook', 'ann')])
    await house.settled()
    const optOut = { identities: { user: 'ann' }, opt_out: true }
    equal(
      await whileHeld(there, 'ann', async () => equal((await here.call('PUT', '/v1/me/choices', optOut)).status, 200)),
      1,
    )
    const before = partners.hook.received.length
    await there.send([eventOf('hook', 'ann')])
    await house.settled()
    equal(partners.hook.received.length, before)
  })

  test('an opt-out is in force in all before it is answered, also for what was decided and waits for a connection', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    const [, second] = (await linesTo(t, house)) as [Line, Line]
    const { rtb } = partners
    rtb.answer = { status: 204, body: '' }
    rtb.hold(true)
    const recorded = await metric('sluice_ledger_records')
    const [first, next] = [bidRequest(), bidRequest()]
    const sending = [relay(there, 'rtb', first)]
    await until('the first to be under way', () => rtb.received.length === 1)
    sending.push(relay(second, 'rtb', next))
    await until('both to be recorded', async () => (await metric('sluice_ledger_records')) >= recorded + 2)
    const optOut = { identities: { advertising_id: next.device.ifa }, opt_out: true }
    equal((await here.call('PUT', '/v1/me/choices', optOut)).status, 200)
    rtb.hold(false)
    await Promise.all(sending)
    const sent = rtb.received.map(({ body }) => body.includes(next.device.ifa))
    equal(sent.filter(Boolean).length, 0, JSON.stringify(sent))
  })

  test('a limit that one stores and another lifts is stored again where it is said again', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    const sent = async (line: Line, flags: object): Promise<boolean> => {
      const from = partners.hook.received.length
      const device = { type: 'android', advertisingId: '8d92078a-8246-4ba4-ae5b-76104861e7dc', ...flags }
      await line.send([eventOf('hook', 'bob', { device, os: { name: 'Android', version: '14' } })])
      await house.settled()
      return partners.hook.received.length > from
    }
    deepEqual(
      [
        await sent(there, {}),
        await sent(here, { lmt: 1 }),
        await sent(there, {}),
        await sent(there, { lmt: 0 }),
        await sent(there, {}),
        await sent(here, { lmt: 1 }),
        await sent(there, {}),
      ],
      [true, false, false, true, true, false, false],
    )
  })

  test('of an erased person nothing goes that another still held', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    const asks = await officer(house, 'olga')
    await here.send([eventOf('signed', 'erin')])
    await house.settled()
    const handle = await handleOf(asks, { user: 'erin' })
    const erase = async (): Promise<void> => {
      const { status, body } = await asks('POST', `subjects/${handle}/erasure`, { confirm: 'erase' })
      ok(status < 300, JSON.stringify(body))
      done.push('answered')
    }
    const threads = house.gateway.dataThreads!
    const { erased, evict } = threads
    const done: string[] = []
    const noted =
      <Of>(what: string, call: (of: Of) => Promise<void>) =>
      async (of: Of): Promise<void> => {
        await call(of)
        done.push(what)
      }
    Object.assign(threads, { erased: noted('gates closed', erased), evict: noted('let go of', evict) })
    t.after(() => Object.assign(threads, { erased, evict }))
    equal(await whileHeld(there, 'erin', erase, 'signed'), 1)
    deepEqual(done, ['gates closed', 'let go of', 'let go of', 'answered'])
  })

  test('a stop holds for what each of them held', async (t) => {
    const lines = await linesTo(t, house)
    for (const [index, line] of lines.entries()) {
      const change = async (stopped: boolean): Promise<void> => {
        const { status, body } = await house.staff('PUT', '/api/v1/partners/hook/stop', { stopped, reason: 'a test' })
        deepEqual([status, body.workers.length], [200, 1 + lines.length])
      }
      equal(await whileHeld(line, `sam-${index}`, () => change(true)), 1)
      await change(false)
    }
  })

  test('failures at each open one breaker, and a rest that one was asked for holds for the other', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    const ask = (line: Line) => relay(line, 'bid', bidRequest())
    partners.bid.answer = { status: 503, body: '' }
    for (const line of [here, here, here, there, there]) await ask(line)
    await until('the breaker to be open at both', async () => {
      await house.gateway.dataThreads!.flush()
      const lanes = house.gateway.dataThreads!.readings().map(({ state }) => state?.lanes ?? [])
      const states = lanes.map((all) => all.find(({ partner }) => partner === 'bid'))
      return states.every((lane) => lane?.failures === 5 && lane.breaker !== 'closed')
    })
    // Once somebody may look again, it is asked for an hour's rest.
    partners.bid.answer = { status: 503, body: '', headers: { 'retry-after': '3600' } }
    const from = partners.bid.received.length
    await until('the partner to be tried again', async () => {
      await ask(here)
      return partners.bid.received.length > from
    })
    const rested = partners.bid.received.length
    for (const line of [there, here, there]) equal((await ask(line)).status, 502)
    equal(partners.bid.received.length, rested)
  })

  test('a partner has no more requests at once than its contract says, whoever sends them', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    const { busy } = partners
    busy.hold(true)
    for (const line of [here, there]) await line.send(Array.from({ length: 5 }, (_, n) => eventOf('busy', `cy-${n}`)))
    await until('both to be under way', () => busy.received.length >= 2)
    // Both have had their turns since.
    const others = await delivered('hook')
    for (const line of [here, there]) await line.send([eventOf('hook', 'cy'), eventOf('hook', 'cy')])
    await until('what came later to have gone', async () => (await delivered('hook')) === others + 4)
    equal(busy.received.length, 2)
    busy.hold(false)
    await house.settled()
    equal(busy.received.length, 10)
  })

  test('a secret that has changed is the new one at each', async (t) => {
    const lines = await linesTo(t, house)
    for (const key of ['the first key', 'a later key']) {
      await writeFile(secret, key)
      for (const line of lines) {
        await line.send([eventOf('signed', 'dan')])
        await house.settled()
        const { body, headers } = partners.signed.received.at(-1)!
        equal(headers['x-signature'], createHmac('sha256', key).update(body).digest('hex'))
      }
    }
  })

  test('a revision is live at each when it is answered, and the same people are in its share at each', async (t) => {
    const lines = await linesTo(t, house)
    const approves = await officer(house, 'ben', ['approver'])
    const edits = [{ file: 'partners/rolled.yaml', path: ['share', 'user_id'], value: 'pass' }]
    const { body } = await house.staff(
      'POST',
      '/api/v1/publish',
      { edits, reason: 'a test', percent: 50 },
      { 'if-match': `"${house.gateway.revision().number}"` },
    )
    const approved = await approves('POST', `proposals/${body.proposal}/approve`, {})
    equal(approved.status, 200, JSON.stringify([body, approved.body]))
    const inShare: (readonly unknown[])[] = []
    for (const line of lines) {
      const from = partners.rolled.received.length
      await line.send(Array.from({ length: 40 }, (_, n) => eventOf('rolled', `fay-${n}`)))
      await house.settled()
      const items = partners.rolled.items().slice(from)
      inShare.push(items.flatMap(({ user }) => (user === undefined ? [] : [(user as { id: string }).id])).toSorted())
    }
    deepEqual(inShare[0], inShare[1])
    ok(inShare[0]!.length > 5 && inShare[0]!.length < 35, `${inShare[0]!.length} of 40`)
  })

  test('a name is asked about once twenty people sent it to any of them', async (t) => {
    const [here, there] = (await linesTo(t, house)) as [Line, Line]
    const sending = (line: Line, from: number, to: number) =>
      line.send(
        Array.from({ length: to - from }, (_, n) =>
          purchase({ event: 'hook', userId: `gus-${from + n}`, properties: { colour: 'red' } }),
        ),
      )
    const asked = async (): Promise<readonly string[]> => {
      const { body } = await house.staff('GET', '/api/v1/inbox?state=waiting')
      return body.items.map(({ name }: { name: string }) => name)
    }
    await sending(here, 0, 10)
    await sending(there, 0, 10)
    deepEqual(await asked(), [])
    // Each has seen fewer than twenty; a few may count as one.
    await sending(here, 10, 18)
    await sending(there, 18, 26)
    deepEqual(await asked(), ['colour'])
    await house.settled()
  })

  test('connections that all reached one are spread, and each has its share of the requests', async (t) => {
    const clients: Client[] = []
    while (clients.length < CONNECTIONS) {
      const { place, client } = await openLine(t, house)
      if (place === 0) clients.push(client)
      else await client.destroy()
    }
    const ask = async (client: Client): Promise<void> => {
      const { body } = await client.request({ method: 'POST', path: '/v1/batch', body: '' })
      await body.dump()
    }
    const requests = async (): Promise<readonly number[]> => {
      await house.gateway.dataThreads!.flush()
      return house.gateway.dataThreads!.readings().map(({ state }) => state?.requests ?? 0)
    }
    await until('each to have its share of ten rounds', async () => {
      const before = await requests()
      for (let round = 0; round < 10; round++) await Promise.all(clients.map(ask))
      const shares = (await requests()).map((now, place) => (now - before[place]!) / (10 * CONNECTIONS))
      return shares.every((share) => Math.abs(share * shares.length - 1) <= 0.2)
    })
  })

  test('what a data thread hands on may be HTTP/1.0, which names no host, as of a balancer that looks whether it lives', async () => {
    const socket = connect(Number(new URL(house.gateway.dataUrl).port), '127.0.0.1')
    socket.end('GET /partners HTTP/1.0\r\n\r\n')
    const answer = await text(socket)
    equal(answer.split('\r\n', 1)[0], 'HTTP/1.1 200 OK')
  })

  test('sums and metrics count what each did, and a thread that ends takes nothing from them', async (t) => {
    const accepted = () => metric('sluice_events_accepted_total{app="messenger-ios"}')
    const readings = () => house.gateway.dataThreads!.readings()
    const sendToEach = async (): Promise<void> => {
      for (const line of await linesTo(t, house)) await line.send([eventOf('hook', 'hal'), eventOf('hook', 'hal')])
      await house.settled()
    }
    const [from, sent] = [await accepted(), await delivered('hook')]
    await sendToEach()
    deepEqual([await accepted(), await delivered('hook')], [from + 4, sent + 4])
    await house.gateway.dataThreads!.end(1)
    deepEqual([await accepted(), await delivered('hook')], [from + 4, sent + 4])
    await until('it to be started again', () => readings()[1]!.restarts === 1 && readings()[1]!.state !== undefined)
    const named = ['restarts_total{thread="0"}', 'restarts_total{thread="1"}', 'up{thread="1"}']
    deepEqual(await Promise.all(named.map((name) => metric(`sluice_data_thread_${name}`))), [0, 1, 1])
    await sendToEach()
    deepEqual([await accepted(), await delivered('hook')], [from + 8, sent + 8])
    const { body } = await house.staff('GET', '/api/v1/accounting')
    equal(body.closes, true)
  })
})
