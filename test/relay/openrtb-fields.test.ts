/** The map of bid requests, held against the specification's tables, member by member. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../src/model/brand.ts'
import type { ContractPlan, Levels } from '../../src/model/contract.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import type { RelayNode } from '../../src/model/relay-map.ts'
import { ADVERTISING_DIMENSIONS, PRECISE_LOCATION } from '../../src/model/signal.ts'
import { finding } from '../support/builders.ts'
import { EXTENSIONS, OPENRTB_26 } from '../support/openrtb-fields.ts'
import { RELAYED_TYPES, relayContract, runRelay } from '../support/relay-core.ts'

/** One member of a bid request: where it is, what stands there, what the table says of it. */
interface Leaf {
  readonly path: readonly (string | typeof EACH | typeof TEXT)[]
  readonly sample: Json
  readonly says: string
}
const EACH = Symbol('each element')
const TEXT = Symbol('JSON in a text')

const SAMPLES: Readonly<Record<string, Json>> = {
  string: 'sample-word',
  'string[]': ['sample-word', 'other-word'],
  integer: 7,
  'integer[]': [2, 8],
  float: 1.25,
  store: 'https://play.google.com/store/apps/details?id=com.example.messenger&hl=en',
  url: 'https://video.example/title/1',
  agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)',
  ip4: '203.0.113.77',
  ip6: '2001:db8:aaaa:bbbb::1',
  version: '17.5',
  id: '2B3C4D5E-0003-4000-8000-000000000001',
  degrees: 52.123_456,
  country: 'USA',
  gender: 'F',
}

const objects = { ...OPENRTB_26, ...EXTENSIONS }

function rowsOf(name: string): readonly (readonly [member: string, says: string])[] {
  return objects[name]!.trim()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => {
      const [members = '', says = ''] = line.split(': ').map((part) => part.trim())
      return members.split(' ').map((member) => [member, says] as const)
    })
}

function leavesOf(name: string, path: Leaf['path']): readonly Leaf[] {
  return rowsOf(name).flatMap(([member, says]): readonly Leaf[] => {
    const here = [...path, member]
    const [type = '', ...judgement] = says.split(' ')
    if (type === 'text') return leavesOf(judgement[0]!, [...here, TEXT])
    const of = type.replace('[]', '')
    if (Object.hasOwn(objects, of)) return leavesOf(of, type.endsWith('[]') ? [...here, EACH] : here)
    if (type === 'signal' || type === 'with') return [{ path: here, sample: 0, says }]
    ok(Object.hasOwn(SAMPLES, type), `${name}.${member}: no sample of ${type}`)
    return [{ path: here, sample: SAMPLES[type]!, says: judgement.join(' ') }]
  })
}
const LEAVES = leavesOf('BidRequest', [])
const shown = ({ path }: Leaf): string =>
  path.map((step) => (step === EACH ? '[]' : step === TEXT ? '{}' : step)).join('.')

/** The least object that holds the sample at the path. */
function put(path: Leaf['path'], sample: Json): Json {
  const [step, ...rest] = path
  if (step === undefined) return sample
  if (step === EACH) return [put(rest, sample)]
  if (step === TEXT) return JSON.stringify(put(rest, sample))
  return { [step as string]: put(rest, sample) }
}
function at(value: Json | undefined, path: Leaf['path']): Json | undefined {
  const [step, ...rest] = path
  if (step === undefined || value === undefined || value === null) return value
  if (step === EACH) return at((value as readonly Json[])[0], rest)
  if (step === TEXT) return at(JSON.parse(value as string) as Json, rest)
  return at((value as JsonObject)[step as string], rest)
}

const ALL: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const FREE = { country: ['US'], os: ['iOS'], os_version: ['17.5'], att: ['3'] }
const OPTED_OUT = { findings: [finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })] }

const OPTED_IN = { findings: [finding({ permits: PRECISE_LOCATION })] }

/** Made once: compiling a map costs more than using it. */
const contracts = new Map<string, ContractPlan>()
function contractOf(share: Levels): ContractPlan {
  const key = JSON.stringify(share)
  const known = contracts.get(key) ?? relayContract('openrtb26', share)
  contracts.set(key, known)
  return known
}

