/**
 * `/choices` and `/me` in Chromium, as people use them: at phone and desktop width, in both languages, with script and without,
 * over TLS as a proxy in front speaks it. `SCREENSHOTS=folder` keeps a picture of each page.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { request as ask } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { releasedFiles } from '../../src/gateway/released-files.ts'
import { LANGUAGES, type Language, PSEUDO } from '../../src/ingress/person/language.ts'
import { WRITE_KEY } from '../support/config-folder.ts'
import { type House, purchase } from '../support/house.ts'
import { CERTIFICATE, KEY } from '../support/self-signed.ts'
import { type Person, startWithUsers } from '../support/users.ts'
import { CHROMIUM, FLAGS, NO_BROWSER, PATIENCE_MS } from './browser.ts'
import { violationsOn } from './console/stage.ts'

const WIDTHS = [360, 1_280]
const IDFA = '9D92078A-8246-4BA4-AE5B-76104861E7DC'
const { SCREENSHOTS } = process.env

interface Street {
  readonly house: House
  readonly person: Person
  readonly origin: string
  readonly browser: Browser
}

async function openStreet(t: TestContext): Promise<Street> {
  const { house, person } = await startWithUsers(t)
  const proxy = createServer({ cert: CERTIFICATE, key: KEY }, (request, response) => {
    const { method, headers, url } = request
    const onward = ask(`${house.gateway.dataUrl}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS], headless: true })
  t.after(async () => {
    await browser.close()
    proxy.closeAllConnections()
    proxy.close()
  })
  return { house, person, origin: `https://localhost:${(proxy.address() as AddressInfo).port}`, browser }
}

interface Way {
  readonly width: number
  readonly language: Language
  readonly script: boolean
}
const WAYS: readonly Way[] = WIDTHS.flatMap((width) =>
  LANGUAGES.flatMap((language) => [true, false].map((script) => ({ width, language, script }))),
)
const named = ({ width, language, script }: Way): string =>
  `${width} px, ${language.code}, script ${script ? 'on' : 'off'}`

async function enter({ browser }: Street, way: Way, part: object = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    javaScriptEnabled: way.script,
    viewport: { width: way.width, height: way.width < 500 ? 740 : 900 },
    locale: way.language.code === 'es' ? 'es-ES' : 'en-GB',
    ignoreHTTPSErrors: true,
    ...part,
  })
  context.setDefaultTimeout(PATIENCE_MS)
  return context
}

/** As a web view does: a form that the app fills, sent without a tap. */
async function postFrom(page: Page, url: string, fields: Readonly<Record<string, string>>): Promise<void> {
  const inputs = Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
  await page.setContent(`<form method="post" action="${url}">${inputs.join('')}<button>go</button></form>`)
  await Promise.all([page.waitForURL(`${new URL(url).origin}/**`), page.click('button')])
}

/** Nothing sticks out, axe finds nothing, and a picture is kept where asked for. */
async function looksRight(page: Page, way: Way, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) {
    mkdirSync(SCREENSHOTS, { recursive: true })
    const file = `${name}-${way.width}-${way.language.code}${way.script ? '' : '-noscript'}.png`
    await page.screenshot({ path: join(SCREENSHOTS, file), fullPage: true })
  }
  if (!way.script) return
  equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, `${name} sticks out`)
  deepEqual(await violationsOn(page), [], name)
  equal(await page.locator('script').count(), 0)
}

async function linkFor(house: House, purpose: string, user: string): Promise<string> {
  const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user } })
  return (await house.staff('POST', `/api/v1/subjects/${body.handle}/links`, { purpose })).body.path
}
const userOf = (way: Way, journey: string): string => `${journey}-${way.width}-${way.language.code}-${way.script}`

