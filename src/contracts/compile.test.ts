import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { partnerTypes } from '../partners/registry.ts'
import { compileContract, compileGateway } from './compile.ts'
import { levelOf, wordFor } from './levels.ts'
import { CONTRACT_OPTIONS } from './options/contract.ts'
import { GATEWAY_OPTIONS } from './options/gateway.ts'

describe('treatments as contracts write them', () => {
  const rows = [
    ['advertising_id', 'pass', 2, 'pass'],
    ['advertising_id', 'pseudonym', 1, 'pseudonym'],
    ['coordinates', '5000km2', 1, '5000km2'],
    ['coordinates', 'pass', 5, 'pass'],
    ['place', 'pass', 4, 'postal'],
    ['place', 'country', 1, 'country'],
    ['ip', 'pass', 32 * 256 + 128, 'pass'],
    ['ip', [24, 48], 24 * 256 + 48, '[24, 48]'],
    ['ip', [32, 128], 32 * 256 + 128, 'pass'],
    ['ip', 'drop', 0, 'drop'],
    ['time', 'day', 1, 'day'],
    ['email', 'pass', 1, 'pass'],
  ] as const
  for (const [fieldClass, word, level, written] of rows) {
    test(`${fieldClass}: ${JSON.stringify(word)} is level ${level}, written ${written}`, () => {
      assert.equal(levelOf(fieldClass, word), level)
      assert.equal(wordFor(fieldClass, level), written)
    })
  }
})

test('an empty gateway file gives the documented defaults', () => {
  assert.deepEqual(compileGateway(GATEWAY_OPTIONS.parse({}), '/srv'), {
    dataPlane: { host: '0.0.0.0', port: 8080 },
    control: {
      host: '127.0.0.1',
      port: 8081,
      hosts: [],
      origins: [],
      bootstrapToken: true,
      limits: { actorPerMinute: 600, addressPerMinute: 1_200, failedLoginsPerMinute: 10 },
    },
    dataFolder: '/srv/data',
    threads: 1,
    trustedProxies: [],
    keys: {
      index: { file: '/srv/data/keys/index.key' },
      pseudonym: { file: '/srv/data/keys/pseudonym.key' },
      commitment: { file: '/srv/data/keys/commitment.key' },
      encryption: { file: '/srv/data/keys/encryption.key' },
      signing: { file: '/srv/data/keys/signing.key' },
      deletion: { file: '/srv/data/keys/deletion.key' },
    },
    ledger: {
      origin: 'sluice/ledger',
      withheld: 'each',
      segmentLeaves: 1_048_576,
      segmentHours: 24,
      sealValues: false,
      retentionMonths: 25,
      anchors: { everySeconds: 60, requiredWithinMinutes: 0, witnesses: [] },
    },
    intake: { keepHours: 24, maxAgeHours: 72, dedupeWindowMinutes: 1_440, dedupeMaxIds: 1_000_000 },
    desks: [],
    notices: { withinMs: 21_600_000, retryMs: 60_000 },
    limits: { eventBytes: 32_768, batchBytes: 512_000, batchEvents: 2_500 },
    pressure: {
      requestsUnderWay: 1_000,
      bytesUnderWay: 67_108_864,
      connections: 2_000,
      connectionsByAddress: 1_000,
      retryAfterSeconds: 5,
    },
    unknownKeyGraceHours: 24,
    source: 'files',
    watchSeconds: 2,
    logLevel: 'info',
    allowLoopbackPartners: false,
  })
})

test('a key reference is kept as given, a file taken from the working folder', () => {
  const { keys } = compileGateway(
    GATEWAY_OPTIONS.parse({ data: '/var/lib/sluice', keys: { index: { env: 'INDEX' }, signing: { file: 'k/sign' } } }),
    '/srv',
  )
  assert.deepEqual(keys.index, { env: 'INDEX' })
  assert.deepEqual(keys.signing, { file: '/srv/k/sign' })
  assert.deepEqual(keys.pseudonym, { file: '/var/lib/sluice/keys/pseudonym.key' })
})

describe('how often an event is tried', () => {
  const rows = [
    ['openrtb26', {}, 1],
    ['openrtb26', { attempts: 3 }, 3],
    ['webhook', {}, 12],
    ['webhook', { attempts: 1 }, 1],
  ] as const
  for (const [type, limits, attempts] of rows)
    test(`${type} with ${JSON.stringify(limits)}: ${attempts}`, () => {
      const options = CONTRACT_OPTIONS.parse({
        id: 'acme',
        name: 'Acme',
        type,
        role: 'third_party',
        purposes: ['advertising'],
        countries: ['US'],
        privacy_policy: 'https://acme.example/privacy',
        contact: 'privacy@acme.example',
        apps: ['shop'],
        events: {},
        share: {},
        connection: partnerTypes().get(type)!.sample.connection,
        limits,
      })
      const known = partnerTypes().get(type)!
      const contract = compileContract(options, known.sample.connection, known)
      assert.equal(contract.limits.attempts, attempts)
    })
})
