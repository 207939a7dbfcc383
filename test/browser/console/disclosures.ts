/** Disclosures: found by facets, explained to the line, proved in the browser. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

describe('console: disclosures', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  let newest = 0
  before(async () => {
    stage = await startStage()
    const { items } = (await stage.call('GET', 'disclosures?limit=1&order=newest')) as { items?: { seq: number }[] }
    newest = items?.[0]?.seq ?? 0
  })
  after(() => stage?.stop())

  for (const what of ['list', 'record'])
    for (const width of [390, 1_440])
      test(`the ${what} at ${width} pixels: axe finds nothing, nothing sticks out`, async () => {
        const path = what === 'list' ? 'disclosures' : `disclosures/${newest}`
        const page = await stage.open({ path, width, scheme: width === 390 ? 'light' : 'dark' })
        await page.waitForLoadState('networkidle')
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('why a partner got something is four clicks away: the line of the contract, and a proof', async () => {
    const page = await stage.open()
    await page.getByRole('link', { name: 'Disclosures' }).click()
    await page.getByRole('combobox', { name: 'Partner', exact: true }).selectOption('acme-analytics')
    await page
      .getByRole('link', { name: /order_completed/ })
      .first()
      .click()
    await page.getByRole('heading', { name: /^acme-analytics was sent order_completed of messenger-ios/ }).waitFor()
    match(await page.getByRole('row', { name: /^place/ }).innerText(), /acme-analytics\.yaml:\d+/)
    await page.getByText('The same, under the revisions of then.').waitFor()
    await proved(page)
  })

  test('a proof of another record is refused by the browser', async () => {
    const page = await stage.open({ path: `disclosures/${newest}` })
    await page.route('**/proof', async (route) => {
      await route.fulfill({ response: await route.fetch({ url: `${stage.address}api/v1/ledger/records/0/proof` }) })
    })
    await page.getByRole('button', { name: 'Check the proof here' }).click()
    match(await page.getByRole('alert').innerText(), /Not proved: it is about another record/)
  })

  test('a proof with one hash changed is refused by the browser', async () => {
    const page = await stage.open({ path: `disclosures/${newest}` })
    await page.route('**/proof', async (route) => {
      const response = await route.fetch()
      const lines = (await response.text()).split('\n')
      const at = lines.findIndex((line, index) => index > 2 && /^[A-Za-z0-9+/]{43}=$/.test(line))
      lines[at] = `${lines[at]?.startsWith('A') ? 'B' : 'A'}${lines[at]?.slice(1)}`
      await route.fulfill({ response, body: lines.join('\n') })
    })
    await page.getByRole('button', { name: 'Check the proof here' }).click()
    match(await page.getByRole('alert').innerText(), /Not proved: its hashes do not lead from the record to the root/)
  })

  test('a checkpoint that nobody trusted signed is refused by the browser', async () => {
    const page = await stage.open({ path: `disclosures/${newest}` })
    await page.route('**/ledger/checkpoint', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), trust: [] } })
    })
    await page.getByRole('button', { name: 'Check the proof here' }).click()
    match(await page.getByRole('alert').innerText(), /signed by no trusted key/)
  })

  test('withheld ones are found by their reason, and saved as CSV', async () => {
    const page = await stage.open({ path: 'disclosures?kind=withheld&reason=child' })
    const rows = page.getByRole('row', { name: /known or said to be a child/ })
    await rows.first().waitFor()
    equal(await rows.count(), 3)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ])
    const text = await (await import('node:fs/promises')).readFile(await download.path(), 'utf8')
    equal(text.trim().split('\n').length, 4)
  })

  test('an editor is told whom to ask, and the screen is not in the navigation', async () => {
    const { token } = await stage.call('POST', 'access/tokens', { name: 'eve', roles: ['editor'] })
    const page = await stage.open({ token: String(token), path: 'disclosures' })
    await page.getByText('The ledger is not for your roles.').waitFor()
    equal(await page.getByRole('navigation').getByRole('link', { name: 'Disclosures' }).count(), 0)
  })

  test('no error on the console, no violation of the policy, no identity of the traffic in any address', () => {
    deepEqual(stage.wrong, [])
    ok(stage.asked.length > 50)
    deepEqual(
      stage.asked.filter((url) => /u-[a-z]+|mail\.example|203\.0\.113/.test(url)),
      [],
    )
  })
})

async function proved(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Check the proof here' }).click()
  const told = page.getByRole('status').filter({ hasText: 'Proved' })
  await told.waitFor()
  match(await told.innerText(), /record \d+ is among the \d+ records of sluice\/ledger/)
}
