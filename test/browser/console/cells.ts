/** Cells: shown where there are any, each state in words, and what to do about one that is silent. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Gateway, startGateway } from '../../../src/gateway/gateway.ts'
import { createConfigFolder, type TestFolder } from '../../support/config-folder.ts'
import { NO_BROWSER } from '../browser.ts'
import { type OpenOptions, type Visits, violationsOn, visitsOf } from './stage.ts'

/** One cell of each state, as cell 0 tells of them. */
const CELLS = {
  storage: 'cluster',
  lease_seconds: 3,
  version: 2,
  cells: [
    {
      ...{ cell: '0', state: 'acts', version: 2, behind: 0, waiting: 12, renewed_seconds_ago: 0.8 },
      ...{ owns: true, drained: false, roster: { age_seconds: 31, contradicts: false } },
    },
    {
      ...{ cell: '1', state: 'silent', version: 1, behind: 1_204, waiting: 7, renewed_seconds_ago: 420 },
      ...{ owns: true, drained: false, roster: { age_seconds: 425, contradicts: true } },
    },
    {
      ...{ cell: '2', state: 'stopped', version: 2, behind: 3, waiting: 0 },
      ...{ owns: false, drained: true, roster: { age_seconds: 7_300, contradicts: false } },
    },
    { cell: '3', state: 'new', version: 2, behind: 1_300, waiting: 0, owns: false, drained: false },
  ],
}
const PROBLEM = {
  title: 'What operators decide for all cells cannot be read or written right now: their database does not answer.',
  code: 'ERR_SETTINGS_UNAVAILABLE',
  status: 503,
}

describe('console: cells', { skip: NO_BROWSER, timeout: 600_000 }, () => {
  let folder: TestFolder
  let gateway: Gateway
  let stage: Visits
  before(async () => {
    folder = await createConfigFolder({ contracts: [] })
    gateway = await startGateway({ configFolder: folder.config })
    stage = visitsOf(`${gateway.controlUrl}/`, join(folder.data, 'keys', 'staff.token'))
  })
  after(async () => {
    await stage?.stop()
    await gateway?.stop()
    await folder?.remove()
  })

  /** The gateway's own answers, as cell 0 of several would give them. */
  const openAsCell = async (options: OpenOptions = {}): Promise<Page> => {
    const page = await stage.open(options)
    await page.route('**/api/v1/status', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), cell: '0' } })
    })
    await page.route('**/api/v1/cells', (route) => route.fulfill({ json: CELLS }))
    await page.reload()
    await page.getByRole('link', { name: 'Cells' }).click()
    return page
  }

  for (const width of [390, 1_440])
    for (const scheme of ['light', 'dark'] as const)
      test(`reads well at ${width} pixels, ${scheme}: axe finds nothing, nothing sticks out`, async () => {
        const page = await openAsCell({ width, scheme })
        await page.getByRole('heading', { name: '1 of 4 cells act' }).waitFor()
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('each state is told in words, and what to do about the cell that is silent', async () => {
    const page = await openAsCell()
    const row = (cell: string): Promise<string> =>
      page
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: cell }) })
        .innerText()
    match(await row('0'), /\(this one\)\s+. acts\s+800 ms ago\s+0\s+12\s+2\s+31 s ago/)
    match(
      await row('1'),
      /silent: its lease ran out\s+7 min ago\s+1,204\s+7\s+1 \(agreed: 2\)\s+7 min ago . contradicts the roster/s,
    )
    match(await row('2'), /stopped in order\s+. drained.*has none/s)
    match(await row('3'), /never started\s+has none/)
    const todo = page.getByRole('region', { name: 'Cell 1 is silent' })
    match(await todo.innerText(), /start it again on the same folder.*sluice cluster drain 1.*cluster leave 1 --lost/s)
    equal(await page.getByRole('heading', { name: /is silent/ }).count(), 1)
    equal(await page.title(), 'Cells · Sluice')
  })

  test('while the database does not answer: said, asked again, there', async () => {
    const page = await stage.open()
    const held = Promise.withResolvers<void>()
    let isDown = true
    await page.route('**/api/v1/cells', async (route) => {
      await held.promise
      await route.fulfill(isDown ? { status: 503, json: PROBLEM } : { json: CELLS })
    })
    await page.goto(`${stage.address}cells`)
    await page.getByText('Reading the cells…', { exact: true }).waitFor()
    held.resolve()
    const said = page.getByRole('alert').filter({ hasText: PROBLEM.title })
    await said.waitFor()
    deepEqual(await violationsOn(page), [])
    isDown = false
    // It is also asked again by itself.
    await said
      .getByRole('button', { name: 'Try again' })
      .click({ timeout: 10_000 })
      .catch(() => undefined)
    await page.getByRole('heading', { name: '1 of 4 cells act' }).waitFor()
    equal(await said.count(), 0)
  })

  test('a gateway by itself names no such screen, and says so to whoever opens it', async () => {
    const page = await stage.open({ path: 'cells' })
    await page.getByText('This gateway is one by itself').waitFor()
    await page.getByText(/^Revision 1/).waitFor()
    equal(await page.getByRole('link', { name: 'Policy' }).count(), 1)
    equal(await page.getByRole('link', { name: 'Cells' }).count(), 0)
    deepEqual(await violationsOn(page), [])
  })

  test('no error on the console, no violation of the policy', () => {
    deepEqual(
      stage.wrong.filter((text) => !text.includes('503')),
      [],
    )
  })
})
