/** `/choices` and `/me`: what each page does and shows, and what neither does for anybody else. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type House, purchase } from '../support/house.ts'
import { fromApp, hidden, visitor } from '../support/pages.ts'
import { shared } from '../support/shared.ts'
import { startWithUsers } from '../support/users.ts'

const GPC = { 'sec-gpc': '1' }
const IDFA = '9D92078A-8246-4BA4-AE5B-76104861E7DC'
const OTHER_IDFA = '1D92078A-8246-4BA4-AE5B-76104861E7DC'

const sent = async (house: House, part: Parameters<typeof purchase>[0]): Promise<void> => {
  await house.send([purchase(part)])
  await house.settled()
}
/** What differs between any two answers. */
const withoutRandom = (text: string): string =>
  text
    .replace(/name="device" value="[\w-]+"/u, '')
    // The receipt: random but for what was posted.
    .replace(/<pre>[^<]+<\/pre>/u, '')
    .replace(/name="receipt" value="[^"]+"/u, '')

async function linkFor(house: House, purpose: string, identities: object): Promise<string> {
  const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities })
  const made = await house.staff('POST', `/api/v1/subjects/${body.handle}/links`, { purpose })
  equal(made.status, 200, JSON.stringify(made.body))
  return made.body.path
}

describe('/choices', () => {
  const unchanged = shared(startWithUsers)
  test('says what this request says, what companies get, and nothing of anybody', async () => {
    const { house } = unchanged()
    const { get } = visitor(house.gateway.dataUrl)
    const { status, headers, text } = await get('/choices', GPC)
    equal(status, 200)
    match(text, /Global Privacy Control honoured/)
    match(text, /acme/i)
    ok(!/<script|javascript:/i.test(text))
    deepEqual(
      ['cache-control', 'referrer-policy', 'x-content-type-options', 'set-cookie', 'access-control-allow-origin'].map(
        (name) => headers[name],
      ),
      ['no-store', 'no-referrer', 'nosniff', undefined, undefined],
    )
    match(
      String(headers['content-security-policy']),
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    )
    ok(!(await get('/choices')).text.includes('Global Privacy Control honoured'))
    ok(!(await get('/choices', { 'sec-gpc': 'true' })).text.includes('Global Privacy Control honoured'))
  })

  test('speaks Spanish by choice and by what the browser prefers, and writes from right to left where asked', async () => {
    const { house } = unchanged()
    const { get } = visitor(house.gateway.dataUrl)
    match(
      (await get('/choices?lang=es', GPC)).text,
      /<html lang="es" dir="ltr">[\s\S]*Global Privacy Control respetado/,
    )
    match((await get('/choices', { 'accept-language': 'fr, es;q=0.8' })).text, /<html lang="es"/)
    match((await get('/choices?lang=en', { 'accept-language': 'es' })).text, /<html lang="en"/)
    match((await get('/choices', { 'accept-language': 'ar' })).text, /<html lang="en"/)
    match((await get('/choices?lang=ar-XB')).text, /dir="rtl"/)
  })

  test('opts out the device that the app names, at once, and shows no state', async (t) => {
    const { house, partner } = await startWithUsers(t)
    const { post } = visitor(house.gateway.dataUrl)
    const { status, text } = await post('/choices', fromApp({ advertising_id: IDFA }))
    equal(status, 200)
    await sent(house, { userId: undefined, anonymousId: newId(), context: contextOf(IDFA) })
    equal(partner.items().length, 1)
    const done = await post('/choices/opt-out', { device: hidden(text, 'device'), what: 'ads_all' })
    equal(done.status, 200)
    match(done.text, /Your choice is in force/)
    await sent(house, { userId: undefined, anonymousId: newId(), context: contextOf(IDFA) })
    await sent(house, { userId: undefined, anonymousId: newId(), context: contextOf(OTHER_IDFA) })
    equal(partner.items().length, 2)
  })

  test('answers a known device and an unknown one byte for byte alike, but for random values', async (t) => {
    const { house } = await startWithUsers(t)
    // Two of these: a receipt names its record, and both records' numbers must be as long.
    for (const userId of ['ben', 'ann']) await sent(house, { userId, context: contextOf(IDFA) })
    await house.call('PUT', '/v1/me/choices', { identities: { advertising_id: IDFA }, opt_out: true })
    const answers = await Promise.all(
      [IDFA, OTHER_IDFA].map(async (id) => {
        const { post } = visitor(house.gateway.dataUrl)
        const page = await post('/choices', fromApp({ advertising_id: id }))
        const done = await post('/choices/opt-out', { device: hidden(page.text, 'device'), what: 'all' })
        const head = ({ status, headers }: typeof page) => [status, { ...headers, date: '' }]
        ok(!page.text.includes(id))
        return [
          head(page),
          withoutRandom(page.text),
          head(done),
          withoutRandom(done.text),
          hidden(page.text, 'device').length,
        ]
      }),
    )
    deepEqual(answers[0], answers[1])
    // The two were different before: otherwise this says nothing.
    const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { advertising_id: IDFA } })
    ok(body.statements.length > 0)
  })

  test('a Global Privacy Control that comes with the device’s identities binds the device', async (t) => {
    const { house, partner } = await startWithUsers(t)
    await visitor(house.gateway.dataUrl).post('/choices', fromApp({ advertising_id: IDFA }), GPC)
    await sent(house, { userId: undefined, anonymousId: newId(), context: contextOf(OTHER_IDFA) })
    equal(partner.items().length, 1)
    await sent(house, { userId: undefined, anonymousId: newId(), context: contextOf(IDFA) })
    equal(partner.items().length, 1)
  })

  test('takes no device without a write key, no made-up form, and allows nothing', async () => {
    const { house } = unchanged()
    const { post, get } = visitor(house.gateway.dataUrl)
    ok((await post('/choices', { advertising_id: IDFA })).status >= 400)
    equal((await post('/choices', fromApp({}))).status, 422)
    const { text } = await post('/choices', fromApp({ advertising_id: IDFA }))
    const device = hidden(text, 'device')
    const altered = `${device.startsWith('A') ? 'B' : 'A'}${device.slice(1)}`
    equal((await post('/choices/opt-out', { device: altered, what: 'all' })).status, 403)
    for (const what of ['allow', '', 'toString', 'ads'])
      equal((await post('/choices/opt-out', { device, what })).status, 422, what)
    equal((await get('/choices/opt-out')).status, 405)
  })
})

