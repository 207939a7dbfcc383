/** The simulator: why each field leaves or not, permalinks that hold no event, cases. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parse } from 'yaml'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

const SECRET = 'someone@mail.example'

describe('console: simulator', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.stop())

  for (const view of ['', '?view=states', '?view=revisions', '?view=who'])
    for (const width of [390, 1_440])
      test(`simulator${view} at ${width} pixels: axe finds nothing, nothing sticks out`, async () => {
        const page = await stage.open({ path: `simulator${view}`, width, scheme: width === 390 ? 'dark' : 'light' })
        await page.waitForLoadState('networkidle')
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('an opt-out is said as the reason, and the address alone brings it back', async () => {
    const page = await stage.open({ path: 'simulator' })
    await page.getByLabel('Choice with us').selectOption('opted_out')
    const northwind = page.getByRole('region', { name: /^Northwind Ads/ })
    await northwind.getByText('The person opted out with us.').first().waitFor()
    const address = page.url()
    match(address, /choice=opted_out/)
    const other = await stage.open()
    await other.goto(address)
    await other.getByRole('region', { name: /^Northwind Ads receives nothing/ }).waitFor()
  })

  test('a pasted event is in no address, no title and no storage', async () => {
    const page = await stage.open({ path: 'simulator' })
    await page.getByRole('button', { name: 'Pasted' }).click()
    const event = { type: 'track', event: 'Order Completed', userId: SECRET, context: { location: { country: 'US' } } }
    await page.getByLabel('Event (JSON)').fill(JSON.stringify(event))
    await page.getByRole('button', { name: 'Simulate it' }).click()
    await page.getByText('As received: Order Completed of messenger-ios').waitFor()
    const kept = await page.evaluate(
      '[location.href, document.title, { ...localStorage }, { ...sessionStorage }, history.state]',
    )
    ok(!JSON.stringify(kept).includes(SECRET), JSON.stringify(kept))
    deepEqual(
      stage.asked.filter((url) => url.includes(SECRET) || url.includes(encodeURIComponent(SECRET))),
      [],
    )
  })

  test('one of the last accepted events is shown with stand-ins', async () => {
    const page = await stage.open({ path: 'simulator' })
    await page.getByRole('button', { name: 'Last accepted' }).click()
    await page.getByText('Every value is a placeholder: the event is a real user’s.').waitFor()
  })

  test('what is shown can be kept as a case, and the case holds', async () => {
    const page = await stage.open({ path: 'simulator?choice=opted_out&partner=acme-analytics' })
    const acme = page.getByRole('region', { name: /^Acme Analytics/ })
    await acme.getByText('As a case of this contract').click()
    const [found] = parse(await acme.locator('.case-text').innerText()) as object[]
    const { files } = (await stage.call('GET', 'revisions/1/files')) as { files?: Record<string, string> }
    const path = 'partners/acme-analytics.cases.yaml'
    const cases = { cases: [...(parse(files?.[path] ?? '') as { cases: object[] }).cases, found] }
    const checked = await stage.call('POST', 'validate', { files: { [path]: JSON.stringify(cases) } })
    deepEqual([checked.ok, checked.problems], [true, undefined])
  })

  test('who can ever receive the advertising id is told partner by partner', async () => {
    const page = await stage.open({ path: 'simulator?view=who' })
    await page.getByRole('region', { name: /^Acme Analytics can never receive it/ }).waitFor()
    await page.getByRole('region', { name: /^Northwind Ads can receive the advertising id/ }).waitFor()
  })

  test('no error on the console, no violation of the policy, nothing asked of others', () => {
    deepEqual(stage.wrong, [])
    deepEqual(
      stage.asked.filter((url) => !url.startsWith(stage.address)),
      [],
    )
  })
})
