/** P8: the simulator is production. What it shows is what partners get; and nothing it hangs on could send. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../src/model/brand.ts'
import type { ShownRequest } from '../../src/simulate/stages.ts'
import { webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { importsOf, sourceFiles } from '../support/import-rules.ts'
import { telemetry } from '../support/telemetry.ts'
import { until } from '../support/until.ts'

const CASES = Math.min(400, Number(process.env.SLUICE_CASES ?? 60))
const SECRET = 'a-secret-that-no-file-holds'
process.env.SIMULATE_TEST_KEY = SECRET
const KEY = { env: 'SIMULATE_TEST_KEY' }
const ALONE = { per_second: 10_000, concurrency: 4, timeout_ms: 5_000, batch: 1, linger_ms: 0 }
const IDS = { advertising_id: 'pass', vendor_id: 'pseudonym', user_id: 'pseudonym', anonymous_id: 'pseudonym' }
const REST = {
  ip: [24, 48],
  coordinates: '50km2',
  place: 'city',
  os: 'pass',
  device: 'reduced',
  url: 'origin',
  time: 'hour',
}

type Choice = 'none' | 'opted_out' | 'child'
interface Drawn {
  readonly event: JsonObject
  readonly headers: Readonly<Record<string, string>>
  readonly choice: Choice
}

let serial = 0
/** Mostly what restricts nothing: restrictions multiply. */
const mostly = <T>(open: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(open) }, { weight: 2, arbitrary: fc.constantFrom(...others) })
const context = fc.record({
  country: mostly<string | undefined>('US', 'DE', undefined),
  att: mostly<number | undefined>(3, 2, 0, undefined),
  lmt: mostly<number | undefined>(undefined, 0, 1),
  us_privacy: mostly<string | undefined>(undefined, '1YNN', '1YYN', 'broken'),
  age: mostly<number | undefined>(undefined, 15, 40),
})
const drawn: fc.Arbitrary<Drawn> = fc
  .tuple(telemetry(), context, mostly<Choice>('none', 'opted_out', 'child'), mostly<string | undefined>(undefined, '1'))
  .map(([{ event }, { country, att, lmt, us_privacy, age }, choice, gpc]) => {
    const own = event.context as JsonObject
    serial++
    return {
      choice,
      headers: gpc === undefined ? {} : { 'sec-gpc': gpc },
      event: JSON.parse(
        JSON.stringify({
          ...event,
          // A person of its own each time: what one of them chose is nobody else's choice.
          userId: `person-${serial}`,
          anonymousId: `anonymous-${serial}`,
          messageId: `message-${serial}`,
          integrations: { AppsFlyer: { appsFlyerId: '1700000000000-1234567890123456789' } },
          context: {
            ...own,
            us_privacy,
            location: { ...(own.location as JsonObject | undefined), country },
            device: { ...ownIds(own.device as JsonObject | undefined), attTrackingStatus: att, lmt },
            traits: { ...(own.traits as JsonObject | undefined), age },
          },
        }),
      ),
    }
  })

/** Two people with one device are linked, and so is what they chose: small draws repeat themselves. */
function ownIds(device: JsonObject = {}): JsonObject {
  const unique = (prefix: string): string => `${prefix}-1111-4111-8111-${String(serial).padStart(12, 'A')}`
  return {
    ...device,
    ...(device.id === undefined ? {} : { id: unique('AAAAAAAA') }),
    ...(device.advertisingId === undefined ? {} : { advertisingId: unique('BBBBBBBB') }),
  }
}

/** As delivery fills it in, by hand. */
function filled({ method, url, headers, body }: ShownRequest): string {
  const fill = (text: string): string => text.replaceAll(/\{\{secret:[^{}]+\}\}/g, SECRET)
  const sent = fill(body)
  const signed = (text: string): string =>
    text.replace('{{hmac-sha256:secret:signature.key}}', createHmac('sha256', SECRET).update(sent).digest('hex'))
  const shown = Object.entries(headers).map(([name, text]) => `${name.toLowerCase()}: ${signed(fill(text))}`)
  const { pathname, search } = new URL(url)
  return [`${method} ${fill(pathname + search)}`, ...shown.sort(), sent].join('\n')
}

