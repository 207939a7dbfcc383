/** What people come for, by visible labels alone, in at most twelve clicks each; and the ledger and policy screens. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

const MOST_CLICKS = 12

describe('console: tasks', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
    await stage.demo.propose()
  })
  after(() => stage?.stop())

  /** Counts what is clicked or chosen. */
  const counting = (page: Page) => {
    let clicks = 0
    const click = async (role: 'link' | 'button' | 'tab', name: string | RegExp): Promise<void> => {
      clicks++
      await page.getByRole(role, { name }).first().click()
    }
    const choose = async (label: string, value: string): Promise<void> => {
      clicks += 2
      await page.getByRole('combobox', { name: label, exact: true }).selectOption(value)
    }
    return { click, choose, within: () => ok(clicks <= MOST_CLICKS, `${clicks} clicks`) }
  }

  test('find why a partner got something, and answer an auditor with a proof', async () => {
    const page = await stage.open()
    const { click, choose, within } = counting(page)
    await click('link', 'Disclosures')
    await choose('Partner', 'northwind')
    await click('link', /^purchase/)
    await page.getByText('The same, under the revisions of then.').waitFor()
    await click('button', 'Check the proof here')
    await page.getByText('Proved:').waitFor()
    within()
  })

  test('stop one partner, and see it stopped in words', async () => {
    const page = await stage.open()
    const { click, within } = counting(page)
    await click('link', 'Partners')
    await click('button', 'Stop Northwind Ads…')
    await click('button', 'Stop Northwind Ads')
    await page.getByRole('heading', { name: 'Stopped: Northwind Ads' }).waitFor()
    await click('button', 'Done')
    await page.getByText('Stopped by an operator').waitFor()
    within()
  })

  test('add a partner from another one’s contract, up to the proposal', async () => {
    const page = await stage.open()
    const { click, within } = counting(page)
    await click('link', 'Partners')
    await click('link', 'New partner…')
    await page.getByLabel('Begin with').selectOption('copy northwind')
    await page.getByLabel('Its id, for files and addresses').fill('southwind')
    await click('button', 'Begin')
    await click('button', 'Propose…')
    await page.getByLabel('Reason for the widening').fill('a second network for the same campaign')
    await click('button', 'Propose')
    await page.getByRole('heading', { name: /^Proposal \d+ waits for another person/ }).waitFor()
    within()
  })

  test('add a partner from a template to its first delivered test event, and propose it', async () => {
    const page = await stage.open()
    const { click, choose, within } = counting(page)
    await click('link', 'Partners')
    await click('link', 'New partner…')
    await choose('Begin with', 'type webhook')
    await page.getByLabel('Its id, for files and addresses').fill('shop-news')
    await click('button', 'Begin')
    await click('button', 'Send a test event')
    await page.getByText(/Delivered to the sandbox: Order Completed, 200/).waitFor()
    match(await page.getByRole('figure', { name: 'As the sandbox got it' }).innerText(), /purchase/)
    await click('button', 'Propose…')
    await page.getByLabel('Reason for the widening').fill('tested against the sandbox')
    await click('button', 'Propose')
    await page.getByRole('heading', { name: /^Proposal \d+ waits for another person/ }).waitFor()
    within()
    // Its test was no disclosure: nobody has received anything.
    const { items } = (await stage.call('GET', 'disclosures?partner=shop-news&limit=10')) as { items?: unknown[] }
    deepEqual(items, [])
  })

  test('a type’s own beginning says what is to be filled in', async () => {
    const page = await stage.open({ path: 'new-partner' })
    await page.getByLabel('Begin with').selectOption('type webhook')
    await page.getByLabel('Its id, for files and addresses').fill('shop-stats')
    await page.getByRole('button', { name: 'Begin' }).click()
    match(await page.getByLabel('Contract of shop-stats').innerText(), /# fill in: where it processes/)
    await page
      .getByRole('complementary')
      .getByText(/more|line \d/)
      .first()
      .waitFor()
  })

  test('review a change that widens, and let it through', async () => {
    const page = await stage.open()
    const { click, within } = counting(page)
    await click('link', /^Review/)
    await click('link', /^Proposal 1/)
    await page.getByText('will newly receive timezone of everyone').waitFor()
    await click('button', /^Approve/)
    await page.getByText('Live as revision 2').waitFor()
    within()
  })

  test('find that the files differ from what is live', async () => {
    const config = join(dirname(new Map(stage.demo.addresses).get('data') ?? ''), 'config')
    const file = join(config, 'partners', 'northwind.yaml')
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('os: reduced', 'oss: reduced'))
    await stage.call('POST', 'reload')
    const page = await stage.open()
    await page.getByText(/configuration files have 1 problem: the last good revision runs/).waitFor()
    await writeFile(file, text)
    await stage.call('POST', 'reload')
  })

  test('see who did what, by name', async () => {
    const page = await stage.open()
    const { click, within } = counting(page)
    await click('link', 'Ledger')
    match(await page.getByRole('row', { name: /ann proposed/ }).innerText(), /change wider, proposal 1/)
    match(
      await page
        .getByRole('row', { name: /stop: partner northwind/ })
        .last()
        .innerText(),
      /bootstrap token/,
    )
    within()
  })

  test('erase a user, with the consequences before and whom to notify after', async () => {
    const page = await stage.open()
    const { click, within } = counting(page)
    await click('link', 'People')
    await page.getByLabel('The identity').fill('u-cleo')
    await click('button', 'Find')
    await click('button', 'See what an erasure would do…')
    await page.getByText('An opt-out, so that the next event of theirs is not shared again').waitFor()
    await click('button', 'Erase this person…')
    await click('button', 'Erase for good')
    await page.getByRole('heading', { name: 'Whom to notify now' }).waitFor()
    within()
  })

  test('the whole ledger is verified beside the running gateway, with its progress and its end', async () => {
    const page = await stage.open({ path: 'ledger' })
    await page.getByText('Not verified since this gateway started.').waitFor()
    await page.getByRole('button', { name: 'Verify now' }).click()
    await page.getByText(/^● Verified: each of the \d+ records is as it was written$/).waitFor()
    await page.getByText('Checkpoints are stored only here').waitFor()
    match(await page.getByRole('region', { name: 'Segments, the oldest first' }).innerText(), /takes new records/)
    await page.getByText('Nothing is full yet, so nothing goes.').waitFor()
  })

  test('the audit trail is narrowed to one person and one kind', async () => {
    const page = await stage.open({ path: 'ledger' })
    const trail = page.getByRole('region', { name: 'Audit trail' })
    await trail.waitFor()
    await page.getByRole('combobox', { name: 'By', exact: true }).selectOption('ann')
    match(await trail.innerText(), /proposed/)
    deepEqual([...new Set(await trail.getByRole('rowheader').allInnerTexts())], ['ann'])
    await page.getByRole('combobox', { name: 'What', exact: true }).selectOption('People’s data')
    await page.getByText(/^Nothing of the newest \d+ records is like that\.$/).waitFor()
  })

  test('what honours which signal is told, and the public pages are shown as they look', async () => {
    const page = await stage.open({ path: 'policy' })
    match(await page.getByRole('row', { name: /^gpc/ }).innerText(), /by this policy/)
    match(await page.getByRole('row', { name: /^dnt/ }).innerText(), /not, by this policy/)
    const href = await page.getByRole('link', { name: 'open /partners', exact: true }).getAttribute('href')
    match(await (await fetch(href ?? '')).text(), /Northwind Ads/)
    await page.frameLocator('iframe').getByText('Northwind Ads').first().waitFor()
    await page.getByRole('button', { name: '/choices', exact: true }).click()
    await page.frameLocator('iframe[title="Preview of /choices"]').getByRole('heading', { level: 1 }).waitFor()
  })

  test('a write key is turned over with an overlap: the new one is shown once, the old one is retired later', async () => {
    const page = await stage.open({ path: 'policy' })
    const send = async (key: string): Promise<number> => {
      const event = { type: 'track', event: 'Order Completed', messageId: crypto.randomUUID(), userId: 'u-key' }
      const answer = await fetch(new Map(stage.demo.addresses).get('events') ?? '', {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify(event),
      })
      return answer.status
    }
    const app = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /^Messenger for iOS/ }) })
    await app.getByRole('button', { name: /^Add a new key/ }).click()
    await page.getByRole('button', { name: 'Add a new key', exact: true }).click()
    await page.getByText(/^Live as revision \d+, on every thread\.$/).waitFor()
    const key = (await page.getByRole('alertdialog').locator('pre').innerText()).trim()
    deepEqual([await send(key), await send('demo-ios-write-key')], [200, 200])
    await page.getByRole('button', { name: 'Done' }).click()
    equal(await page.getByText(key).count(), 0)
    await app
      .getByRole('button', { name: /^Retire/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Retire', exact: true }).click()
    await page.getByText(/^Live as revision \d+, on every thread\.$/).waitFor()
    const answers = [await send(key), await send('demo-ios-write-key')].toSorted()
    deepEqual(answers, [200, 400], 'one of the two is good')
    await page.getByRole('button', { name: 'Done' }).click()
    match(await app.innerText(), /retired/)
  })

  for (const path of ['ledger', 'policy'])
    for (const width of [390, 1_440])
      test(`${path} at ${width} pixels: axe finds nothing, nothing sticks out`, async () => {
        const page = await stage.open({ path, width, scheme: width === 390 ? 'dark' : 'light' })
        await page.waitForLoadState('networkidle')
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('the policy says each place’s rule for an age', async () => {
    const page = await stage.open({ path: 'policy' })
    match(await page.getByRole('row', { name: /^california/ }).innerText(), /unless opted out/)
    await page.getByLabel('For').selectOption('under_13')
    match(await page.getByRole('row', { name: /^california/ }).innerText(), /never\s+never\s+never/)
  })

  test('no error on the console, no violation of the policy, nothing asked of others', () => {
    deepEqual(stage.wrong, [])
    deepEqual(
      stage.asked.filter((url) => !url.startsWith(stage.address)),
      [],
    )
  })
})
