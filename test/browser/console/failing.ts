/** While an answer is waited for, and once it is that the gateway cannot give one, a screen says so and asks again. */
import { deepEqual, equal } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

interface Row {
  readonly what: string
  readonly path: string
  /** Of the calls that wait, and then fail. */
  readonly calls: string
  /** What the screen says meanwhile; undefined where it works without the answer. */
  readonly reads?: string
  /** A text that takes the answer. */
  readonly has: RegExp
}

const ROWS: readonly Row[] = [
  { what: 'people', path: 'people', calls: 'cases?*', reads: 'the cases', has: /days left/ },
  { what: 'a case', path: 'people/CASE', calls: 'cases/*', reads: 'the case', has: /^Access, case/ },
  {
    what: 'the checkpoint',
    path: 'ledger',
    calls: 'ledger/checkpoint',
    reads: 'the checkpoint',
    has: /^The newest checkpoint covers/,
  },
  { what: 'the anchors', path: 'ledger', calls: 'ledger/anchors?*', reads: 'the anchors', has: /^Checkpoints outside/ },
  { what: 'what is kept', path: 'ledger', calls: 'ledger/retention', reads: 'what is kept', has: /^What is kept/ },
  { what: 'the audit trail', path: 'ledger', calls: 'disclosures?*', reads: 'the audit trail', has: /^Who did what/ },
  { what: 'the policy', path: 'policy', calls: 'policy', reads: 'the policy', has: /^Policy$/ },
  { what: 'the apps', path: 'policy', calls: 'apps?*', reads: 'the apps', has: /^Apps and their write keys/ },
  { what: 'the signals', path: 'policy', calls: 'signals?*', reads: 'the signals', has: /^What honours which signal/ },
  { what: 'live', path: 'live', calls: 'live', reads: 'what passes', has: /^Clear$/ },
  {
    what: 'set-up',
    path: 'live?view=set-up',
    calls: 'live/apps',
    reads: 'which SDKs have been heard of',
    has: /writeKey/,
  },
  {
    what: 'a test event',
    path: 'live?view=test',
    calls: 'partners?*',
    reads: 'the partners',
    has: /^Send a test event$/,
  },
  { what: 'the people of test events', path: 'live?view=test', calls: 'simulate/personas', has: /eleven years old/ },
  { what: 'the inbox', path: 'inbox', calls: 'inbox?*', reads: 'the names', has: /^Nothing waits/ },
]
const PROBLEM = {
  title: 'The ledger cannot be read or written right now.',
  code: 'ERR_LEDGER_UNAVAILABLE',
  status: 503,
}

describe('console: answers that do not come', { skip: NO_BROWSER, timeout: 600_000 }, () => {
  let stage: Stage
  let one = ''
  let page: Page
  before(async () => {
    stage = await startStage()
    const { handle } = await stage.call('POST', 'subjects/lookup', { identities: { user: 'u-late' } })
    one = String((await stage.call('POST', 'cases', { handle, kind: 'access' })).case)
    page = await stage.open()
  })
  after(() => stage?.stop())

  for (const { what, path, calls, reads, has } of ROWS)
    test(`${what}: waited for, refused, asked again, there`, async () => {
      const url = `**/api/v1/${calls}`
      const held = Promise.withResolvers<void>()
      let isDown = true
      await page.route(url, async (route) => {
        await held.promise
        await (isDown ? route.fulfill({ status: 503, json: PROBLEM }) : route.continue())
      })
      await page.goto(`${stage.address}${path.replace('CASE', one)}`)
      if (reads !== undefined) await page.getByText(`Reading ${reads}…`, { exact: true }).waitFor()
      equal(await page.getByText(has).and(page.locator(':visible')).count(), 0, 'nothing is made up meanwhile')
      held.resolve()
      const said = page.getByRole('alert').filter({ hasText: PROBLEM.title })
      await said.waitFor()
      equal(await page.getByText('No such case').count(), 0)
      deepEqual(await violationsOn(page), [])
      equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
      isDown = false
      // What is asked again every few seconds, or all the time, may be there before the click.
      if (what !== 'live')
        await said
          .getByRole('button', { name: 'Try again' })
          .click({ timeout: 10_000 })
          .catch(() => undefined)
      await page.getByText(has).first().waitFor({ state: 'attached' })
      equal(await said.count(), 0)
      await page.unroute(url)
    })
})