describe('pages of one’s own in Chromium', { skip: NO_BROWSER }, () => {
  test('without an account: what is said, and an opt-out for the device that the app names', async (t) => {
    const street = await openStreet(t)
    for (const way of WAYS)
      await t.test(named(way), async () => {
        const { texts } = way.language
        const context = await enter(street, way, { extraHTTPHeaders: { 'Sec-GPC': '1' } })
        const page = await context.newPage()
        await page.goto(`${street.origin}/choices`)
        equal(await page.locator('h1').innerText(), texts.choices)
        ok(await page.getByText(texts.gpcHonoured, { exact: true }).isVisible())
        await looksRight(page, way, 'choices')
        await page.locator('summary').first().click()
        ok(await page.locator('details dl').first().isVisible())
        await postFrom(page, `${street.origin}/choices`, {
          writeKey: WRITE_KEY,
          advertising_id: IDFA,
          lang: way.language.code,
        })
        await looksRight(page, way, 'choices-device')
        await page.getByRole('button', { name: texts.optOutAll, exact: true }).click()
        equal(await page.locator('h1').innerText(), texts.doneTitle)
        await looksRight(page, way, 'choices-done')
        await page.getByText(texts.receiptShow).click()
        match(await page.locator('pre').innerText(), /sluice receipt v1/)
        await page.getByRole('button', { name: texts.receiptCheck }).click()
        ok([texts.receiptPromisedTitle, texts.receiptGoodTitle].includes(await page.locator('h1').innerText()))
        await looksRight(page, way, 'receipt')
        await page.getByRole('link', { name: texts.choices }).click()
        equal(await page.locator('h1').innerText(), texts.choices)
        await context.close()
      })
    const { body } = await street.house.staff('POST', '/api/v1/subjects/lookup', {
      identities: { advertising_id: IDFA },
    })
    equal(body.choices.precise_location, 'deny')
    equal(body.opt_out, true)
  })

  test('by a link: it opens with a button, says no, and opens once', async (t) => {
    const street = await openStreet(t)
    for (const way of WAYS)
      await t.test(named(way), async () => {
        const { texts } = way.language
        const path = await linkFor(street.house, 'choices', userOf(way, 'link'))
        const context = await enter(street, way)
        const page = await context.newPage()
        await page.goto(`${street.origin}${path}`)
        await looksRight(page, way, 'link')
        await page.getByRole('button', { name: texts.linkButton }).click()
        equal(await page.locator('h1').innerText(), texts.me)
        ok(!page.url().includes('/link/'))
        await looksRight(page, way, 'me-link')
        equal(await page.getByRole('button', { name: texts.allow, exact: true }).count(), 0)
        await page.getByRole('button', { name: texts.denyNamed.replace('{name}', texts.adsName) }).click()
        ok(await page.getByText(texts.changed, { exact: true }).isVisible())
        match(await page.locator('article[aria-labelledby="c-ads"]').innerText(), new RegExp(texts.stateDenied))
        await page.goto(`${street.origin}${path}`)
        await page.getByRole('button', { name: texts.linkButton }).click()
        equal(await page.locator('h1').innerText(), texts.linkBadTitle)
        await looksRight(page, way, 'link-used')
        await context.close()
      })
  })

  test('with the account’s token: no in one step, yes in two, who received what, deletion', async (t) => {
    const street = await openStreet(t)
    const { house, person, origin } = street
    for (const way of WAYS)
      await t.test(named(way), async () => {
        const { texts, code } = way.language
        const user = userOf(way, 'token')
        await house.send([purchase({ userId: user })])
        await house.settled()
        const context = await enter(street, way)
        const page = await context.newPage()
        const token = (await person.token(user)).authorization.split(' ')[1]!
        await postFrom(page, `${origin}/me`, { token, lang: code })
        equal(await page.locator('h1').innerText(), texts.me)
        await page.getByRole('button', { name: texts.denyAll, exact: true }).click()
        ok(await page.getByText(texts.changed, { exact: true }).isVisible())
        await looksRight(page, way, 'me')
        await page.getByRole('button', { name: texts.allowNamed.replace('{name}', texts.locationName) }).click()
        equal(await page.locator('h1').innerText(), texts.allowTitle)
        await looksRight(page, way, 'allow')
        await page.getByRole('button', { name: texts.allowYes }).click()
        match(await page.locator('article[aria-labelledby="c-location"]').innerText(), new RegExp(texts.stateAllowed))
        await page.getByRole('link', { name: texts.dataShow }).click()
        match(await page.locator('main').innerText(), /Partner acme/)
        await looksRight(page, way, 'data')
        const [file] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('link', { name: texts.dataCsv }).click(),
        ])
        equal(file.suggestedFilename(), 'disclosures.csv')
        await page.getByRole('link', { name: texts.back }).click()
        await page.getByRole('link', { name: texts.eraseGo }).click()
        await looksRight(page, way, 'delete')
        await page.getByRole('button', { name: texts.eraseYes }).click()
        equal(await page.locator('h1').innerText(), texts.erasedTitle)
        await looksRight(page, way, 'deleted')
        await page.goto(`${origin}/me`)
        equal(await page.locator('h1').innerText(), texts.needTitle)
        await looksRight(page, way, 'need')
        await context.close()
      })
  })

  test('the transparency report: from the list of companies, in each language, as a page and for programs', async (t) => {
    const street = await openStreet(t)
    const counts = {
      opt_outs: 12_340,
      opt_ins: 450,
      erasures: 'fewer than the minimum',
      notices: 56_780,
      cases: 'none',
    }
    for (const month of ['2026-09', '2026-10']) {
      const table = { month, released: '2026-11-02', minimum: 100, cells: [], report: counts }
      await releasedFiles(street.house.folder.data).write(month, JSON.stringify(table))
    }
    for (const way of WAYS)
      await t.test(named(way), async () => {
        const { texts, code } = way.language
        const context = await enter(street, way)
        const page = await context.newPage()
        await page.goto(`${street.origin}/partners`)
        await page.locator('a[href="/transparency"]').click()
        equal(await page.locator('h1').innerText(), texts.transparency.title)
        equal(await page.locator('h2').count(), 2)
        const shown = new Intl.NumberFormat(code).format(12_340)
        equal(await page.locator('dd').first().innerText(), shown)
        await looksRight(page, way, 'transparency')
        const other = LANGUAGES.find((one) => one.code !== code)!
        await page.getByRole('link', { name: other.name }).click()
        equal(await page.locator('h1').innerText(), other.texts.transparency.title)
        await page.getByRole('link', { name: '/transparency.json' }).click()
        match(await page.locator('body').innerText(), /"opt_outs":12340/)
        await context.close()
      })
  })

  test('from right to left nothing sticks out and axe finds nothing', async (t) => {
    const street = await openStreet(t)
    for (const width of WIDTHS) {
      const way: Way = { width, language: PSEUDO, script: true }
      const context = await enter(street, way)
      const page = await context.newPage()
      await page.goto(`${street.origin}/choices?lang=${PSEUDO.code}`)
      equal(await page.evaluate('getComputedStyle(document.querySelector("h1")).direction'), 'rtl')
      await looksRight(page, way, 'choices')
      await page.goto(`${street.origin}/transparency?lang=${PSEUDO.code}`)
      await looksRight(page, way, 'transparency')
      const token = (await street.person.token(`rtl-${width}`)).authorization.split(' ')[1]!
      await postFrom(page, `${street.origin}/me`, { token, lang: PSEUDO.code })
      equal(await page.evaluate('document.documentElement.dir'), 'rtl')
      await looksRight(page, way, 'me')
      await context.close()
    }
  })

  test('the keyboard alone does it, and another site’s page does nothing', async (t) => {
    const street = await openStreet(t)
    const [english] = LANGUAGES
    const way: Way = { width: 360, language: english!, script: true }
    const context = await enter(street, way)
    const page = await context.newPage()
    const token = (await street.person.token('keys')).authorization.split(' ')[1]!
    await postFrom(page, `${street.origin}/me`, { token, lang: 'en' })
    await page.keyboard.press('Tab')
    equal(await page.evaluate('document.activeElement.textContent'), english!.texts.skip)
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement.textContent')) === english!.texts.denyAll) break
    }
    await Promise.all([page.waitForURL('**/me/choices'), page.keyboard.press('Enter')])
    ok(await page.getByText(english!.texts.changed, { exact: true }).isVisible())
    // The cookie does not go along with what another site's page sends, so there is no page for its form.
    const mark = await page.locator('input[name="mark"]').first().inputValue()
    const elsewhere = await context.newPage()
    await postFrom(elsewhere, `${street.origin}/me/delete`, { mark, confirm: 'erase' })
    equal(await elsewhere.locator('h1').innerText(), english!.texts.failedTitle)
    await page.goto(`${street.origin}/me`)
    equal(await page.locator('h1').innerText(), english!.texts.me)
    await context.close()
  })
})