describe('P8: the simulator is production', () => {
  test('every request at every partner is the simulated one, secrets filled in; what it withholds never comes', async (t) => {
    const { house, partners } = await startHouse(
      t,
      ([hook, pixel, appsflyer]) => ({
        contracts: [
          webhookContract('hook', hook!.origin, {
            share: { ...IDS, ...REST, email: 'pass' },
            when_restricted: { send: 'limited', share: { os: 'reduced', place: 'country' } },
            connection: {
              url: `${hook!.origin}/in?x=1`,
              headers: { 'X-Api-Key': { prefix: 'Key ', ...KEY }, 'X-Plain': 'plain' },
              signature: { header: 'X-Signature', prefix: 'sha256=', key: KEY },
            },
            limits: ALONE,
          }),
          webhookContract('pixel', pixel!.origin, {
            type: 'pixel',
            share: {
              advertising_id: 'pass',
              user_id: 'pseudonym',
              message_id: 'pseudonym',
              ip: [24, 48],
              place: 'country',
              os: 'reduced',
            },
            when_restricted: { send: 'nothing' },
            connection: {
              url: `${pixel!.origin}/pb?k={secret:token}&tx={transaction_id}&idfa={idfa}&gaid={gaid}&ip={ip}&c={country}&os={os}&ev={event_name}&rev={revenue}&lat={limit_ad_tracking}&u={user_id}`,
              secrets: { token: KEY },
            },
            limits: ALONE,
          }),
          webhookContract('appsflyer', appsflyer!.origin, {
            type: 'appsflyer',
            share: { partner_id: 'pass', advertising_id: 'pass', ip: [24, 0], os: 'pass' },
            when_restricted: { send: 'limited', share: { partner_id: 'pass', os: 'reduced', property: 'pass' } },
            connection: { app_id: 'id1234567890', key: KEY, origin: appsflyer!.origin },
            limits: ALONE,
          }),
        ],
      }),
      3,
    )
    const expected = new Map<string, string[]>([
      ['hook', []],
      ['pixel', []],
      ['appsflyer', []],
    ])
    let withheld = 0
    for (const { event, headers, choice } of fc.sample(drawn, { numRuns: CASES, seed: 7_402 })) {
      const { status, body } = await house.staff('POST', '/api/v1/simulate', {
        app: 'messenger-ios',
        event,
        headers,
        client_ip: '127.0.0.1',
        state: { choice },
      })
      equal(status, 200, JSON.stringify(body))
      for (const { partner, request } of body.partners) {
        if (request === undefined) withheld++
        else expected.get(partner)!.push(filled(request))
      }
      if (choice !== 'none') {
        const said = choice === 'child' ? { child: true } : { opt_out: true }
        equal(
          (await house.call('PUT', '/v1/me/choices', { identities: { user: String(event.userId) }, ...said })).status,
          200,
        )
      }
      equal((await house.send([event], headers)).status, 200)
    }
    await house.settled()
    for (const [index, [partner, requests]] of [...expected].entries()) {
      const received = partners[index]!.received.map(({ method, path, headers, body }) => {
        const own = Object.entries(headers)
          .filter(([name]) => !['host', 'connection', 'content-length', 'transfer-encoding'].includes(name))
          .map(([name, value]) => `${name}: ${String(value)}`)
        return [`${method} ${path}`, ...own.sort(), body].join('\n')
      })
      deepEqual(received.sort(), requests.sort(), partner)
      ok(requests.length > CASES / 20, `${partner}: only ${requests.length} requests say little`)
    }
    ok(withheld > CASES / 10, `only ${withheld} were withheld`)
  })

  test('nothing the simulator hangs on could send: no wire, no HTTP client, no socket', () => {
    const root = join(import.meta.dirname, '..', '..', 'src')
    const starts = sourceFiles(root).filter((file) => file.startsWith('simulate/'))
    ok(starts.length >= 12)
    const reached = new Set<string>()
    const modules = new Set<string>()
    const visit = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      for (const { target, module, typeOnly } of importsOf(file, readFileSync(join(root, file), 'utf8'))) {
        if (target !== undefined && !typeOnly) visit(target)
        else if (target === undefined && !typeOnly) modules.add(module)
      }
    }
    for (const file of starts) visit(file)
    ok(reached.size > 60, `only ${reached.size} files`)
    deepEqual(
      // Nor what puts the gateway together.
      [...reached].filter(
        (file) => /^(delivery|threads|ingress|storage|cli|gateway)\//.test(file) || !file.includes('/'),
      ),
      [],
    )
    const sends = /^(undici|node:(https?|http2|tls|dgram|child_process|worker_threads|dns)|express|node:net)$/
    // `isIP` of node:net only looks at its argument; the import test holds pure rooms to it.
    deepEqual(
      [...modules].filter((module) => sends.test(module) && module !== 'node:net'),
      [],
    )
  })
})

const CONTRACT = (origin: string) => webhookContract('acme', origin)
const acmeOf = (body: { partners: readonly { partner: string }[] }) =>
  body.partners.find(({ partner }) => partner === 'acme')

async function oneHouse(t: Parameters<typeof startHouse>[0]): Promise<House> {
  return (await startHouse(t, ([partner]) => ({ contracts: [CONTRACT(partner!.origin)] }))).house
}

