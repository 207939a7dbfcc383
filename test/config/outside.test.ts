/**
 * Contracts as people write them elsewhere: nodes that contain themselves, tabs, merge keys, addresses inside of a network,
 * names that nearly match. Each a problem or a warning with its place; none a crash.
 */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { parseSource } from '../../src/contracts/source.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { EditImpossible, editText } from '../../src/publish/edit-text.ts'
import { mergeView } from '../../src/publish/merge-view.ts'
import { reportOn } from '../../src/publish/report.ts'
import { threadMs } from '../support/cpu-time.ts'
import { ACME, FILES, NOW, TYPES, withFolder } from './fixture.ts'

const FILE = 'partners/acme.yaml'
const reported = async (files: Readonly<Record<string, string>>, types = TYPES) => {
  let found: readonly string[] = []
  await withFolder({ ...FILES, ...files }, async (folder) => {
    const { text } = await reportOn(folder, types, NOW)
    found = text.split('\n').map((line) => line.replaceAll(`${folder}/`, ''))
  })
  return found
}
const contract = (part: object): string => stringify({ ...parse(ACME), ...part })

describe('a value that contains itself', () => {
  const texts: Readonly<Record<string, string>> = {
    'a list': 'x: &a [*a]',
    'a map': 'x: &a { y: *a }',
    'deeper down': 'x: &a\n  y:\n    - z: [1, { w: *a }]',
    'through another': 'x: &a { y: &b [*a], z: *b }',
    'the whole file': '&a\nid: *a',
    'a name used twice': 'x: &a 1\ny: &a [*a]',
  }
  for (const [what, text] of Object.entries(texts)) {
    test(`${what}: a problem with its line, in a folder, an edit and a merge view`, async () => {
      const lines = await reported({ [FILE]: text })
      assert.match(lines.join('\n'), /^error +partners\/acme\.yaml:\d+:\d+ .*contains itself/m)
      assert.throws(() => editText(text, [{ path: ['id'], value: 'x' }]), EditImpossible)
      assert.equal(mergeView({ [FILE]: ACME }, { [FILE]: ACME }, { [FILE]: text }).yours.length > 0, true)
    })
  }

  test('and an alias of something else stays what it is', () => {
    const { source, problems } = parseSource('x.yaml', 'x: &a [1]\ny: [*a, *a]\nz: { w: *a }')
    assert.deepEqual(problems, [])
    assert.deepEqual(source?.value, { x: [1], y: [[1], [1]], z: { w: [1] } })
  })

  test('nesting without end is a problem; a hundred thousand aliases take no time', () => {
    for (const text of [
      '['.repeat(5_000),
      `x: ${'['.repeat(100)}${']'.repeat(100)}`,
      `${'{a: '.repeat(80)}1${'}'.repeat(80)}`,
    ])
      assert.equal(parseSource('x.yaml', text).source, undefined)
    assert.equal(parseSource('x.yaml', `x: ${'['.repeat(40)}${']'.repeat(40)}`).problems.length, 0)
    const took = threadMs(() => {
      const { problems } = parseSource('x.yaml', `x: &a 1\ny: [${'*a, '.repeat(100_000)}]`)
      assert.match(problems[0]!.found, /more than 50 aliases/)
    })
    assert.ok(took < 20_000, `${took} ms`)
  })
})

describe('messages that name the thing', () => {
  const rows: readonly (readonly [string, string, RegExp])[] = [
    [
      'a key twice',
      ACME.replace('name: Acme', 'name: Acme\nname: Acme'),
      /:3:1 .*twice in one map: name, first on line 2/,
    ],
    ['two secrets as keys', 'token: { s3cr3tA1, s3cr3tA1 }', /twice in one map: first on line 1/],
    ['a tab', ACME.replace('  os: pass', '\tos: pass'), /a tab at the beginning of a line/],
    ['an empty file', '', /an empty file/],
    ['a file of comments', '# to do\n', /an empty file/],
    ['a merge key', `${ACME}notes: &s { os: pass }\nextra:\n  <<: *s\n`, /a merge key \(<<\)/],
  ]
  for (const [what, text, says] of rows) {
    test(what, async () => {
      const lines = (await reported({ [FILE]: text })).join('\n')
      assert.match(lines, says)
      assert.equal(lines.includes('s3cr3tA1'), false)
    })
  }

  test('a folder under the name of a file', async () => {
    await withFolder(FILES, async (folder) => {
      await mkdir(join(folder, 'partners', 'x.yaml'))
      assert.match((await reportOn(folder, TYPES, NOW)).text, /x\.yaml:1:1 a folder, where a file belongs/)
    })
  })
})

