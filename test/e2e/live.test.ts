/** Watching traffic as it passes, through a whole gateway: what is shown, to whom, and for how long. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { starterContract } from '../../src/contracts/starter.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { type House, purchase, startHouse } from '../support/house.ts'
import { shared } from '../support/shared.ts'
import { until } from '../support/until.ts'

const MARKER = 'ann.who.is.watched@mail.example'
const IDFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'

interface Page {
  readonly items: readonly {
    readonly kind: string
    readonly id: number
    readonly partner?: string
    readonly result?: string
    readonly because?: string
    readonly event?: string
    readonly code?: string
    readonly leaves?: readonly { readonly path: string; readonly classes: readonly string[]; readonly length: number }[]
    readonly fields?: readonly { readonly field: string; readonly treatment: string }[]
  }[]
  readonly next: string
  readonly may_open: boolean
}

async function houseOf(t: TestContext) {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      webhookContract('acme', partner!.origin),
      webhookContract('quiet', partner!.origin, { when_restricted: { send: 'nothing' } }),
    ],
  }))
  const read = async (after?: string, wait = 0): Promise<Page> =>
    (await house.staff('GET', `/api/v1/live?wait=${wait}${after === undefined ? '' : `&after=${after}`}`)).body
  /** All that happened, until so many records are there. */
  const records = async (count: number, after: string): Promise<Page['items']> => {
    const items: Page['items'][number][] = []
    let next = after
    await until(`${count} records`, async () => {
      const page = await read(next, 1)
      items.push(...page.items)
      next = page.next
      return items.length >= count
    })
    return items
  }
  return { house, partners, read, records }
}