describe('simulate: the stages', () => {
  test('every leaf says what reads it, and what nobody reads says so', async (t) => {
    const house = await oneHouse(t)
    const { body } = await house.staff('POST', '/api/v1/simulate', {
      app: 'messenger-ios',
      event: purchase({ properties: { revenue: 6.5, note: 'x', imei: '1' } }),
    })
    const leaf = (path: string) => body.leaves.find((one: { path: string }) => one.path === path)
    deepEqual(leaf('context.ip').classes, ['ip'])
    equal(leaf('context.ip').kept, true)
    deepEqual(leaf('context.location.country').classes, ['place'])
    deepEqual(leaf('context.location.country').signals, ['country'])
    equal(leaf('context.location.country').kept, false)
    deepEqual(leaf('context.device.attTrackingStatus').signals, ['att'])
    deepEqual([leaf('properties.note').note, leaf('properties.imei').note], ['not read', 'never leaves'])
  })

  test('every field says which ceiling won, and where in the contract', async (t) => {
    const house = await oneHouse(t)
    const ask = (state: object) =>
      house.staff('POST', '/api/v1/simulate', { app: 'messenger-ios', event: purchase(), state })
    const open = acmeOf((await ask({})).body) as unknown as { fields: Record<string, { because: string; why: string }> }
    match(open.fields.ip!.because, /coarser form.*share\.ip: 24\/48/)
    const limited = acmeOf((await ask({ choice: 'opted_out' })).body) as unknown as typeof open
    match(limited.fields.os!.because, /opted out with us.*when_restricted\.share\.os: reduced/)
    match(limited.fields.advertising_id!.because, /when_restricted\.share has no advertising_id/)
  })

  test('a state takes the place of what the event says', async (t) => {
    const house = await oneHouse(t)
    const why = async (state: object) => {
      const { body } = await house.staff('POST', '/api/v1/simulate', { app: 'messenger-ios', event: purchase(), state })
      return (acmeOf(body) as unknown as { why: string }).why
    }
    deepEqual(
      await Promise.all(
        [
          {},
          { country: 'DE' },
          { country: null },
          { gpc: '1' },
          { age: 9 },
          { us_privacy: '?' },
          { stopped: true },
        ].map(why),
      ),
      ['agreed', 'consent_missing', 'consent_missing', 'gpc', 'child', 'signal_invalid', 'stopped'],
    )
  })

  test('the last accepted events are shown by stand-ins, in no form their own', async (t) => {
    const house = await oneHouse(t)
    const event = purchase({ userId: 'very-personal-user' })
    await house.send([purchase(), event])
    await house.settled()
    const { body } = await house.staff('POST', '/api/v1/simulate', { last: 1 })
    equal(body.masked, true)
    equal(acmeOf(body) === undefined, false)
    const text = JSON.stringify(body)
    const { device, ip } = event.context as { device: { advertisingId: string }; ip: string }
    for (const own of [event.messageId as string, 'very-personal-user', device.advertisingId])
      equal(text.includes(own), false)
    equal(ip, '203.0.113.77')
    match(text, /AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE/)
    const none = await house.staff('POST', '/api/v1/simulate', { last: 3 })
    equal(none.body.code, 'ERR_SIMULATE_INVALID')
  })
})

