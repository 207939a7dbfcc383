/** What ops people come for, by visible labels alone, in at most twelve clicks each: dead letters and drift. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Gateway, startGateway } from '../../../src/gateway/gateway.ts'
import { createConfigFolder, type TestFolder, webhookContract } from '../../support/config-folder.ts'
import { houseOf, purchase } from '../../support/house.ts'
import { startPartner, type TestPartner } from '../../support/partner.ts'
import { until } from '../../support/until.ts'
import { NO_BROWSER } from '../browser.ts'
import { type Visits, violationsOn, visitsOf } from './stage.ts'

const MOST_CLICKS = 12

describe('console: operating', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let partner: TestPartner
  let folder: TestFolder
  let gateway: Gateway
  let stage: Visits
  before(async () => {
    partner = await startPartner()
    folder = await createConfigFolder({ contracts: [webhookContract('acme', partner.origin)] })
    gateway = await startGateway({ configFolder: folder.config })
    stage = visitsOf(`${gateway.controlUrl}/`, join(folder.data, 'keys', 'staff.token'))
  })
  after(async () => {
    await stage?.stop()
    await gateway?.stop()
    await partner?.goDown()
    await folder?.remove()
  })

  const counting = (page: Page) => {
    let clicks = 0
    const click = async (role: 'link' | 'button' | 'tab', name: string | RegExp): Promise<void> => {
      clicks++
      await page.getByRole(role, { name }).first().click()
    }
    return { click, within: () => ok(clicks <= MOST_CLICKS, `${clicks} clicks`) }
  }

  test('retry 50 dead letters: the cause in words, one click for all, and what became of them', async () => {
    const house = houseOf(gateway, folder)
    partner.answer = { status: 400, body: '{"error": "invalid event"}' }
    await house.send(Array.from({ length: 50 }, () => purchase()))
    await house.settled()
    const page = await stage.open()
    const { click, within } = counting(page)
    await click('link', 'Partners')
    await page.getByText(/Refuses since \d\d:\d\d: 400, “.*invalid event”/).waitFor()
    await click('link', '50 dead letters')
    match(
      await page
        .getByRole('row', { name: /Order Completed/ })
        .first()
        .innerText(),
      /400, “.*invalid event”/,
    )
    deepEqual(await violationsOn(page), [])
    partner.answer = { status: 200, body: '' }
    await click('button', 'Retry all')
    await page.getByText('50 events decided afresh and waiting').waitFor()
    await page.getByText('Nothing ended undelivered.').waitFor()
    await until('all 50 to be delivered', async () => (await gateway.totals()).pairs.acme?.settled.delivered === 50)
    within()
  })

  test('find drift: which file, why, and the difference that waits', async () => {
    const file = join(folder.config, 'partners', 'acme.yaml')
    const text = await readFile(file, 'utf8')
    const wider = text.replace(/^( *)os: pass$/m, '$1os: pass\n$1locale: pass')
    ok(wider !== text, text)
    await writeFile(file, wider)
    await stage.call('POST', 'reload')
    const page = await stage.open()
    const { click, within } = counting(page)
    await page.getByText('partners/acme.yaml waits for approval').waitFor()
    await click('link', /^Proposal 1 waits for a second person/)
    await page.getByText('will newly receive locale').waitFor()
    within()
    equal(page.url(), `${stage.address}review/1`)
    await writeFile(file, text)
    await stage.call('POST', 'reload')
    await page.getByRole('link', { name: 'Overview' }).first().click()
    await page.getByRole('heading', { name: 'Waits for a person' }).waitFor()
    await page.getByText('waits for approval').waitFor({ state: 'detached' })
  })

  test('no error on the console, no violation of the policy', () => {
    deepEqual(stage.wrong, [])
  })
})
