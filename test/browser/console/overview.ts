/** The overview, and the stop that is on every screen. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

describe('console: overview', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.stop())

  for (const width of [390, 1_440])
    for (const scheme of ['light', 'dark'] as const)
      test(`reads well at ${width} pixels, ${scheme}: axe finds nothing, nothing sticks out`, async () => {
        const page = await stage.open({ width, scheme })
        await page.getByText('Remainder 0').waitFor()
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('a failing partner is told in words, by cause', async () => {
    const page = await stage.open()
    match(
      await page.getByRole('row', { name: /Northwind/ }).innerText(),
      /Cannot be reached since \d\d:\d\d: ECONNREFUSED|Takes what/,
    )
  })

  test('two clicks stop every partner, and the screen waits for every thread', async () => {
    const page = await stage.open()
    await page.getByRole('button', { name: 'Stop…' }).click()
    await page.getByRole('button', { name: 'Stop every partner' }).click()
    await page.getByRole('heading', { name: 'Stopped: every partner' }).waitFor()
    const told = await page.getByRole('alertdialog').innerText()
    match(told, /Confirmed by (\d+) of \1 data thread/)
    match(told, /Written to disk/)
    match(told, /Recorded in the ledger/)
    const status = (await stage.call('GET', 'status')) as { stopped?: { all: boolean } }
    equal(status.stopped?.all, true)
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByText('Sending is stopped to every partner. Events are accepted').waitFor()
    await page.getByRole('button', { name: 'Stop…' }).click()
    await page.getByRole('button', { name: 'Resume every partner' }).click()
    await page.getByRole('heading', { name: 'Resumed: every partner' }).waitFor()
  })

  test('everything is done by keyboard alone', async () => {
    const page = await stage.open()
    await page.keyboard.press('Tab')
    equal(await focusedText(page), 'To the content')
    for (let presses = 0; presses < 10; presses++) {
      await page.keyboard.press('Tab')
      if ((await focusedText(page)).includes('Stop…')) break
    }
    await page.keyboard.press('Enter')
    await page.getByRole('alertdialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('alertdialog').waitFor({ state: 'hidden' })
    ok((await focusedText(page)).includes('Stop…'))
  })

  test('no error on the console, no violation of the policy', () => {
    deepEqual(stage.wrong, [])
  })
})

async function focusedText(page: Page): Promise<string> {
  return String(await page.evaluate('document.activeElement?.textContent'))
}