function sentOf(leaf: Leaf, share: Levels, restricted: boolean): Json | undefined {
  const bid = put(leaf.path, leaf.sample) as JsonObject
  // A position is two numbers.
  const last = leaf.path.at(-1)
  const whole =
    last === 'lat' || last === 'lon'
      ? (put(leaf.path.slice(0, -1), { lat: leaf.sample, lon: leaf.sample }) as JsonObject)
      : bid
  const { prepared } = runRelay({
    contract: contractOf(share),
    request: { query: {}, headers: {}, content: { id: 'b-1', ...whole } },
    signals: FREE,
    standing: restricted ? OPTED_OUT : OPTED_IN,
  })
  if (prepared.kind !== 'item') throw new Error(`withheld: ${prepared.why}`)
  return at(JSON.parse(prepared.request.body) as Json, leaf.path)
}

describe('openrtb26: every member of the specification', () => {
  const of = (kind: string): readonly Leaf[] => LEAVES.filter(({ says }) => says.split(' ')[0] === kind)

  test('is judged', () => {
    const kinds = ['plain', 'personal', 'refused', 'signal', 'with']
    deepEqual(LEAVES.filter(({ says }) => !kinds.includes(says.split(' ')[0]!)).map(shown), [])
    ok(LEAVES.length > 500, `only ${LEAVES.length}`)
    equal(Object.keys(OPENRTB_26).length, 37)
  })
  for (const [what, restricted] of [
    ['nothing restricts', false],
    ['somebody opted out', true],
  ] as const) {
    test(`plain ones pass as they are, though nothing is granted, where ${what}`, () => {
      for (const leaf of of('plain')) deepEqual(sentOf(leaf, {}, restricted), leaf.sample, shown(leaf))
    })
    test(`personal ones do not pass where nothing is granted and ${what}`, () => {
      for (const leaf of of('personal')) equal(sentOf(leaf, {}, restricted), undefined, shown(leaf))
    })
    test(`refused ones do not pass though everything is granted and ${what}`, () => {
      for (const leaf of of('refused')) equal(sentOf(leaf, ALL, restricted), undefined, shown(leaf))
    })
  }
  test('personal ones pass as they are where their class is granted, and by no other', () => {
    for (const leaf of of('personal')) {
      const name = leaf.says.split(' ')[1]!
      deepEqual(sentOf(leaf, { [name]: ALL[name as keyof Levels] }, false), leaf.sample, shown(leaf))
      equal(sentOf(leaf, { ...ALL, [name]: 0 }, false), undefined, shown(leaf))
    }
  })

  test('the map names no member that the table has not, but for what says nothing of a person', () => {
    const known = new Set(LEAVES.map(shown))
    const found: string[] = []
    const walk = (node: RelayNode, path: readonly string[]): void => {
      if (node.kind === 'object') for (const [name, one] of Object.entries(node.members)) walk(one, [...path, name])
      else if (node.kind === 'list') walk(node.of, node.orOne === true || isScalar(node.of) ? path : [...path, '[]'])
      else if (node.kind === 'json_text') walk(node.of, [...path, '{}'])
      else if (!known.has(path.join('.'))) found.push(`${path.join('.')} ${node.kind}`)
    }
    const { map } = RELAYED_TYPES.find(({ type }) => type.type === 'openrtb26')!
    walk(map.routes[0]!.content, [])
    deepEqual(
      found.filter((one) => !one.endsWith(' plain')),
      ['user.ext.ConsentedProvidersSettings.consented_providers consent'],
    )
    // The two kinds of a native request, an asset's video with an impression's members, audio with a video's, a store's id.
    const EARLIER = /^imp\.\[\]\.(?:audio|video|native)\.|^app\.storeid |^regs\.ext\.dsa\.transparency\.\[\]\.params /
    deepEqual(
      found.filter((one) => one.endsWith(' plain') && !EARLIER.test(one)),
      [],
    )
  })
})

function isScalar(node: RelayNode): boolean {
  return node.kind !== 'object' && node.kind !== 'list'
}