describe('/me with the account’s token', () => {
  test('shows choices and what restricts since when, says no in one step and yes in two', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const { get, post, cookie } = visitor(house.gateway.dataUrl)
    equal((await get('/me')).status, 401)
    const opened = await post('/me', {}, await person.token('ann@mail.example'))
    equal(opened.status, 200)
    match(opened.text, /Your data and your choices/)
    match(
      String(opened.headers['set-cookie']),
      /^__Host-sluice=[\w-]+; Path=\/; Max-Age=900; HttpOnly; Secure; SameSite=Strict$/,
    )
    ok(!cookie().includes('ann@'))
    const page = await get('/me')
    equal(page.status, 200)
    match(page.text, /Nothing is stored that restricts it/)
    const mark = hidden(page.text, 'mark')
    equal((await post('/me/choices', { mark, act: 'deny', what: 'all' })).status, 200)
    await sent(house, { userId: 'ann@mail.example' })
    equal(partner.items().length, 0)
    const after = await get('/me')
    match(
      after.text,
      /Your choice<\/strong>: Sharing with ad partners; Targeted advertising; Precise location \(said with your account, since \d+ \w+ \d{4}\)/,
    )
    for (const what of ['ads', 'targeted']) {
      const first = await post('/me/choices', { mark, act: 'allow', what })
      equal(first.status, 200)
      await sent(house, { userId: 'ann@mail.example' })
      equal(partner.items().length, 0)
      const other = what === 'ads' ? 'targeted' : 'ads'
      equal(
        (await post('/me/choices', { mark, act: 'allow', what: other, step: hidden(first.text, 'step') })).status,
        403,
      )
      equal((await post('/me/choices', { mark, act: 'allow', what, step: hidden(first.text, 'step') })).status, 200)
    }
    await sent(house, { userId: 'ann@mail.example' })
    equal(partner.items().length, 1)
    match((await get('/me')).text, /You allowed it/)
  })

  test('the form that allowed something lifts nothing that was said after it, nor does it allow it twice', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const { get, post } = visitor(house.gateway.dataUrl)
    const ann = await person.token('ann')
    await post('/me', {}, ann)
    const mark = hidden((await get('/me')).text, 'mark')
    const step = hidden((await post('/me/choices', { mark, act: 'allow', what: 'ads' })).text, 'step')
    const allow = { mark, act: 'allow', what: 'ads', step }
    equal((await house.call('PUT', '/v1/me/choices', { opt_out: true }, ann)).status, 200)
    equal((await post('/me/choices', allow)).status, 403, 'asked before the opt-out')
    const again = hidden((await post('/me/choices', { mark, act: 'allow', what: 'ads' })).text, 'step')
    equal((await post('/me/choices', { ...allow, step: again })).status, 200)
    equal((await post('/me/choices', { mark, act: 'deny', what: 'all' })).status, 200)
    equal((await post('/me/choices', { ...allow, step: again })).status, 403, 'a tab that is loaded again')
    equal((await house.call('PUT', '/v1/me/choices', { opt_out: true }, ann)).status, 200)
    await post('/me/leave', { mark })
    equal((await post('/me/choices', { ...allow, step: again })).status === 200, false)
    await sent(house, { userId: 'ann' })
    equal(partner.items().length, 0)
  })

  test('a form of another page, or without its mark, changes nothing', async (t) => {
    const { house, person } = await startWithUsers(t)
    const ann = visitor(house.gateway.dataUrl)
    const ben = visitor(house.gateway.dataUrl)
    await ann.post('/me', {}, await person.token('ann'))
    await ben.post('/me', {}, await person.token('ben'))
    const mark = hidden((await ben.get('/me')).text, 'mark')
    const deny = { act: 'deny', what: 'all' }
    equal((await ann.post('/me/choices', deny)).status, 403)
    equal((await ann.post('/me/choices', { ...deny, mark })).status, 403)
    const own = hidden((await ann.get('/me')).text, 'mark')
    const foreign = await ann.post('/me/choices', { ...deny, mark: own }, { 'sec-fetch-site': 'cross-site' })
    equal(foreign.status, 403)
    equal((await visitor(house.gateway.dataUrl).post('/me/choices', { ...deny, mark: own })).status, 403)
    match((await ann.get('/me')).text, /Nothing is stored that restricts it/)
  })

  test('who received what: as a page, a table and for programs, in the reader’s language', async (t) => {
    const { house, person } = await startWithUsers(t)
    await sent(house, { userId: 'ann' })
    const { get, post } = visitor(house.gateway.dataUrl)
    equal((await get('/me/data.json')).status, 403)
    await post('/me', {}, await person.token('ann'))
    const html = (await get('/me/data?lang=es')).text
    match(html, /Quién recibió qué/)
    match(html, /la dirección de internet desde la que te conectaste/)
    match(html, /El destinatario lo aceptó/)
    const csv = await get('/me/data.csv')
    match(String(csv.headers['content-type']), /^text\/csv/)
    match(String(csv.headers['content-disposition']), /attachment/)
    ok(csv.text.split('\r\n').length > 3)
    const json = JSON.parse((await get('/me/data.json')).text)
    deepEqual(
      json.recipients.map(({ partner }: { partner: string }) => partner),
      ['acme'],
    )
    equal(
      new Set(
        csv.text
          .trim()
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(',')[0]),
      ).size,
      json.disclosures.length,
    )
    const asked = await house.call('GET', '/v1/me/disclosures', undefined, {
      ...(await person.token('ann')),
      accept: 'text/csv',
    })
    match(String(asked.headers['content-type']), /^text\/csv/)
  })

  test('deletion: asked twice, done, and the page is closed', async (t) => {
    const { house, person } = await startWithUsers(t)
    await sent(house, { userId: 'ann' })
    const { get, post, cookie } = visitor(house.gateway.dataUrl)
    await post('/me', {}, await person.token('ann'))
    const mark = hidden((await get('/me/delete')).text, 'mark')
    const copied = { cookie: cookie() }
    equal((await post('/me/delete', { mark })).status, 422)
    const done = await post('/me/delete', { mark, confirm: 'erase' })
    equal(done.status, 200)
    match(done.text, /Your data is deleted[\s\S]*<strong>Partner acme/)
    const code = /<code>([\w-]{22})<\/code>/.exec(done.text)?.[1]
    equal((await house.call('POST', '/v1/me/erasure/answer', { code })).body.keys_destroyed, 1)
    equal(cookie(), '')
    equal((await get('/me')).status, 401)
    equal((await get('/me', copied)).status, 401, 'a copy of the cookie')
    const { body } = await house.call('GET', '/v1/me/disclosures', undefined, await person.token('ann'))
    deepEqual(body.disclosures, [])
  })

  test('Global Privacy Control is honoured for the account, and says so', async (t) => {
    const { house, partner, person } = await startWithUsers(t)
    const { get } = visitor(house.gateway.dataUrl)
    match(
      (await get('/me', { ...(await person.token('ann')), ...GPC })).text,
      /Global Privacy Control honoured[\s\S]*in force for your account/,
    )
    await sent(house, { userId: 'ann' })
    equal(partner.items().length, 0)
    match((await get('/me')).text, /<strong>Global Privacy Control<\/strong>/)
  })
})