describe('simulate: matrix, comparison, who', () => {
  test('the matrix has every partner, every state and every law', async (t) => {
    const house = await oneHouse(t)
    const { body } = await house.staff('POST', '/api/v1/simulate/matrix', { app: 'messenger-ios', event: purchase() })
    const row = (state: string) => body.rows.find((one: { state: string }) => one.state === state).cells[0]
    deepEqual(body.partners, ['acme'])
    deepEqual(row('as it is').leaves, {
      advertising_id: 'pass',
      message_id: 'pass',
      ip: '24/48',
      os: 'pass',
      property: 'pass',
    })
    deepEqual(row('opted out with us').leaves, { message_id: 'pass', os: 'reduced' })
    equal(row('known child').why, 'child')
    equal(row('partner stopped').why, 'stopped')
    deepEqual([row('us').result, row('strict').result], ['item', 'withheld'])
  })

  test('a draft beside the live revision: what changes for one event', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [CONTRACT(partner!.origin)] }))
    const { stringify } = await import('yaml')
    const draft = {
      files: {
        'partners/acme.yaml': stringify(
          webhookContract('acme', partners[0]!.origin, {
            share: { advertising_id: 'pseudonym', ip: [16, 48], os: 'pass', email: 'pass' },
            when_restricted: { send: 'nothing' },
          }),
        ),
      },
    }
    const event = purchase({ traits: { email: 'a@mail.example' } })
    const { body } = await house.staff('POST', '/api/v1/simulate/compare', {
      app: 'messenger-ios',
      event,
      after: { draft },
    })
    const [change] = body.partners
    deepEqual(
      [change.change, change.added, change.removed, change.coarser, change.finer],
      ['changed', ['email'], ['message_id'], ['advertising_id', 'ip'], []],
    )
    const bad = await house.staff('POST', '/api/v1/simulate/compare', {
      app: 'messenger-ios',
      event,
      after: { draft: { files: { 'partners/acme.yaml': 'id: acme\nsharee: {}\n' } } },
    })
    equal(bad.body.code, 'ERR_CONFIG_INVALID')
    match(bad.body.problems.join('\n'), /partners\/acme\.yaml:2:1 sharee.*Did you mean share/)
    equal(partners[0]!.received.length, 0)
    equal(house.gateway.revision().number, 1)
  })

  test('who can ever receive a field, under which law and when', async (t) => {
    const house = await oneHouse(t)
    const { body } = await house.staff('POST', '/api/v1/simulate/who', { field: 'advertising_id' })
    const [acme] = body.partners
    equal(acme.ever, true)
    const [us] = acme.received
    deepEqual([us.laws, us.places, us.treatment], [['us'], ['US'], 'pass'])
    equal(us.when.length, 1)
    match(us.when[0], /^everybody but those who opted out with us, or .*Global Privacy Control/)
    match(us.when[0], /; device does not limit tracking; of unknown age, adults, 16 or 17, 13 to 15$/)
    deepEqual([acme.never.length, acme.never[0].laws], [1, ['strict']])
    match(acme.never[0].because, /no vendor number or consent category/)
    const email = await house.staff('POST', '/api/v1/simulate/who', { field: 'email' })
    deepEqual([email.body.partners[0].ever, email.body.partners[0].received], [false, []])
  })
})

describe('replay: a draft against what was accepted', () => {
  test('counts what changes, for how many people, and changes nothing', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [CONTRACT(partner!.origin)] }))
    const { stringify } = await import('yaml')
    const twice = 'one-person'
    await house.send([
      purchase({ userId: twice }),
      purchase({ userId: twice }),
      purchase(),
      purchase({}, { location: { country: 'DE' } }),
    ])
    await house.send([purchase({ event: 'Nobody Names This' })])
    await house.settled()
    const before = JSON.stringify(await house.gateway.totals())
    const received = partners[0]!.received.length
    const file = stringify(
      webhookContract('acme', partners[0]!.origin, {
        share: { message_id: 'pass', os: 'pass', ip: [16, 48], email: 'pass' },
        when_restricted: { send: 'nothing' },
      }),
    )
    const { status, body } = await house.staff('POST', '/api/v1/revisions/replay', {
      draft: { files: { 'partners/acme.yaml': file } },
    })
    equal(status, 200, JSON.stringify(body))
    deepEqual([body.events, body.nameless, body.people, body.ended], [5, 1, 2, 'all'])
    const [acme] = body.partners
    deepEqual(
      [acme.events, acme.changed, acme.newlySent, acme.newlyWithheld, acme.withheld, acme.people],
      [4, 3, 0, 0, 1, 2],
    )
    deepEqual(
      [acme.removed, acme.coarser, acme.added, acme.mayAdd],
      [{ advertising_id: 3 }, { ip: 3 }, {}, { email: 3 }],
    )
    equal(JSON.stringify(await house.gateway.totals()), before)
    equal(partners[0]!.received.length, received)
    equal(JSON.stringify(body).includes(twice), false)
    const gone = await house.staff('POST', '/api/v1/revisions/replay', { draft: { files: {}, remove: ['acme'] } })
    equal(gone.body.partners[0].newlyWithheld, 3)
    const two = await house.staff('POST', '/api/v1/revisions/replay', { last: 2 })
    deepEqual([two.body.events, two.body.ended, two.body.partners[0].same], [2, 'asked', 0])
  })

  test('one at a time: whoever asks while another runs is turned away', async (t) => {
    const house = await oneHouse(t)
    await house.send([purchase()])
    await house.settled()
    // A replay of one event may be over before the next question arrives: then they are asked again.
    await until('two replays to have met', async () => {
      const together = await Promise.all([1, 2, 3].map(() => house.staff('POST', '/api/v1/revisions/replay', {})))
      const refused = together.filter(({ status }) => status !== 200)
      deepEqual(
        refused.map(({ status, body }) => [status, body.code]),
        refused.map(() => [429, 'ERR_PRESSURE']),
      )
      ok(refused.length < together.length)
      return refused.length > 0
    })
  })
})
