/** Unmodified official SDKs as clients: only their host name is changed. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { Analytics } from '@segment/analytics-node'
import { WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { startHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const context = {
  device: { type: 'ios', advertisingId: '6D92078A-8246-4BA4-AE5B-76104861E7DC', attTrackingStatus: 3 },
  os: { name: 'iOS', version: '17.5' },
  location: { country: 'US' },
}

describe('official SDKs', () => {
  test('@segment/analytics-node: its events are accepted, once each, and delivered', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    const analytics = new Analytics({ writeKey: WRITE_KEY, host: house.gateway.dataUrl, flushAt: 5, flushInterval: 50 })
    const failures: unknown[] = []
    analytics.on('error', (error) => failures.push(error))
    for (let index = 0; index < 12; index++) {
      analytics.track({ userId: `u-${index}`, event: 'Order Completed', properties: { revenue: index }, context })
    }
    analytics.identify({ userId: 'u-1', traits: { plan: 'gold' } })
    await analytics.closeAndFlush()
    await house.settled()
    deepEqual(failures, [])
    const { events } = await house.gateway.totals()
    deepEqual([events.accepted, events.rejected, events.duplicate], [13, 0, 0])
    const values = partners[0]!.items().map(({ properties }) => (properties as { value: number }).value)
    deepEqual(
      values.toSorted((a, b) => a - b),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    )
  })

  test('@segment/analytics-node: while the gateway answers 503 nothing is lost, and a repeated batch counts once', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
      apps: [
        {
          id: 'messenger-ios',
          name: 'Messenger',
          platform: 'ios',
          bundle: 'com.example.messenger',
          write_keys: ['another-key'],
        },
      ],
    }))
    const analytics = new Analytics({ writeKey: WRITE_KEY, host: house.gateway.dataUrl, flushAt: 1, maxRetries: 10 })
    analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { revenue: 1 }, context })
    await until('the SDK to be told that its key is unknown so far', async () => {
      const { body } = await house.staff('GET', '/api/v1/accounting')
      const text = await (await fetch(`${house.gateway.controlUrl}/metrics`)).text()
      return body.events.accepted === 0 && /sluice_answers_error_total\{code="ERR_KEY_UNKNOWN"\} [1-9]/.test(text)
    })
    await house.folder.write({ contracts: [webhookContract('acme', partners[0]!.origin)] })
    equal((await house.gateway.reload()).ok, true)
    await analytics.closeAndFlush()
    await until('the event to arrive', () => partners[0]!.items().length === 1)
    equal((await house.gateway.totals()).events.accepted, 1)
  })

  test('@rudderstack/rudder-sdk-node: its events are accepted and delivered', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    const analytics = new RudderAnalytics(WRITE_KEY, {
      dataPlaneUrl: house.gateway.dataUrl,
      flushAt: 3,
      flushInterval: 50,
      gzip: true,
    })
    for (let index = 0; index < 4; index++) {
      analytics.track({ userId: `u-${index}`, event: 'Order Completed', properties: { revenue: index }, context })
    }
    await analytics.flush()
    await until('all four to arrive', () => partners[0]!.items().length === 4)
    await house.settled()
    const { events } = await house.gateway.totals()
    ok(events.accepted === 4 && events.rejected === 0)
  })
})
