import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APPS, FILES, load } from './fixture.ts'

/** The contract that the design page gives as its example, word for word. */
const EXAMPLE = `id: meta
name: Meta
type: meta_capi                # an entry of the catalogue
role: third_party              # third_party | service_provider (then agreement: {ref, until})
purposes: [measurement]        # advertising | measurement | analytics | fraud_prevention | service
countries: [US]                # where it processes; transfer_basis where a regime asks for one
tcf_vendor: 0                  # the number in IAB's vendor list; check it there: a wrong one reads another company's consent
privacy_policy: https://partner.example/privacy
contact: privacy@partner.example
apps: [messenger-ios]
events:
  Order Completed: { as: Purchase, properties: { revenue: value, currency: currency } }
share:                         # ceilings while nothing restricts
  advertising_id: pass
  ip: [24, 48]
  place: city
  os: pass
when_restricted:               # sale, sharing or targeted advertising denied
  send: limited                # limited | nothing (the default)
  share: { os: reduced }       # may only lower what share grants; anything else is an error
connection: { dataset: "123", token: { env: META_TOKEN } }     # secrets: env or file references; injected after encode, re-read on change
limits: { per_second: 500, concurrency: 32, timeout_ms: 3000 } # per node
`

test('the contract of the design page parses and compiles to its plain form', async () => {
  const result = await load({
    ...FILES,
    'apps.yaml': APPS.replaceAll('shop-ios', 'messenger-ios'),
    'partners/acme.yaml': undefined,
    'partners/meta.yaml': EXAMPLE,
  })
  assert.ok(result.ok, JSON.stringify(result))
  assert.deepEqual(result.config.plans.contracts, [
    {
      id: 'meta',
      name: 'Meta',
      type: 'meta_capi',
      role: 'third_party',
      purposes: ['measurement'],
      countries: ['US'],
      consentCategories: [],
      privacyPolicy: 'https://partner.example/privacy',
      contact: 'privacy@partner.example',
      apps: ['messenger-ios'],
      events: { 'Order Completed': { as: 'Purchase', properties: { revenue: 'value', currency: 'currency' } } },
      share: { advertising_id: 2, ip: 6192, place: 3, os: 2, property: 1 },
      whenRestricted: { send: 'limited', share: { os: 1 } },
      connection: { dataset: '123', token: { env: 'META_TOKEN' } },
      limits: { perSecond: 500, concurrency: 32, timeoutMs: 3000, batch: 50, lingerMs: 20, attempts: 12 },
    },
  ])
})
