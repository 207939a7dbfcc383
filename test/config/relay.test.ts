/** What is said of `@relay` in a contract: every mistake at its place, with what is meant. */
import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stringify } from 'yaml'
import { formatProblem } from '../../src/model/problem.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { webhookContract } from '../support/config-folder.ts'
import { bidderContract } from '../support/relay.ts'
import { APPS, GATEWAY, load, POLICY } from './fixture.ts'

async function problemsOf(contract: object): Promise<readonly string[]> {
  const files = {
    'gateway.yaml': GATEWAY,
    'policy.yaml': POLICY,
    'apps.yaml': APPS,
    'partners/acme.yaml': stringify({ ...contract, apps: ['shop-ios'] }),
  }
  const loaded = await load(files, partnerTypes())
  return (loaded.ok ? [] : loaded.problems)
    .map(formatProblem)
    .map((problem) => problem.replace(/^partners\/acme.yaml:\d+:\d+ /, ''))
}
const named = (name: string, as: string): object =>
  bidderContract('acme', 'https://bidder.example', { events: { '@relay': { properties: { [name]: as } } } })

describe('@relay in a contract', () => {
  test('is right with the names that have room', async () => {
    deepEqual(await problemsOf(named('body.ext.note', 'note')), [])
    deepEqual(await problemsOf(named('body.imp[].ext.prebid.slots[]', 'slots')), [])
    deepEqual(await problemsOf(named('query.sub1', 'sub1')), [])
  })

  const rows: readonly [what: string, name: string, as: string, says: string][] = [
    [
      'a place misspelt',
      'bodi.ext.note',
      'note',
      'not a place of a request. Did you mean body? Allowed: query.name, header.name, body.a.b or body.list[].name',
    ],
    [
      'a place that the type knows',
      'body.device.ifa',
      'ifa',
      'a place that the type knows. What stands there is granted by its class under share.',
    ],
    [
      'a place inside a value',
      'body.device.ifa.x',
      'x',
      'a place inside a value. Allowed: query.name, header.name, body.a.b or body.list[].name',
    ],
    ['another name', 'body.ext.note', 'remark', 'another name than it has in the request. Allowed: note'],
    ['what never leaves', 'body.ext.imei', 'imei', 'this kind of data never leaves, whatever a contract says.'],
    [
      'a class by its name',
      'body.ext.email',
      'email',
      'a name that is email by itself. What the type has no place for does not pass.',
    ],
  ]
  for (const [what, name, as, says] of rows) {
    test(`${what} is an error`, async () => {
      const [problem, ...others] = await problemsOf(named(name, as))
      deepEqual([problem?.slice(problem.indexOf(': ') + 2), others], [says, []])
    })
  }

  test('a type that relays nothing cannot name it, nor wishes to be forgotten', async () => {
    const contract = webhookContract('acme', 'https://acme.example', { events: { '@relay': {} } })
    deepEqual(await problemsOf(contract), [
      'events.@relay: requests of the partner’s own SDKs, which this type does not relay. See docs/relay.md.',
    ])
    for (const forgetless of [
      webhookContract('acme', 'https://acme.example', { events: { '@forget': {} } }),
      bidderContract('acme', 'https://bidder.example', { events: { '@forget': {} } }),
    ])
      deepEqual(await problemsOf(forgetless), [
        'events.@forget: wishes to be forgotten, for which this type has no request. See docs/relay.md.',
      ])
  })

  test('a wish to be forgotten takes nothing along', async () => {
    const adjust = (forget: object) =>
      bidderContract('acme', 'https://s2s.adjust.com', {
        type: 'adjust',
        events: { '@forget': forget },
        share: { partner_id: 'pass' },
        when_restricted: { send: 'nothing' },
        connection: { app_token: 'abc123def456' },
      })
    deepEqual(await problemsOf(adjust({})), [])
    deepEqual(await problemsOf(adjust({ properties: { 'query.tag': 'tag' } })), [
      'events.@forget.properties."query.tag": a place beside the id of the device, which is all that a wish to be forgotten holds. Remove it.',
    ])
  })
})