describe('/me by a link', () => {
  test('looking at a link uses nothing up; its button opens the page once, for its purpose alone', async (t) => {
    const { house } = await startWithUsers(t)
    await sent(house, { userId: 'ann' })
    const path = await linkFor(house, 'choices', { user: 'ann' })
    const { get, post } = visitor(house.gateway.dataUrl)
    for (const _ of [1, 2, 3]) equal((await get(path)).status, 200)
    const token = hidden((await get(path)).text, 'token')
    equal((await get('/me')).status, 401)
    equal((await post('/me/link', { token }, { 'sec-fetch-site': 'cross-site' })).status, 403)
    const opened = await post('/me/link', { token })
    deepEqual(
      [opened.status, opened.headers['referrer-policy'], opened.headers['cache-control']],
      [303, 'no-referrer', 'no-store'],
    )
    const page = await get('/me')
    equal(page.status, 200)
    ok(!page.text.includes('/me/data') && !page.text.includes('/me/delete'))
    for (const other of ['/me/data', '/me/data.csv', '/me/data.json', '/me/delete'])
      equal((await get(other)).status, 403, other)
    const again = visitor(house.gateway.dataUrl)
    equal((await again.post('/me/link', { token })).status, 404)
    equal((await again.get('/me')).status, 401)
    equal((await again.get(`${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`)).status, 404)
  })

  test('a link narrows and never widens', async (t) => {
    const { house, partner } = await startWithUsers(t)
    const path = await linkFor(house, 'choices', { user: 'ann' })
    const { get, post } = visitor(house.gateway.dataUrl)
    await post('/me/link', { token: path.split('/').at(-1)! })
    const mark = hidden((await get('/me')).text, 'mark')
    equal((await post('/me/choices', { mark, act: 'deny', what: 'all' })).status, 200)
    await sent(house, { userId: 'ann' })
    equal(partner.items().length, 0)
    ok(!(await get('/me')).text.includes('value="allow"'))
    equal((await post('/me/choices', { mark, act: 'allow', what: 'ads' })).status, 403)
  })

  test('one for access shows who received what; one for deletion deletes', async (t) => {
    const { house } = await startWithUsers(t)
    await sent(house, { userId: 'ann' })
    const access = visitor(house.gateway.dataUrl)
    await access.post('/me/link', { token: (await linkFor(house, 'access', { user: 'ann' })).split('/').at(-1)! })
    match((await access.get('/me/data')).text, /acme/i)
    const mark = hidden((await access.get('/me')).text, 'mark')
    equal((await access.post('/me/delete', { mark, confirm: 'erase' })).status, 403)
    equal((await access.post('/me/choices', { mark, act: 'deny', what: 'all' })).status, 403)
    const erasure = visitor(house.gateway.dataUrl)
    await erasure.post('/me/link', { token: (await linkFor(house, 'erasure', { user: 'ann' })).split('/').at(-1)! })
    equal((await erasure.get('/me/data')).status, 403)
    const done = await erasure.post('/me/delete', {
      mark: hidden((await erasure.get('/me/delete')).text, 'mark'),
      confirm: 'erase',
    })
    match(done.text, /Your data is deleted/)
  })

  test('no token is in the folder, and none in a record', async (t) => {
    const { house } = await startWithUsers(t)
    const path = await linkFor(house, 'access', { user: 'ann' })
    const token = path.split('/').at(-1)!
    await visitor(house.gateway.dataUrl).get(path)
    const files = (await readdir(house.folder.data, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    )
    ok(files.length > 5)
    for (const file of files) ok(!(await readFile(join(file.parentPath, file.name))).includes(token), file.name)
    const { body } = await house.staff('GET', '/api/v1/disclosures?kind=control')
    ok(!JSON.stringify(body).includes(token))
  })
})

let ids = 0
/** Of an installation that nobody knows. */
const newId = (): string => `installation-${++ids}`

function contextOf(advertisingId: string): object {
  return {
    device: { type: 'ios', advertisingId, attTrackingStatus: 3 },
    os: { name: 'iOS', version: '17.5' },
    location: { country: 'US', region: 'TX' },
  }
}
