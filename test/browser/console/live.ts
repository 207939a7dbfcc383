/** Live and inbox: what passes, SDKs that are heard of, test events, and names that no contract names. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { NO_BROWSER } from '../browser.ts'
import { type Stage, startStage, violationsOn } from './stage.ts'

const WRITE_KEY = 'demo-ios-write-key'
/** In values, and in a key: nowhere on the page, in its address or in what it keeps. */
const MARKER = 'ann.who.is.watched@mail.example'
const IDFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'

describe('console: live and inbox', { skip: NO_BROWSER, timeout: 900_000 }, () => {
  let stage: Stage
  let data = ''
  let eve = ''
  let vic = ''
  before(async () => {
    stage = await startStage()
    data = new URL(new Map(stage.demo.addresses).get('events') ?? '').origin
    const tokenOf = async (name: string, roles: readonly string[]) =>
      String((await stage.call('POST', 'access/tokens', { name, roles })).token)
    eve = await tokenOf('eve', ['editor'])
    vic = await tokenOf('vic', ['viewer'])
    await send(Array.from({ length: 45 }, (_, index) => purchase(`shopper-${index}`)))
  })
  after(() => stage?.stop())

  let serial = 0
  const purchase = (user: string, more: object = {}) => ({
    type: 'track',
    event: 'Order Completed',
    userId: user,
    messageId: `live-${serial++}`,
    context: {
      library: { name: 'analytics-swift', version: '1.9.2' },
      device: { type: 'ios', advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3 },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US', region: 'TX' },
      ip: '203.0.113.77',
    },
    properties: { revenue: 5, currency: 'USD', coupon_code: MARKER, gift_wrap: true, [MARKER]: 1 },
    ...more,
  })
  const send = async (batch: readonly object[], headers: Record<string, string> = {}): Promise<number> => {
    const answered = await fetch(`${data}/v1/batch`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${WRITE_KEY}:`)}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify({ batch }),
    })
    await answered.text()
    return answered.status
  }
  /** What must hold nobody’s data: the whole document with its attributes, the address, and what the browser keeps. */
  const heldBy = async (page: Page): Promise<string> =>
    String(
      await page.evaluate(
        'document.documentElement.outerHTML + location.href + document.title + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage })',
      ),
    )

  /** Others may have watched just before: what they were shown is taken off. */
  const emptied = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Nothing has passed since you look').waitFor()
  }

  for (const path of ['live', 'live?view=set-up', 'live?view=test', 'inbox', 'inbox?state=blocked'])
    for (const width of [390, 1_440])
      test(`${path} at ${width} pixels: axe finds nothing, nothing sticks out`, async () => {
        const page = await stage.open({ path, width, scheme: width === 390 ? 'dark' : 'light' })
        if (path === 'live') {
          await emptied(page)
          await send([purchase('axe', { event: 'Order Completed' })], { 'sec-gpc': '1' })
          await page.getByText('Order Completed').first().waitFor()
          await page
            .getByText(/northwind: (withheld|sent)/)
            .first()
            .waitFor()
          await page.locator('summary').first().click()
        } else await page.waitForLoadState('networkidle')
        deepEqual(await violationsOn(page), [])
        equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
        await page.context().close()
      })

  test('an event appears by itself: who got it, who did not and why, and no value of it anywhere', async () => {
    const page = await stage.open({ path: 'live', token: eve })
    await emptied(page)
    await send([purchase('a-person')], { 'sec-gpc': '1' })
    const row = page.getByRole('listitem').filter({ hasText: 'Order Completed' })
    await row.getByText(/northwind: withheld: The browser or app sent Global Privacy Control/).waitFor()
    await row.locator('summary').click()
    await row.getByText('context.device.advertisingId').waitFor()
    match(await row.getByRole('row', { name: /properties\.coupon_code/ }).innerText(), /text, 31 long/)
    equal(await row.getByRole('button', { name: 'Open the event as it came' }).count(), 0)
    const held = await heldBy(page)
    for (const value of [MARKER, IDFA, 'a-person', '203.0.113.77']) ok(!held.includes(value), value)
    await page.context().close()
  })

  test('paused, nothing is asked for and nothing moves; it goes on where it is wanted', async () => {
    const page = await stage.open({ path: 'live', token: eve })
    await emptied(page)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('Paused.').waitFor()
    await send([purchase('unseen')])
    equal(await page.getByRole('listitem').filter({ hasText: 'Order Completed' }).count(), 0)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('listitem').filter({ hasText: 'Order Completed' }).first().waitFor()
    await page.context().close()
  })

  test('a privacy officer opens a body, on record; its address and attributes hold nothing of it', async () => {
    const page = await stage.open({ path: 'live' })
    await emptied(page)
    await send([purchase('opened-person')])
    const row = page.getByRole('listitem').filter({ hasText: 'Order Completed' }).first()
    await row.locator('summary').click()
    await row.getByRole('button', { name: 'Open the event as it came' }).click()
    await row.getByText('"opened-person"').waitFor()
    const attributes = String(
      await page.evaluate(
        "[...document.querySelectorAll('*')].flatMap((one) => [...one.attributes].map(({ value }) => value)).join(' ') + location.href + JSON.stringify({ ...localStorage })",
      ),
    )
    for (const value of [MARKER, IDFA, 'opened-person']) ok(!attributes.includes(value), value)
    await row.getByRole('button', { name: 'Close the event' }).click()
    await row.getByText('"opened-person"').waitFor({ state: 'detached' })
    const { items } = (await stage.call('GET', 'disclosures?kind=control&limit=1000')) as {
      items?: { facts?: { call?: string } }[]
    }
    ok(items?.some(({ facts }) => facts?.call === 'openLiveBody'))
    await page.context().close()
  })

  test('the set-up of an SDK has the app’s key, and the light says since when it is heard of and what was refused', async () => {
    const page = await stage.open({ path: 'live', token: eve })
    await page.getByRole('tab', { name: 'SDK set-up' }).click()
    await page.getByRole('combobox', { name: 'App' }).selectOption('messenger-ios')
    await page.getByText(`writeKey: "${WRITE_KEY}"`).waitFor()
    await page.getByText(/We have heard from analytics-swift 1\.9\.2 since/).waitFor()
    equal(await send([{ type: 'track', event: 'Order Completed' }]), 400)
    await page.getByText(/Last refused .*: No event/).waitFor()
    await page.getByRole('combobox', { name: 'SDK' }).selectOption('A shell')
    await page.getByText(new RegExp(`curl ${data}/v1/track -u ${WRITE_KEY}:`)).waitFor()
    await page.getByRole('combobox', { name: 'App' }).selectOption('messenger-android')
    await page.getByText('Not heard of since the gateway started').waitFor()
    const looked = await stage.open({ path: 'live?view=set-up', token: vic })
    await looked.getByText('The key is for editors').waitFor()
    ok(!(await heldBy(looked)).includes(WRITE_KEY))
    await looked.context().close()
    await page.context().close()
  })

  test('a test event is delivered to the sandbox, refused by it as asked, and withheld where a person says no', async () => {
    const page = await stage.open({ path: 'live?view=test', token: eve })
    await page.getByRole('combobox', { name: 'Partner' }).selectOption('northwind')
    const sendIt = page.getByRole('button', { name: 'Send a test event' })
    await sendIt.click()
    await page.getByText(/Delivered to the sandbox: .*, 200/).waitFor()
    await page.getByText(/GET \/pb/).waitFor()
    await page.getByRole('combobox', { name: 'The sandbox' }).selectOption('fails')
    await sendIt.click()
    await page.getByText('An event is tried again').waitFor()
    await page.getByRole('combobox', { name: 'Person' }).selectOption('child')
    await sendIt.click()
    await page.getByText(/Withheld, nothing was sent: .*child/).waitFor()
    const { items } = (await stage.call('GET', 'disclosures?kind=control&limit=1000')) as {
      items?: { action?: string }[]
    }
    equal(items?.filter(({ action }) => action === 'test_event').length, 3)
    const looked = await stage.open({ path: 'live?view=test', token: vic })
    await looked.getByText('Test events take an editor').waitFor()
    await looked.context().close()
    await page.context().close()
  })

  test('a new name waits with its count; granting it leads into the contract with the line prepared', async () => {
    const page = await stage.open({ token: eve })
    await page.getByText(/2 names that no contract knows wait/).waitFor()
    await page.getByRole('link', { name: /^Inbox/ }).click()
    const item = page.getByRole('listitem').filter({ hasText: 'coupon_code' })
    await item.getByText(/property of Order Completed, messenger-ios/).waitFor()
    match(await item.innerText(), /\d+ events since/)
    ok(!(await heldBy(page)).includes(MARKER))
    await page.getByRole('combobox', { name: 'Grant coupon_code to' }).selectOption('northwind')
    await page.getByText('The line for coupon_code of Order Completed is prepared').waitFor()
    match(await page.getByLabel('Contract of Northwind Ads').innerText(), /coupon_code: coupon_code/)
    const aside = page.getByRole('complementary')
    await aside.getByText(/more/).first().waitFor()
    // Nothing is published by going there.
    const { items } = (await stage.call('GET', 'proposals?limit=10')) as { items?: unknown[] }
    equal(items?.length, 0)
    await page.getByRole('button', { name: 'Discard the change' }).click()
    await page.context().close()
  })

  test('ignored and blocked names are kept with who and when; a block is an approver’s to take back', async () => {
    const page = await stage.open({ path: 'inbox', token: eve })
    await page.getByRole('button', { name: 'Ignore gift_wrap' }).click()
    await page.getByRole('button', { name: 'Block coupon_code' }).click()
    await page.getByText('Nothing waits: every name is in a contract or decided').waitFor()
    await page.getByRole('button', { name: 'Ignored' }).click()
    await page.getByText(/ignored by eve/).waitFor()
    await page.getByRole('button', { name: 'Blocked' }).click()
    await page.getByText(/blocked by eve/).waitFor()
    await page.getByText('Taking it back takes an approver.').waitFor()
    const officer = await stage.open({ path: 'inbox?state=blocked' })
    await officer.getByRole('button', { name: 'Ask again coupon_code' }).click()
    await officer.getByText('No name is blocked.').waitFor()
    await officer.context().close()
    await page.context().close()
  })

  test('who may only look sees the names and what it takes to decide', async () => {
    const page = await stage.open({ path: 'inbox', token: vic })
    await page.getByText('Deciding takes an editor.').first().waitFor()
    equal(await page.getByRole('button', { name: /^(Ignore|Block) / }).count(), 0)
    await page.context().close()
  })

  test('no error on the console, no violation of the policy, nothing asked of others, nobody in an address', () => {
    deepEqual(stage.wrong, [])
    deepEqual(
      stage.asked.filter((url) => !url.startsWith(stage.address)),
      [],
    )
    for (const value of [MARKER, IDFA, 'a-person', 'opened-person'])
      deepEqual(
        stage.asked.filter((url) => url.includes(value)),
        [],
      )
  })
})