const tokenOf = async ({ folder }: House): Promise<string> =>
  (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()

async function namedToken(house: House, name: string, roles: readonly string[]): Promise<string> {
  const { body } = await house.staff('POST', '/api/v1/access/tokens', { name, roles })
  return body.token
}

describe('watching traffic', () => {
  test('what came in, and for each partner what was sent or withheld and why; no value in any of it', async (t) => {
    const { house, read, records } = await houseOf(t)
    const { next } = await read()
    const event = purchase({ userId: MARKER, properties: { revenue: 5, note: MARKER, [MARKER]: 1 } })
    await house.send([event], { 'sec-gpc': '1' })
    await house.settled()
    const items = await records(3, next)
    deepEqual(items.map(({ kind }) => kind).sort(), ['event', 'pair', 'pair'])
    const shown = items.find(({ kind }) => kind === 'event')!
    equal(shown.event, 'Order Completed')
    const advertising = shown.leaves?.find(({ classes }) => classes.includes('advertising_id'))
    equal(advertising?.length, IDFA.length)
    const pairs = items.filter(({ kind }) => kind === 'pair')
    ok(pairs.every(({ id }) => id === shown.id))
    deepEqual(pairs.map(({ partner, result, because }) => [partner, result, because]).sort(), [
      ['acme', 'limited', 'The browser or app sent Global Privacy Control.'],
      ['quiet', 'withheld', 'The browser or app sent Global Privacy Control.'],
    ])
    const text = JSON.stringify(items)
    for (const value of [MARKER, IDFA, 'mail.example']) ok(!text.includes(value), value)
  })

  test('refused events are told by code, with no app’s words', async (t) => {
    const { house, read, records } = await houseOf(t)
    const { next } = await read()
    await house.send([purchase(), { type: 'track', event: MARKER }])
    const refused = (await records(2, next)).find(({ kind }) => kind === 'refused')
    equal(refused?.code, 'EVENT_NO_ID')
    ok(!JSON.stringify(refused).includes(MARKER))
  })

  test('a body is opened by a privacy officer alone, on record for whoever it is about', async (t) => {
    const { house, read, records } = await houseOf(t)
    const { next, may_open } = await read()
    equal(may_open, true)
    await house.send([purchase({ userId: MARKER })])
    const { id } = (await records(1, next)).find(({ kind }) => kind === 'event')!
    const editor = await namedToken(house, 'eve', ['editor'])
    const refused = await house.staff('POST', `/api/v1/live/events/${id}/body`, undefined, {})
    equal(refused.status, 200)
    const byEditor = await fetch(`${house.gateway.controlUrl}/api/v1/live/events/${id}/body`, {
      method: 'POST',
      headers: { authorization: `Bearer ${editor}` },
    })
    equal(byEditor.status, 403)
    equal(refused.body.event.userId, MARKER)
    const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: MARKER } })
    const { body: trail } = await house.staff('GET', '/api/v1/disclosures?kind=control&limit=1000')
    const opened = (trail.items as { action?: string; facts?: Record<string, unknown> }[]).filter(
      ({ facts }) => facts?.call === 'openLiveBody',
    )
    ok(opened.length >= 1, JSON.stringify(trail).slice(0, 500))
    ok(!JSON.stringify(opened).includes(MARKER))
    const { body: statement } = await house.staff('GET', `/api/v1/subjects/${body.handle}/export`)
    ok(JSON.stringify(statement).includes('openLiveBody'))
    // An erasure reaches what is only passing.
    const erased = await house.staff('POST', `/api/v1/subjects/${body.handle}/erasure`, {
      confirm: 'erase',
      accounts: 'include',
    })
    equal(erased.status, 200, JSON.stringify(erased.body))
    equal((await house.staff('POST', `/api/v1/live/events/${id}/body`)).body.code, 'ERR_EVENT_GONE')
  })

  test('whoever waits with a session that ends meanwhile is told nothing', async (t) => {
    const { house } = await houseOf(t)
    const signedIn = await fetch(`${house.gateway.controlUrl}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: await tokenOf(house) }),
    })
    const { csrf } = (await signedIn.json()) as { csrf: string }
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
    const read = (query: string) => fetch(`${house.gateway.controlUrl}/api/v1/live?${query}`, { headers: { cookie } })
    const { next } = (await (await read('wait=0')).json()) as Page
    const waiting = read(`wait=20&after=${next}`)
    await fetch(`${house.gateway.controlUrl}/session`, { method: 'DELETE', headers: { cookie, 'sluice-csrf': csrf } })
    await house.send([purchase()])
    const answered = await waiting
    equal(answered.status, 401)
    match(await answered.text(), /ERR_TOKEN_MISSING/)
  })

  test('a stop does not wait for whoever waits', async (t) => {
    const { house, read } = await houseOf(t)
    const { next } = await read()
    const waiting = read(next, 20).catch(() => undefined)
    await house.gateway.stop()
    await waiting
  })

  test('an SDK is heard of by name and version; what it was refused last is told in words', async (t) => {
    const { house } = await houseOf(t)
    const apps = async () => (await house.staff('GET', '/api/v1/live/apps')).body
    const before = await apps()
    deepEqual([before.apps[0].sdks, before.apps[0].refusal, before.apps[0].write_key], [[], undefined, WRITE_KEY])
    await house.send([purchase({}, { library: { name: 'analytics-swift', version: '1.9.2' } })])
    await house.send([{ type: 'track', event: 'Order Completed' }])
    await house.call(
      'POST',
      '/v1/batch',
      { batch: [purchase()] },
      { authorization: `Basic ${btoa('nobody-knows-me:')}` },
    )
    await house.call('GET', `/v1/projects/${WRITE_KEY}/settings`)
    const after = await apps()
    const [app] = after.apps
    deepEqual(
      app.sdks.map(({ name, version, requests }: Record<string, unknown>) => [name, version, requests]),
      [['analytics-swift', '1.9.2', 1]],
    )
    equal(app.refusal.code, 'ERR_EVENTS_ALL_BAD')
    ok(app.refusal.says.length > 10 && app.asked_at !== undefined)
    equal(after.unknown.code, 'ERR_KEY_UNKNOWN')
    const viewer = await namedToken(house, 'vic', ['viewer'])
    const seen = await fetch(`${house.gateway.controlUrl}/api/v1/live/apps`, {
      headers: { authorization: `Bearer ${viewer}` },
    })
    ok(!(await seen.text()).includes(WRITE_KEY))
  })
})

describe('test events', () => {
  const counted = async (house: House) => {
    const { body: accounting } = await house.staff('GET', '/api/v1/accounting')
    const { body: disclosures } = await house.staff('GET', '/api/v1/disclosures?limit=1000')
    return {
      accounting,
      records: disclosures.items.filter(({ kind }: { kind: string }) => kind !== 'control' && kind !== 'request'),
    }
  }

  test('reaches the sandbox as it would the partner; on record as a test, counted nowhere', async (t) => {
    const { house, partners } = await houseOf(t)
    const before = await counted(house)
    const { status, body } = await house.staff('POST', '/api/v1/test-events', {
      persona: 'ios-allowed',
      partner: 'acme',
    })
    equal(status, 200, JSON.stringify(body))
    deepEqual([body.result, body.status, body.draft, body.event], ['delivered', 200, false, 'Order Completed'])
    equal(body.received.path, '/hooks')
    const { body: simulated } = await house.staff('POST', '/api/v1/simulate', {
      persona: 'ios-allowed',
      partner: 'acme',
    })
    const { sent_at: _, ...got } = JSON.parse(body.received.body)[0] ?? JSON.parse(body.received.body)
    ok(Object.keys(got).length > 0)
    equal(body.fields.advertising_id.treatment, simulated.partners[0].fields.advertising_id.treatment)
    equal(partners[0]!.received.length, 0)
    deepEqual(await counted(house), before)
    const { body: trail } = await house.staff('GET', '/api/v1/disclosures?kind=control&limit=1000')
    const tests = trail.items.filter(({ action }: { action: string }) => action === 'test_event')
    deepEqual(
      tests.map(({ facts }: { facts: Record<string, unknown> }) => [facts.partner, facts.to, facts.draft]),
      [['acme', 'sandbox', 0]],
    )
  })

  test('each way of answering is told as what would become of an event', async (t) => {
    const { house } = await houseOf(t)
    const means: Record<string, string> = {}
    for (const answer of ['takes', 'refuses', 'busy', 'fails', 'silent'] as const) {
      const asked = { persona: 'ios-allowed', partner: 'acme', answer }
      means[answer] = (await house.staff('POST', '/api/v1/test-events', asked)).body.means
    }
    equal(means.takes, 'An event is delivered.')
    match(means.refuses!, /^An event is a dead letter \(401/)
    match(means.busy!, /^An event is tried again \(429/)
    match(means.fails!, /^An event is tried again \(500/)
    match(means.silent!, /^Whether the partner has the event is not known \(.*no answer within/)
  })

  test('a person who said no: withheld, with the reason, and nothing is sent to the sandbox either', async (t) => {
    const { house } = await houseOf(t)
    const { body } = await house.staff('POST', '/api/v1/test-events', { persona: 'child', partner: 'acme' })
    deepEqual([body.result, body.why, body.received], ['withheld', 'child', undefined])
  })

  const drafts = shared(houseOf)
  for (const type of PARTNER_TYPES)
    test(`a draft of ${type.type}, as its type begins, before anybody approves it`, async () => {
      const { house } = drafts()
      const text = starterContract(type, 'newcomer', ['messenger-ios'])
      const ids = { appsflyer_id: '1700000000000-1234567890123456789', adid: 'a'.repeat(32), kochava_device_id: 'KB1' }
      const { status, body } = await house.staff('POST', '/api/v1/test-events', {
        app: 'messenger-ios',
        event: purchase({ integrations: { AppsFlyer: { appsFlyerId: ids.appsflyer_id } } }, { externalIds: [] }),
        partner: 'newcomer',
        draft: { files: { 'partners/newcomer.yaml': text } },
      })
      equal(status, 200, JSON.stringify(body))
      equal(body.draft, true)
      if (body.result === 'withheld') equal(body.why, 'type_cannot_carry')
      else {
        equal(body.result, 'delivered', body.means)
        ok(!JSON.stringify(body.received).includes('{{secret:'), 'a place of a secret was sent')
      }
    })
})
