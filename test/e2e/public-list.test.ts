/** The public list: what anyone may read of the live revision, over real sockets. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { request } from 'undici'
import { webhookContract } from '../support/config-folder.ts'
import { type House, startHouse } from '../support/house.ts'
import { shared } from '../support/shared.ts'

interface Read {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

async function read(house: House, path: string, headers: Readonly<Record<string, string>> = {}): Promise<Read> {
  const answered = await request(`${house.gateway.dataUrl}${path}`, { headers })
  return { status: answered.statusCode, headers: answered.headers, text: await answered.body.text() }
}

const ads = (origin: string, part: object = {}): ReturnType<typeof webhookContract> =>
  webhookContract('ads', origin, {
    name: 'Ads & More',
    type: 'meta_capi',
    purposes: ['advertising', 'measurement'],
    countries: ['US', 'IE'],
    transfer_basis: 'standard contractual clauses of 2021',
    share: { advertising_id: 'pass', email: 'pass', ip: [32, 0], place: 'city', time: 'pass' },
    when_restricted: { send: 'nothing' },
    connection: { dataset: '123', token: { env: 'TOKEN' }, origin },
    limits: { per_second: 10, concurrency: 1, timeout_ms: 20_000, linger_ms: 5 },
    ...part,
  })

const unchanged = shared((t) => startHouse(t, ([partner]) => ({ contracts: [ads(partner!.origin)] })))

test('says who gets what, in what form, why and where, and what an opt-out changes', async (t) => {
  const { house } = await startHouse(t, ([partner]) => ({
    contracts: [
      webhookContract('acme', partner!.origin),
      ads(partner!.origin),
      webhookContract('helper', partner!.origin, {
        role: 'service_provider',
        agreement: { ref: 'A-1', until: '2099-12-31' },
        purposes: ['analytics'],
      }),
    ],
  }))
  const { status, headers, text } = await read(house, '/partners.json')
  equal(status, 200)
  equal(headers['content-type'], 'application/json; charset=utf-8')
  const list = JSON.parse(text)
  deepEqual(
    [list.privacy_policy_date, list.signals],
    ['2018-05-22', { global_privacy_control: true, do_not_track: false }],
  )
  deepEqual(
    list.partners.map(({ id, stopped }: { id: string; stopped: boolean }) => [id, stopped]),
    [
      ['ads', false],
      ['acme', false],
      ['helper', false],
    ],
  )
  const [first, acme, helper] = list.partners
  deepEqual(first.countries, [
    { code: 'IE', name: 'Ireland' },
    { code: 'US', name: 'United States' },
  ])
  equal(first.transfer_basis, 'standard contractual clauses of 2021')
  match(first.changed, /^\d{4}-\d{2}-\d{2}$/)
  const formOf = (one: typeof first, field: string): string | undefined =>
    one.shared.find((shared: { field: string }) => shared.field === field)?.form
  equal(formOf(first, 'advertising_id'), 'as it is')
  match(formOf(first, 'email')!, /hash/)
  equal(formOf(first, 'ip'), 'whole (IPv4 addresses only)')
  equal(formOf(first, 'place'), 'country, region and city')
  equal(
    formOf(acme, 'ip'),
    'shortened, so that it stands for many devices: the first 24 of 32 bits (IPv4), the first 48 of 128 bits (IPv6)',
  )
  equal(formOf(acme, 'property'), 'only these: revenue')
  deepEqual(first.when_opted_out, { effect: 'nothing_is_shared', shared: [] })
  equal(acme.when_opted_out.effect, 'less_is_shared')
  deepEqual(
    acme.when_opted_out.shared.map(({ field, form }: { field: string; form: string }) => [field, form]),
    [
      ['message_id', 'as it is'],
      ['os', 'only its name and main version'],
    ],
  )
  equal(helper.when_opted_out.effect, 'nothing_changes')
})

test('the page has one heading, landmarks, a language, no script and nothing from elsewhere', async () => {
  const { house } = unchanged()
  const { headers, text } = await read(house, '/partners', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' })
  equal(headers['content-type'], 'text/html; charset=utf-8')
  match(String(headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-[\w+/=]+';/)
  equal(headers['x-content-type-options'], 'nosniff')
  for (const tag of ['<html lang="en">', '<header>', '<main id="content">', '<footer>', '<title>', 'name="viewport"'])
    ok(text.includes(tag), tag)
  equal(text.split('<h1>').length, 2)
  ok(!/<script|<img|<link[^>]+stylesheet|\son\w+=|src=/i.test(text))
  ok(text.includes('Ads &amp; More'))
  for (const link of ['optout.networkadvertising.org', 'optout.aboutads.info', 'youronlinechoices.eu', 'appchoices'])
    ok(text.includes(link), link)
  match(text, /Do Not Track:<\/strong> we do not act on Do Not Track signals\./)
  match(text, /<time datetime="2018-05-22">22 May 2018<\/time>/)
})

test('both pages: headings never skip a level, ids are single, and every part of the list has a name', async (t) => {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      ads(partner!.origin),
      adjust(partner!.origin, { '@forget': {} }),
      webhookContract('acme', partner!.origin),
    ],
  }))
  const share = { advertising_id: 'pseudonym' }
  await house.folder.write({ contracts: [ads(partners[0]!.origin, { share })] })
  await house.publishFiles()
  for (const [path, articles] of [
    ['/partners', 1],
    ['/partners/changes', 6],
  ] as const) {
    const { text } = await read(house, path)
    const levels = [...text.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))
    equal(levels[0], 1)
    ok(
      levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1),
      `${path}: ${levels.join()}`,
    )
    const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    equal(new Set(ids).size, ids.length)
    const parts = [...text.matchAll(/<(?:article|section)([^>]*)>/g)].map(
      ([, rest = '']) => /aria-labelledby="([^"]*)"/.exec(rest)?.[1],
    )
    equal(parts.length, articles + (path === '/partners' ? 3 : 2))
    ok(
      parts.every((label) => ids.includes(label)),
      `${path}: ${parts.join()}`,
    )
    for (const [, href = ''] of text.matchAll(/href="#([^"]*)"/g)) ok(ids.includes(href), href)
  }
})

test('says what goes along with a wish to be forgotten, also where nothing is shared after an opt-out', async (t) => {
  const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [adjust(partner!.origin, {})] }))
  const entry = async () => JSON.parse((await read(house, '/partners.json')).text).partners[0]
  equal((await entry()).when_asked_to_forget, undefined)
  deepEqual((await entry()).events, ['The company’s own software in the app reports or asks for something'])
  ok(!(await read(house, '/partners')).text.includes('forget your device'))

  await house.folder.write({ contracts: [adjust(partners[0]!.origin, { '@forget': {} })] })
  await house.publishFiles()
  const { events, shared, when_opted_out: optedOut, when_asked_to_forget: asked } = await entry()
  equal(events.length, 1)
  equal(shared.length, 3)
  equal(optedOut.effect, 'nothing_is_shared')
  const id = 'IDs that advertising companies themselves gave to this installation'
  deepEqual(asked, { shared: [{ field: 'partner_id', what: id, form: 'as it is' }] })
  match((await read(house, '/partners')).text, /<h4>If you ask it to forget your device<\/h4>\n<p>Your wish goes to it/)
  const { changes } = JSON.parse((await read(house, '/partners/changes.json')).text)
  deepEqual(changes[0].what, [`If you ask it to forget your device: ${id}: now shared, as it is.`])
})

function adjust(origin: string, more: object): ReturnType<typeof webhookContract> {
  return webhookContract('adjust', origin, {
    type: 'adjust',
    events: { '@relay': {}, ...more },
    share: { partner_id: 'pass', os: 'pass', ip: [24, 0] },
    when_restricted: { send: 'nothing' },
    connection: { app_token: 'abc123def456', origin },
    limits: {},
  })
}

test('a name full of markup is text on the page', async (t) => {
  const name = `</h3><script>alert(1)</script><img src=x onerror=alert(1)> " ' & co`
  const { house } = await startHouse(t, ([partner]) => ({
    contracts: [ads(partner!.origin, { name, transfer_basis: '<b>none</b>', events: { '<i>x</i>': { as: 'x' } } })],
  }))
  for (const path of ['/partners', '/partners/changes']) {
    const { text } = await read(house, path)
    ok(!/<script|<img|<b>|<i>/i.test(text), path)
    ok(text.includes('&lt;script&gt;alert(1)&lt;/script&gt;'), path)
  }
  equal(JSON.parse((await read(house, '/partners.json')).text).partners[0].name, name)
})

test('a new revision and a stop are there at once, and the history says what changed, newest first', async (t) => {
  const { house, partners } = await startHouse(t, ([partner]) => ({ contracts: [ads(partner!.origin)] }))
  const { origin } = partners[0]!
  const before = await read(house, '/partners.json')
  equal((await read(house, '/partners.json', { 'if-none-match': String(before.headers.etag) })).status, 304)

  const share = { advertising_id: 'pseudonym', ip: [32, 0], place: 'city', time: 'pass', phone: 'pass' }
  await house.folder.write({ contracts: [ads(origin, { share }), webhookContract('acme', origin)] })
  // A widening waits for its approval, a new partner too: neither is on the list before.
  equal((await house.gateway.reload()).ok, true)
  const waiting = JSON.parse((await read(house, '/partners.json')).text)
  deepEqual(
    waiting.partners.map((one: { id: string; shared: { field: string }[] }) => [
      one.id,
      ...one.shared.map(({ field }) => field),
    ]),
    [['ads', 'advertising_id', 'ip', 'place', 'time', 'property']],
  )
  await house.publishFiles()
  const after = await read(house, '/partners.json', { 'if-none-match': String(before.headers.etag) })
  equal(after.status, 200)
  equal(JSON.parse(after.text).partners.length, 2)

  await house.folder.write({ contracts: [webhookContract('acme', origin)], policy: { date: '2026-01-01' } })
  await house.publishFiles()
  const { changes } = JSON.parse((await read(house, '/partners/changes.json')).text)
  deepEqual(
    changes.map(({ partner, what }: { partner?: string; what: string[] }) => [partner ?? '', ...what]),
    [
      ['ads', 'Removed from the list: nothing is shared any more.'],
      ['', 'The privacy policy is now the one of 2026-01-01.'],
      [
        'acme',
        'Added to the list.',
        'Your device’s advertising ID (IDFA or AAID): as it is.',
        'The ID of the single event: as it is.',
        'Your IP address: shortened, so that it stands for many devices: the first 24 of 32 bits (IPv4), the first 48 of 128 bits (IPv6).',
        'Your device’s operating system and its version: as it is.',
        'Details of what you do in the app: only these: revenue.',
      ],
      [
        'ads',
        'Your phone number: now shared, as a code made from it (a hash), by which the company can still recognise it.',
      ],
      [
        'ads',
        'Your device’s advertising ID (IDFA or AAID): now replaced by a code that no other company gets; before: as it is.',
        'Your e-mail address: no longer shared.',
      ],
      [
        'ads',
        'Added to the list.',
        'Your device’s advertising ID (IDFA or AAID): as it is.',
        'Your IP address: whole (IPv4 addresses only).',
        'The place you are in: country, region and city.',
        'Your e-mail address: as a code made from it (a hash), by which the company can still recognise it.',
        'When something happened in the app: exact.',
        'Details of what you do in the app: only these: revenue.',
      ],
    ],
  )

  await house.staff('PUT', '/api/v1/partners/acme/stop', { stopped: true })
  match((await read(house, '/partners')).text, /Nothing is sent to this company at the moment: we have stopped it\./)
  equal(JSON.parse((await read(house, '/partners.json')).text).partners[0].stopped, true)
})

test('HTML or JSON by what is asked for; other methods are refused', async () => {
  const { house } = unchanged()
  const typeFor = async (path: string, accept: string): Promise<unknown> =>
    (await read(house, path, { accept })).headers['content-type']
  for (const path of ['/partners', '/partners/changes']) {
    equal(await typeFor(path, 'application/json'), 'application/json; charset=utf-8')
    equal(await typeFor(path, '*/*'), 'text/html; charset=utf-8')
    equal((await read(house, path)).headers.vary, 'Accept')
  }
  const refused = await request(`${house.gateway.dataUrl}/partners`, { method: 'POST' })
  equal(refused.statusCode, 405)
  await refused.body.dump()
})

test('the address itself says what it is: to people with links that lead somewhere, to programs as JSON', async (t) => {
  const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
  const { status, headers, text } = await read(house, '/', { accept: 'text/html' })
  equal(status, 200)
  equal(headers['content-type'], 'text/html; charset=utf-8')
  match(text, /Global Privacy Control is honoured/)
  const links = [...text.matchAll(/href="(\/[^"#]*)"/g)].map(([, link]) => link!)
  ok(links.includes('/partners') && links.includes('/choices'))
  for (const link of links) ok((await read(house, link)).status !== 404, link)
  const { what, for_people: people } = JSON.parse((await read(house, '/', { accept: 'application/json' })).text)
  match(what, /decided what may leave/)
  deepEqual(people.your_choices, '/choices')
  equal((await request(house.gateway.dataUrl, { method: 'POST' })).statusCode, 404)
})
