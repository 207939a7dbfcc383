/** Keys and certificates that partners publish stand in contracts as they are: they are no secrets, unless a private half is among them. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { formatProblem } from '../../src/model/problem.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { EXPIRED, GOOD } from '../support/processor-certificates.ts'
import { ACME, FILES, load } from './fixture.ts'

async function warningsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const result = await load({ ...FILES, ...files }, partnerTypes())
  assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'))
  return result.warnings.map(formatProblem)
}

describe('check: what partners publish of themselves', () => {
  const CURVE_POINT = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  }
  const telling = (settings: object) => ({
    'partners/acme.yaml': stringify({
      ...parse(ACME),
      connection: { url: 'https://acme.example/in', ...settings },
      notify: 'off',
    }),
  })
  const processor = (pem: string) => ({
    opendsr: {
      url: 'https://opendsr.processor.example/v2',
      identities: { email: 'sha256' },
      processor: { domain: 'opendsr.processor.example', certificates: [pem] },
    },
  })

  test('a certificate is no secret', async () => {
    assert.deepEqual(await warningsOf(telling(processor(GOOD))), [])
  })

  test('a certificate that has ended, the only one, is warned of where the partner is told', async () => {
    const files = (pem: string, notify: object | string) => {
      const written = parse(telling(processor(pem))['partners/acme.yaml']) as object
      return { 'partners/acme.yaml': stringify({ ...written, notify }) }
    }
    const [warning, ...more] = await warningsOf(files(EXPIRED, { deletion: 'on' }))
    assert.match(warning!, /connection: the last certificate that the partner’s answers are checked with has ended/)
    assert.deepEqual(more, [])
    assert.deepEqual(await warningsOf(files(EXPIRED, 'off')), [])
    assert.deepEqual(await warningsOf(files(GOOD, { deletion: 'on' })), [])
  })

  test('the public half of a key is no secret, and the private one is not repeated', async () => {
    const bidder = (key: object) => ({
      'partners/acme.yaml': stringify({
        ...parse(ACME),
        type: 'openrtb26',
        connection: {
          url: 'https://bidder.example/bid',
          imp: [{ id: '1' }],
          dsrdelete: {
            domain: 'bidder.example',
            endpoint: 'https://bidder.example/delete',
            identifiers: { ppuid: 'sha256' },
            keys: [key],
          },
        },
        notify: { deletion: 'on' },
        share: { user_id: 'pass', message_id: 'pass' },
      }),
    })
    assert.deepEqual(await warningsOf(bidder(CURVE_POINT)), [])
    const d = ['jpsQnnGQmL-YBIffH1136', 'cspYG6-0iY7X1fCE9-E9LI'].join('')
    const result = await load({ ...FILES, ...bidder({ ...CURVE_POINT, d }) }, partnerTypes())
    assert.ok(!result.ok)
    const said = result.problems.map(formatProblem).join('\n')
    assert.match(said, /connection\.dsrdelete\.keys\[0\]\.d: what looks like a key or token/)
    assert.match(said, /a private or shared key: only the public half belongs here/)
    assert.equal(said.includes(d.slice(-8)), false)
  })
})
