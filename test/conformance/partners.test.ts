/** The conformance command over other forwarders' cases: the given ones where this machine has them, and some invented here. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { PartnerRequest } from '../../src/partners/kit/type.ts'
import { shippedBench } from './bench.ts'
import type { PersonalKind } from './partners/personal.ts'
import { countOf, judgePartners } from './partners/run.ts'
import { layOut, traceOf, wantedOf } from './partners/traces.ts'
import type { PartnerVector } from './partners/vectors.ts'

const ROOT = new URL('../../', import.meta.url)
const VECTORS = join(import.meta.dirname, '..', '..', '..', 'shared', 'vectors')
const skip = existsSync(VECTORS) ? false : `the vectors are not here (${VECTORS})`
/** `npm run conformance` searches all of them. */
const EVERY = '30'

test('of all given cases nothing is missing, and nothing leaks in any restricted state', { skip }, async () => {
  const { code, lines } = await new Promise<{ code: number; lines: string[] }>((resolve) => {
    const args = ['test/conformance/command.ts', join(VECTORS, 'partners'), '--every', EVERY]
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: 2 ** 24 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, lines: stdout.trim().split('\n') })
    })
  })
  const [landed, leaks] = lines.slice(-2)
  match(landed!, /^partners, granted and consented: 171 of 191 cases have a type, values matched \d+, .*, missing 0$/)
  match(leaks!, /; relayed: \d{3,} preparations, \d{3,} sent, \d+ kept back; leaks 0$/)
  const [matched, moved] = [...landed!.matchAll(/(?:matched|moved) (\d+)/g)].map(([, count]) => Number(count))
  ok(matched! + moved! > 800, landed)
  equal(lines.filter((line) => line.startsWith('landing  ')).length, 171)
  equal(code, 0)
})

describe('cases written here', async () => {
  const bench = await shippedBench()
  const judge = (vector: PartnerVector) => judgePartners([vector], bench)
  const IDFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
  const snapchat = (landing: PartnerVector['pii_landing']): PartnerVector => ({
    id: 'invented',
    partner: 'snapchat_capi',
    input: {
      type: 'track',
      event: 'Order Completed',
      userId: 'user-4711',
      context: {
        device: { type: 'ios', advertisingId: IDFA, name: "Anna's iPhone" },
        traits: { email: 'anna@mail.example' },
        ip: '203.0.113.77',
      },
      properties: { plan: 'gold' },
    },
    destination_config: { pixelId: 'invented' },
    expected: { body: { json: {} } },
    pii_landing: landing,
  })

  test('a value is matched, moved, refused by a rule, or missing', () => {
    const rows = [
      ['/context/device/advertisingId', '/body/json/data/0/user_data/madid', 'matched'],
      ['/context/device/advertisingId', '/body/json/hashed_mobile_ad_id', 'moved'],
      ['/context/traits/email', '/body/json/hashed_email', 'moved'],
      ['/context/device/name', '/body/json/device_name', 'refused'],
      ['/context/ip', '/body/json/hashed_email', 'missing'],
    ] as const
    const { landed } = judge(snapchat(rows.map(([from, to]) => ({ from, to, as: 'plain' }))))
    deepEqual(
      landed.flatMap(({ results }) => results.map((one) => one.arrival)),
      rows.map(([, , arrival]) => arrival),
    )
  })
  test('a missing value is counted, and fails nothing: only a leak does', () => {
    const { landed, passed } = judge(snapchat([{ from: '/context/ip', to: '/body/json/hashed_email', as: 'sha256' }]))
    deepEqual([countOf(landed, 'missing'), passed], [1, true])
  })
  test('settings that our type refuses are replaced, one by one', () => {
    const vector = snapchat([{ from: '/context/traits/email', to: '/body/json/hashed_email', as: 'sha256' }])
    const { landed } = judge({ ...vector, destination_config: { pixelId: '<pixel id goes here>' } })
    deepEqual([countOf(landed, 'moved'), landed[0]!.problem], [1, ''])
  })
  test('every type is tried, and some of them send even of restricted people', () => {
    const { leaks } = judge(snapchat([]))
    ok(leaks.prepared >= 15 * 6 * 14)
    ok(leaks.sent > 100)
  })
})

