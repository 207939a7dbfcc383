/** Contract unit tests: a contract that does not keep to its cases replaces nothing. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatProblem } from '../../src/model/problem.ts'
import { webhookContract } from '../support/config-folder.ts'
import { startHouse } from '../support/house.ts'
import { FILES, load } from './fixture.ts'

const cases = (body: string) => load({ ...FILES, 'partners/acme.cases.yaml': `cases:\n${body}` })
const EVENT =
  '{ type: track, event: Order Completed, userId: u, properties: { revenue: 3 }, context: { ip: 203.0.113.77, location: { country: US } } }'
const one = (expect: string, more = ''): string =>
  `  - name: a case\n    event: ${EVENT}\n${more}    expect: ${expect}\n`
const BODY =
  '{ event: purchase, type: track, app: { id: shop-ios }, ip: 203.0.113.0, properties: { value: 3 }, privacy: { restricted: false, sale: false, sharing: false, targeted_advertising: false, limit_ad_tracking: false, gpc: false } }'

async function failures(body: string): Promise<readonly string[]> {
  const result = await cases(body)
  assert.ok(!result.ok)
  return result.problems.map(formatProblem)
}

describe('cases beside a contract', () => {
  test('a request, fields and a withheld event that are as expected pass and are counted', async () => {
    const result = await cases(
      one(`{ request: { method: POST, url: /hook, body: ${BODY} }, fields: { ip: [24, 48], property: pass } }`) +
        one(`{ request: { url: https://acme.example/hook, body: ${BODY} } }`) +
        one('{ withheld: child }', '    state: { age: 9 }\n'),
    )
    assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'))
    assert.equal(result.casesPassed, 3)
  })

  test('a failing case names itself, its place and each difference', async () => {
    const wrong = BODY.replace('203.0.113.0', '203.0.113.77').replace(' properties: { value: 3 },', ' locale: en,')
    assert.deepEqual(await failures(one(`{ request: { method: PUT, url: "/other?a=1", body: ${wrong} } }`)), [
      [
        'partners/acme.cases.yaml:4:5 cases[0].expect: the case “a case” fails',
        'method: PUT is expected and POST is sent',
        'path: /other is expected and /hook is sent',
        'query.a: 1 is expected and nothing is sent',
        'body.ip: 203.0.113.77 is expected and 203.0.113.0 is sent',
        'body.locale: en is expected and nothing is sent',
        'body.properties: unexpected, {"value":3} is sent.',
      ].join('\n          '),
    ])
  })

  test('what leaves unexpectedly, or in another treatment, fails', async () => {
    assert.match(
      (await failures(one('{ fields: { ip: [16, 48] } }')))[0]!,
      /ip: 16\/48 is expected and 24\/48 leaves\n +property: drop is expected and pass leaves/,
    )
    assert.match(
      (await failures(one('{ withheld: choice }')))[0]!,
      /withheld: choice is expected, and a request is sent: POST https:\/\/acme\.example\/hook/,
    )
    const asked = await failures(one('{ fields: { ip: pass } }', '    state: { choice: child }\n'))
    assert.match(asked[0]!, /a request is expected, and it is withheld: child/)
  })

  test('a body that the case does not name must be empty', async () => {
    assert.match((await failures(one('{ request: { url: /hook } }')))[0]!, /body: unexpected, a body is sent/)
  })

  test('a file that is wrong is told like any other', async () => {
    assert.match(
      (await failures(one('{ withhold: child }'))).join('\n'),
      /cases\[0\]\.expect\.withhold: .*Did you mean withheld/,
    )
    assert.match((await failures(one('{}')))[0]!, /nothing: name withheld, request or fields/)
    assert.match((await failures('  - { name: x, persona: nobody, expect: { withheld: child } }\n'))[0]!, /persona/)
    const orphan = await load({ ...FILES, 'partners/gone.cases.yaml': 'cases: []\n' })
    assert.ok(!orphan.ok)
    assert.match(
      orphan.problems.map(formatProblem).join(),
      /gone\.cases\.yaml:1:1 cases of a partner that has no contract/,
    )
  })

  test('a reload that gives more and whose cases fail changes nothing; once they pass it waits for approval', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [
        webhookContract('acme', partner!.origin, {
          share: { ip: [16, 48], os: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
      ],
    }))
    const file = join(house.folder.config, 'partners', 'acme.cases.yaml')
    const say = (expect: string) =>
      writeFile(file, `cases:\n  - name: ids stay here\n    persona: ios-allowed\n    expect: ${expect}\n`)
    await house.folder.write({
      contracts: [
        webhookContract('acme', partners[0]!.origin, {
          share: { ip: [16, 48], os: 'pass', advertising_id: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
      ],
    })
    await say('{ fields: { ip: [16, 48], os: pass, property: pass } }')
    const refused = await house.staff('POST', '/api/v1/reload')
    assert.equal(refused.body.code, 'ERR_CONFIG_INVALID')
    assert.match(refused.body.problems[0], /“ids stay here” fails\n +advertising_id: drop is expected and pass leaves/)
    assert.equal(house.gateway.revision().number, 1)
    await say('{ fields: { advertising_id: pass, ip: [16, 48], os: pass, property: pass } }')
    const proposed = await house.staff('POST', '/api/v1/reload')
    assert.equal(proposed.status, 200)
    assert.equal(proposed.body.waiting, 1)
    assert.equal(house.gateway.revision().number, 1)
  })

  test('a change that only narrows is live at once, though a case still expects more', async (t) => {
    const share = (os: string) => ({ share: { ip: [16, 48], os }, when_restricted: { send: 'nothing' } })
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin, share('pass'))],
    }))
    await writeFile(
      join(house.folder.config, 'partners', 'acme.cases.yaml'),
      'cases:\n  - name: os is known\n    persona: ios-allowed\n    expect: { fields: { ip: [16, 48], os: pass, property: pass } }\n',
    )
    await house.folder.write({ contracts: [webhookContract('acme', partners[0]!.origin, share('reduced'))] })
    assert.equal((await house.staff('POST', '/api/v1/reload')).status, 200)
    assert.equal(house.gateway.revision().number, 2)
    assert.equal(house.gateway.revision().contracts[0]!.share.os, 1)
  })
})
