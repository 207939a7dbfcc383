/** Browser SDKs, unmodified, in a real browser: only their hosts are changed. `npm run test:browser`. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { snippetsIn } from '../../src/console/build/write-snippets.ts'
import { filledIn } from '../../src/console/live/fill-in.ts'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { type House, startHouse } from '../support/house.ts'
import type { TestPartner } from '../support/partner.ts'
import { until } from '../support/until.ts'
import { NO_BROWSER, visit } from './browser.ts'

/** Browsers do not say where they are: the page does. */
const IN_TEXAS = { context: { location: { country: 'US', region: 'TX' } } }

async function startShop(t: TestContext): Promise<{ readonly house: House; readonly partner: TestPartner }> {
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [
      webhookContract('acme', partner!.origin, {
        events: {
          'Order Completed': { as: 'purchase', properties: { revenue: 'value' } },
          '@identify': { as: 'identify', properties: {} },
          '@page': { as: 'page', properties: {} },
        },
        share: { message_id: 'pass', user_id: 'pass', anonymous_id: 'pass' },
        when_restricted: { send: 'nothing' },
      }),
    ],
  }))
  return { house, partner: partners[0]! }
}

const arrived = (partner: TestPartner, events: readonly string[]): Promise<unknown> =>
  until(
    `${events} to arrive`,
    () => {
      const got = partner.items().map(({ event }) => event)
      return events.every((event) => got.includes(event))
    },
    20_000,
  )

/** Every request of the page was answered, and well. */
function allWell(asked: readonly string[]): void {
  ok(asked.length > 0)
  deepEqual(
    asked.filter((line) => !/ (200|204)$/.test(line)),
    [],
  )
}

async function counted(house: House, events: number): Promise<void> {
  await house.settled()
  const { events: sums } = await house.gateway.totals()
  deepEqual([sums.accepted, sums.rejected], [events, 0])
}

describe('@segment/analytics-next in Chromium', { skip: NO_BROWSER }, () => {
  for (const strategy of ['standard', 'batching'] as const) {
    test(`${strategy}: settings are fetched, and track, identify and page arrive once each`, async (t) => {
      const { house, partner } = await startShop(t)
      const { page, asked } = await visit(t, '/analytics-next.js')
      await page.evaluate(
        async ({ writeKey, url, strategy, options }) => {
          // biome-ignore lint/suspicious/noExplicitAny: the bundle's global has no type here
          const { AnalyticsBrowser } = (globalThis as any).AnalyticsNext
          const apiHost = `${new URL(url).host}/v1`
          const deliveryStrategy = strategy === 'batching' ? { strategy, config: { size: 3, timeout: 200 } } : undefined
          const analytics = AnalyticsBrowser.load(
            { writeKey, cdnURL: url },
            { integrations: { 'Segment.io': { apiHost, protocol: 'http', deliveryStrategy } } },
          )
          await analytics.ready()
          await analytics.identify('u-1', { plan: 'gold' }, options)
          await analytics.track('Order Completed', { revenue: 19.5 }, options)
          await analytics.page('shop', 'home', {}, options)
        },
        { writeKey: WRITE_KEY, url: house.gateway.dataUrl, strategy, options: IN_TEXAS },
      )
      await arrived(partner, ['identify', 'purchase', 'page'])
      await counted(house, 3)
      allWell(asked)
      const purchase = partner.items().find(({ event }) => event === 'purchase')
      deepEqual([purchase?.properties, (purchase?.user as { id: string } | undefined)?.id], [{ value: 19.5 }, 'u-1'])
    })
  }
})

describe('@rudderstack/analytics-js in Chromium', { skip: NO_BROWSER }, () => {
  for (const useBeacon of [false, true]) {
    test(`${useBeacon ? 'beacon' : 'its default'}: the source’s configuration is fetched, and events arrive once each`, async (t) => {
      const { house, partner } = await startShop(t)
      const { page, asked } = await visit(t, '/rudder-analytics.js')
      await page.evaluate(
        async ({ writeKey, url, useBeacon, options }) => {
          // biome-ignore lint/suspicious/noExplicitAny: the bundle's global has no type here
          const { RudderAnalytics } = (globalThis as any).rudderanalytics
          const analytics = new RudderAnalytics()
          await new Promise<void>((resolve) => {
            analytics.load(writeKey, url, {
              configUrl: url,
              useBeacon,
              beaconQueueOptions: { flushQueueInterval: 300 },
            })
            analytics.ready(resolve)
          })
          analytics.identify('u-1', { plan: 'gold' }, options)
          analytics.track('Order Completed', { revenue: 19.5 }, options)
          analytics.page('shop', 'home', {}, options)
        },
        { writeKey: WRITE_KEY, url: house.gateway.dataUrl, useBeacon, options: IN_TEXAS },
      )
      await arrived(partner, ['identify', 'purchase', 'page'])
      await counted(house, 3)
      allWell(asked)
      ok(asked.some((line) => line.includes('/sourceConfig/')))
      equal(
        asked.some((line) => line.includes('/beacon/v1/batch')),
        useBeacon,
      )
    })
  }

  test('what is refused for a while is sent again, with the headers of a retry, and arrives once', async (t) => {
    const { house, partner } = await startShop(t)
    const { page, asked } = await visit(t, '/rudder-analytics.js')
    const headers: Record<string, string>[] = []
    await page.route('**/v1/track', async (route) => {
      headers.push(route.request().headers())
      const cors = { 'access-control-allow-origin': '*', 'retry-after': '1' }
      if (headers.length === 1) await route.fulfill({ status: 503, headers: cors, body: '{}' })
      else await route.continue()
    })
    await page.evaluate(
      async ({ writeKey, url, options }) => {
        // biome-ignore lint/suspicious/noExplicitAny: the bundle's global has no type here
        const { RudderAnalytics } = (globalThis as any).rudderanalytics
        const analytics = new RudderAnalytics()
        await new Promise<void>((resolve) => {
          analytics.load(writeKey, url, { configUrl: url, queueOptions: { minRetryDelay: 200, maxRetryDelay: 400 } })
          analytics.ready(resolve)
        })
        analytics.track('Order Completed', { revenue: 19.5 }, options)
      },
      { writeKey: WRITE_KEY, url: house.gateway.dataUrl, options: IN_TEXAS },
    )
    await arrived(partner, ['purchase'])
    await counted(house, 1)
    equal(headers.length, 2)
    const own = Object.keys(headers[1]!).filter((name) => !Object.hasOwn(headers[0]!, name))
    ok(own.length > 0, 'a retry says that it is one')
    allWell(asked.filter((line) => !line.endsWith(' 503')))
  })
})

describe('the snippets of docs/sdks.md in Chromium', { skip: NO_BROWSER }, () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'sdks.md'), 'utf8')
  const bundles = [
    ['Segment, browser', '/analytics-next.js', 'const { AnalyticsBrowser } = globalThis.AnalyticsNext'],
    ['RudderStack, browser', '/rudder-analytics.js', 'const { RudderAnalytics } = globalThis.rudderanalytics'],
  ] as const
  for (const [title, bundle, names] of bundles)
    test(`${title}: its event is accepted`, async (t) => {
      const { house } = await startShop(t)
      const text = snippetsIn(page).find((one) => one.title === title)?.text ?? ''
      const opened = await visit(t, bundle)
      await opened.page.evaluate(`(async () => { ${names}; ${filledIn(text, WRITE_KEY, house.gateway.dataUrl)} })()`)
      await until('the event to be accepted', async () => (await house.gateway.totals()).events.accepted === 1, 20_000)
    })
})