describe('a trace of a value in a request', () => {
  const MAIL = 'anna.muster@mail.example'
  const digest = (name: string, text: string, encoding: 'hex' | 'base64' = 'hex'): string =>
    createHash(name).update(text).digest(encoding)
  const request = (part: Partial<PartnerRequest>): PartnerRequest => ({
    method: 'POST',
    origin: 'https://partner.example',
    path: '/in',
    headers: {},
    body: '',
    ...part,
  })
  const found: readonly (readonly [string, string, PersonalKind, Partial<PartnerRequest>])[] = [
    ['a leaf of the body', MAIL, 'contact', { body: JSON.stringify({ a: [{ b: MAIL }] }) }],
    ['other letters, other separators', MAIL, 'contact', { body: '{"a":"ANNA MUSTER-MAIL/EXAMPLE"}' }],
    ['a query, encoded twice', MAIL, 'contact', { path: `/p?a=${encodeURIComponent(encodeURIComponent(MAIL))}` }],
    ['the path', MAIL, 'contact', { path: `/p/${encodeURIComponent(MAIL)}/x` }],
    ['a header', MAIL, 'contact', { headers: { 'X-User': `mail=${MAIL}` } }],
    ['a form', MAIL, 'contact', { body: `a=1&b=${encodeURIComponent(MAIL)}` }],
    ['JSON in a string', MAIL, 'contact', { body: JSON.stringify({ a: JSON.stringify({ b: MAIL }) }) }],
    ['a key', MAIL, 'contact', { body: JSON.stringify({ [MAIL]: 1 }) }],
    ['base64', MAIL, 'contact', { body: JSON.stringify({ a: Buffer.from(MAIL).toString('base64') }) }],
    ['hex', MAIL, 'contact', { body: JSON.stringify({ a: Buffer.from(MAIL).toString('hex') }) }],
    ['MD5', MAIL, 'contact', { body: JSON.stringify({ a: digest('md5', MAIL) }) }],
    ['SHA-1 in capitals', MAIL, 'contact', { body: JSON.stringify({ a: digest('sha1', MAIL).toUpperCase() }) }],
    ['SHA-256 in base64', MAIL, 'contact', { body: JSON.stringify({ a: digest('sha256', MAIL, 'base64') }) }],
    ['a short id, whole', 'u-42', 'identifier', { body: '{"a":"u-42"}' }],
    ['an address', '203.0.113.77', 'ip', { body: '{"a":"at 203.0.113.77."}' }],
    ['an address as a number', '203.0.113.77', 'ip', { body: '{"a":3405803853}' }],
    ['an address mapped into IPv6', '203.0.113.77', 'ip', { body: '{"a":"::ffff:203.0.113.77"}' }],
    ['an IPv6 address written out', '2001:db8::7', 'ip', { body: '{"a":"2001:0db8:0:0:0:0:0:0007"}' }],
    ['a position', '-85.34321', 'coordinate', { body: '{"a":-85.3432}' }],
  ]
  for (const [what, text, kind, part] of found)
    test(`is found in ${what}`, () => {
      ok(traceOf(wantedOf({ pointer: '/x', text, kind }), layOut(request(part))))
    })

  const absent: readonly (readonly [string, string, PersonalKind, Partial<PartnerRequest>])[] = [
    ['another e-mail', MAIL, 'contact', { body: '{"a":"bert@mail.example"}' }],
    ['a longer address', '203.0.113.7', 'ip', { body: '{"a":"203.0.113.77"}' }],
    ['its network', '203.0.113.77', 'ip', { body: '{"a":"203.0.113.0"}' }],
    ['a position a kilometre off', '-85.34321', 'coordinate', { body: '{"a":-85.353}' }],
    ['a short id inside a word', 'u-42', 'identifier', { body: '{"a":"menu-42-x"}' }],
  ]
  for (const [what, text, kind, part] of absent)
    test(`is not seen in ${what}`, () => {
      equal(traceOf(wantedOf({ pointer: '/x', text, kind }), layOut(request(part))), undefined)
    })
})
