/** Whatever stands in a file, checking ends, names a place, and repeats nothing that could be a secret. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { APP, APPS_OPTIONS } from '../../src/contracts/options/apps.ts'
import { CONTRACT_OPTIONS } from '../../src/contracts/options/contract.ts'
import { GATEWAY_OPTIONS } from '../../src/contracts/options/gateway.ts'
import { POLICY_OPTIONS } from '../../src/contracts/options/policy.ts'
import { salvageParts } from '../../src/contracts/salvage.ts'
import { shape } from '../../src/contracts/shape.ts'
import { parseSource, type Source } from '../../src/contracts/source.ts'
import { checkApps } from '../../src/contracts/validate/apps.ts'
import { checkContract } from '../../src/contracts/validate/contract.ts'
import { checkGateway } from '../../src/contracts/validate/gateway.ts'
import { checkPolicy } from '../../src/contracts/validate/policy.ts'
import { formatProblem, type Problem } from '../../src/model/problem.ts'
import { anyCharacter } from '../support/any-text.ts'
import { ACME, APPS, GATEWAY, NOW, POLICY, TYPES } from './fixture.ts'

const RUNS = { numRuns: 300 }
const SURROUNDINGS = {
  types: TYPES,
  apps: new Set(['shop-ios']),
  categories: new Map(),
  isVendor: undefined,
  allowLoopback: false,
  now: NOW,
}
const CANARY = 'sk_live_4f9a1c77'

function checkAll(source: Source): readonly Problem[] {
  const contract = shape(CONTRACT_OPTIONS, source, source.value)
  const app = APPS_OPTIONS.safeParse(source.value).data?.apps ?? [salvageParts(APP, source.value)]
  const gateway = shape(GATEWAY_OPTIONS, source, source.value)
  const policy = shape(POLICY_OPTIONS, source, source.value)
  return [
    ...[contract, gateway, policy, shape(APPS_OPTIONS, source, source.value)].flatMap((one) =>
      one.ok ? [] : one.problems,
    ),
    ...checkContract(source, 'acme', salvageParts(CONTRACT_OPTIONS, source.value), SURROUNDINGS).problems,
    ...checkApps(source, app).problems,
    ...checkGateway(source, salvageParts(GATEWAY_OPTIONS, source.value)).problems,
    ...checkPolicy(source, salvageParts(POLICY_OPTIONS, source.value)).problems,
  ]
}

/** One text in place of the fixture’s own, cut and glued at will. */
const broken = fc
  .tuple(
    fc.constantFrom(ACME, APPS, POLICY, GATEWAY),
    fc.nat(),
    fc.nat({ max: 40 }),
    fc.string({ unit: anyCharacter, maxLength: 12 }),
  )
  .map(([text, at, length, noise]) => text.slice(0, at % text.length) + noise + text.slice((at % text.length) + length))

const words = [
  'id',
  'type',
  'webhook',
  'meta_capi',
  'events',
  'share',
  'os',
  'pass',
  'apps',
  'regimes',
  'places',
  'US',
  'connection',
  'url',
  'token',
]
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(...words, null, 0, -1, 1e99, true, '', 'https://a.example', 'http://127.0.0.1'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), tie('any'), { maxKeys: 6 }),
  ),
})).any

describe('any input', () => {
  test('text that was cut and glued gives problems with a place, or is fine, and never throws', () => {
    fc.assert(
      fc.property(broken, (text) => {
        const { source, problems } = parseSource('f.yaml', text)
        assert.equal(source === undefined, problems.length > 0)
        const lines = text.split(/\r\n|\r|\n/).length
        for (const { line, column } of source === undefined ? problems : checkAll(source)) {
          assert.ok(line >= 1 && line <= lines && column >= 1, `${line}:${column} of ${lines} lines`)
        }
      }),
      RUNS,
    )
  })

  test('any value under any key is refused or taken, and never throws', () => {
    fc.assert(
      fc.property(value, (any) => {
        const { source } = parseSource('f.yaml', stringify(any))
        assert.ok(source !== undefined)
        const problems = checkAll(source)
        assert.ok(problems.length > 0, 'no value is all four files at once')
      }),
      RUNS,
    )
  })

  test('a secret anywhere below a secret’s place is not repeated', () => {
    const below = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constant(CANARY),
        fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
        fc.dictionary(fc.constantFrom('env', 'file', 'value', CANARY), tie('any'), { minKeys: 1, maxKeys: 3 }),
      ),
    })).any
    fc.assert(
      fc.property(below, fc.constantFrom('env', 'file', 'none'), (secret, only) => {
        // A name that is itself the secret cannot be told from a name: that one form is left out.
        fc.pre(!(typeof secret === 'object' && JSON.stringify(secret) === JSON.stringify({ [only]: CANARY })))
        const text = ACME.replace('type: webhook', 'type: meta_capi').replace(/connection: .*/, () =>
          stringify({ connection: { dataset: '1', token: secret } }),
        )
        const { source } = parseSource('acme.yaml', text)
        assert.ok(source !== undefined)
        const { problems } = checkContract(source, 'acme', salvageParts(CONTRACT_OPTIONS, source.value), SURROUNDINGS)
        assert.ok(!problems.map(formatProblem).join('\n').includes(CANARY))
      }),
      RUNS,
    )
  })
})