describe('addresses inside of a network', () => {
  // RFC 1918, 3927, 6598, 6761, 6762, 8375; and every notation that the WHATWG URL standard's host parser takes.
  const inside =
    `https://10.0.0.1/h https://192.168.1.5 https://172.31.255.1/h https://169.254.169.254/h https://100.64.0.1/h
    https://localhost https://127.0.0.1/h https://0x7f.1/h https://2130706433/h https://0177.0.0.1/h https://10.1/h
    https://[::1]/h https://[fd00::1]/h https://[fe80::1]/h https://[::ffff:10.0.0.1]/h https://[64:ff9b::a00:1]/h https://0/h
    https://metadata.google.internal/h https://printer.local/h https://collector/h https://localhost./h https://x.localhost/h
    https://%31%30.0.0.1/h https://1０.0.0.1/h https://192.0.2.1/h https://224.0.0.1/h`.split(/\s+/)
  for (const url of inside) {
    test(`${url} is a problem or a warning`, async () => {
      const lines = await reported({ [FILE]: contract({ connection: { url } }) })
      assert.match(
        lines.join('\n'),
        /connection\.url: (an address (inside of a network|of this machine|that is not https)|not an https URL)/,
      )
    })
  }
  const outside = 'https://partner.example/h https://8.8.8.8/h https://[2606:4700::1]/h http://127.0.0.1:9000/h'.split(
    ' ',
  )
  for (const url of outside) {
    test(`${url} is neither`, async () => {
      const lines = await reported({ [FILE]: contract({ connection: { url } }) })
      assert.equal(lines.join('\n').includes('connection'), false, lines.join('\n'))
    })
  }
})

describe('names of events that nearly match', () => {
  const BETA = contract({ id: 'beta' })
  for (const [key, isSlip] of [
    ['Order Complete', true],
    ['Ordr Completed', true],
    ['order_completed', true],
    ['Order Completeds', false],
    ['Order Cancelled', false],
  ] as const) {
    test(`${key} beside Order Completed: ${isSlip ? 'a warning' : 'silent'}`, async () => {
      const events = { [key]: { as: 'x', properties: {} } }
      const lines = await reported({
        [FILE]: ACME,
        'partners/beta.yaml': BETA,
        'partners/gamma.yaml': contract({ id: 'gamma', events }),
      })
      assert.equal(/gamma.*no other contract spells so/.test(lines.join('\n')), isSlip, lines.join('\n'))
    })
  }
})

describe('properties that read like a class', () => {
  test('are warned of where nothing else grants them; look-alikes are not', async () => {
    const events = (properties: object) => ({ 'Order Completed': { as: 'purchase', properties } })
    const lines = await reported({
      [FILE]: contract({
        events: events({ customer_email: 'p0', userEmail: 'p1', contact_phone: 'p2', gps_lat: 'p3', uid: 'p4' }),
      }),
    })
    for (const name of ['customer_email', 'userEmail', 'contact_phone', 'gps_lat', 'uid'])
      assert.match(lines.join('\n'), new RegExp(`^warning .*${name}: a property that reads like `, 'm'))
    const fine = await reported({
      [FILE]: contract({ events: events({ platform: 'a', latency_ms: 'b', template: 'c' }) }),
    })
    assert.equal(fine.join('\n').includes('reads like'), false)
  })
})

describe('terms for restricted people that never carry', () => {
  for (const [share, isNever] of [
    [{ time: 'pass' }, true],
    [{ time: 'pass', ip: [24, 48], user_agent: 'reduced' }, false],
  ] as const) {
    test(`meta_capi with ${Object.keys(share).join(', ')}: ${isNever ? 'a warning' : 'silent'}`, async () => {
      const meta = contract({
        type: 'meta_capi',
        role: 'third_party',
        agreement: undefined,
        tcf_vendor: 0,
        share: { time: 'pass', ip: [24, 48], user_agent: 'pass', advertising_id: 'pass' },
        when_restricted: { send: 'limited', share },
        connection: { dataset: '123', token: { env: 'META_TOKEN' } },
        events: { 'Order Completed': { as: 'Purchase', properties: {} } },
      })
      const lines = (await reported({ [FILE]: meta }, partnerTypes())).join('\n')
      assert.equal(lines.includes('nothing is ever sent of restricted people'), isNever, lines)
    })
  }
})
