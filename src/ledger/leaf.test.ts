import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AppId, DisclosureId, EventRef, PartnerId, Revision } from '../model/brand.ts'
import { type IntentRecord, type LedgerRecord, NOTICE_VERBS, type Outcome } from '../model/disclosure.ts'
import { FIELD_CLASSES, type FieldClass, ipLevel, type Level, topOf } from '../model/field-class.ts'
import { REASONS, type Reason } from '../model/reason.ts'
import { decodeLeaf, encodeLeaf, leafOf } from './leaf.ts'
import { LeafError, type LeafProblem } from './leaf-error.ts'

const DOC = readFileSync(new URL('../../docs/ledger-format.md', import.meta.url), 'utf8')
/** One of the page's worked examples: its section, and its rows (where, what in words, bytes). */
function exampleOf(what: string) {
  const [, section = ''] = DOC.split(`## A worked example of ${what}\n`)
  const text = section.slice(0, section.indexOf('\n## '))
  const rows = [...text.matchAll(/^\| (\d+) \| (.+) \| `([0-9a-f]+)` \|$/gmu)].map(([, at, words, hex]) => ({
    at: Number(at),
    what: words!,
    hex: hex!,
  }))
  ok(rows.length > 5, `the page has an example of ${what}`)
  return { text, rows, hex: rows.map(({ hex }) => hex).join('') }
}
type Example = ReturnType<typeof exampleOf>

/** The record that the example describes, read from its words. */
function intentOnPage({ rows: ROWS }: Example): { readonly seq: number; readonly record: IntentRecord } {
  const says = (pattern: RegExp): string => {
    const found = ROWS.flatMap(({ what }) => pattern.exec(what) ?? [])
    ok(found[1] !== undefined, `the page says nothing of ${pattern.source}`)
    return found[1]
  }
  const bytesOf = (start: string): string => ROWS.find(({ what }) => what.startsWith(start))?.hex ?? ''
  const uuid = /(.{8})(.{4})(.{4})(.{4})(.{12})/u.exec(bytesOf('id'))
  const levels = [...says(/half-bytes: (.*)$/u).matchAll(/`([a-z_]+)` (\d)/gu)].map(([, name, level]) => [
    name,
    Number(level),
  ])
  const [v4, v6] = says(/ip (\d+\/\d+)$/u).split('/')
  const allowed = says(/^verdict: (.*) allowed$/u).split(', ')
  return {
    seq: Number(says(/^sequence number (\d+)$/u)),
    record: {
      kind: 'intent',
      time: Date.parse(says(/^time (.+)$/u)),
      id: uuid!.slice(1).join('-') as DisclosureId,
      eventRef: bytesOf('reference') as EventRef,
      partner: says(/^partner `(.+)`$/u) as PartnerId,
      app: says(/^app `(.+)`$/u) as AppId,
      event: says(/^event `(.+)`$/u),
      revision: Number(says(/^revision (\d+)$/u)) as Revision,
      regime: says(/^regime `(.+)`$/u),
      why: says(/^why: `(.+)`$/u) as Reason,
      attempt: Number(says(/^attempt (\d+)$/u)),
      role: says(/^role: `(.+)`$/u) as IntentRecord['role'],
      purposes: says(/^purposes: (.+)$/u).split(', ') as IntentRecord['purposes'],
      countries: says(/^countries (.+)$/u).split(', '),
      treatments: { ...Object.fromEntries(levels), ip: Number(v4) * 256 + Number(v6) },
      type: says(/^catalogue entry `(.+)`$/u),
      revisionDigest: bytesOf("revision's digest"),
      acceptedRevision: Number(says(/^accepted under revision (\d+)$/u)) as Revision,
      verdict: ['sale', 'sharing', 'targeted advertising', 'precise location'].reduce(
        (bits, name, bit) => (allowed.includes(name) ? bits | (1 << bit) : bits),
        0,
      ),
      epoch: Number(says(/^epoch (\d+):/u)),
      blind: bytesOf('blind'),
      commitment: bytesOf('commitment'),
      bytes: Number(says(/^item size (\d+)$/u)),
    },
  }
}
const { record: EXAMPLE } = intentOnPage(exampleOf('version 4'))

for (const what of ['version 3', 'version 4', 'a notice', 'an action']) {
  describe(`the worked example of ${what} in docs/ledger-format.md`, () => {
    const { text, rows, hex } = exampleOf(what)
    test('its rows lie end to end', () => {
      let at = 0
      for (const row of rows) {
        strictEqual(row.at, at)
        at += row.hex.length / 2
      }
      strictEqual(at, Number(/record \d+, (\d+) bytes/u.exec(text)?.[1]))
    })
    test('its leaf hash is the one on the page', () => {
      const hash = createHash('sha256')
        .update(Buffer.concat([Buffer.of(0), Buffer.from(hex, 'hex')]))
        .digest('hex')
      ok(text.includes(hash))
    })
    test('is the one encoding of what it says', () => {
      const { seq, version, record } = decodeLeaf(Buffer.from(hex, 'hex'))
      strictEqual(encodedAs(version, record, seq), hex)
    })
  })
}

for (const [what, version] of [
  ['version 3', 3],
  ['version 4', 4],
] as const) {
  describe(`the INTENT of ${what}, from what the page says`, () => {
    const example = exampleOf(what)
    const { seq, record } = intentOnPage(example)
    test('the record in words encodes to exactly the bytes in hex', () => {
      strictEqual(encodedAs(version, record, seq), example.hex)
    })
    test('the bytes decode to the record in words', () => {
      deepStrictEqual(decodeLeaf(Buffer.from(example.hex, 'hex')), { seq, version, record })
    })
    test('blind, commitment and size follow from the key and the item on the page', () => {
      const key = Buffer.from(/^`([0-9a-f]{64})`, and the item/mu.exec(DOC)?.[1] ?? '', 'hex')
      const item = /the item is\n\n```\n(.+)\n```/u.exec(DOC)?.[1] ?? ''
      const both = createHmac('sha256', key)
        .update(Buffer.from(record.id.replaceAll('-', ''), 'hex'))
        .digest()
      strictEqual(record.blind, both.subarray(0, 16).toString('hex'))
      strictEqual(record.commitment, createHmac('sha256', both.subarray(16)).update(item).digest('hex'))
      strictEqual(record.bytes, Buffer.byteLength(item))
    })
  })
}

test('the reference of version 4 on the page follows from the secret on the page, at each partner another', () => {
  const { text } = exampleOf('version 4')
  const [, secret = '', other = ''] =
    /secret S is\n`([0-9a-f]{32})`[^`]+`branch`[^`]+`([0-9a-f]{32})`/u.exec(text) ?? []
  const refAt = (partner: string): string =>
    createHmac('sha256', Buffer.from(secret, 'hex')).update(partner).digest('hex').slice(0, 32)
  deepStrictEqual([EXAMPLE.eventRef, other], [refAt(EXAMPLE.partner), refAt('branch')])
})

test('the notice on the page says in bytes what it says in words', () => {
  const { record } = decodeLeaf(Buffer.from(exampleOf('a notice').hex, 'hex'))
  ok(record.kind === 'notice')
  const { kind, time, partner, type, revision, verb, identifier, attempt, epoch, extension } = record
  deepStrictEqual(
    { kind, time, partner, type, revision, verb, identifier, attempt, epoch, extension },
    {
      kind: 'notice',
      time: Date.UTC(2026, 10, 24),
      partner: 'meta',
      type: 'meta_capi',
      revision: 7,
      verb: 'erase',
      identifier: 'advertising_id',
      attempt: 1,
      epoch: 682,
      extension: { law: 'gdpr' },
    },
  )
})

/** Hex. What both versions can say they say in the same bytes, but for the first. */
function encodedAs(version: number, record: LedgerRecord, seq: number): string {
  const leaf = Buffer.from(leafOf(record, seq))
  leaf[0] = version
  return leaf.toString('hex')
}

const hexOf = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((array) => Buffer.from(array).toString('hex'))
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => Buffer.byteLength(value) <= 255)
const time = fc.nat({ max: 2 ** 48 - 1 })
const reason = fc.constantFrom(...(Object.keys(REASONS) as Reason[]))
const treatments = fc
  .uniqueArray(fc.constantFrom(...FIELD_CLASSES))
  .chain((classes) => fc.tuple(...classes.map((name) => levelOf(name).map((level) => [name, level] as const))))
  .map((entries) => Object.fromEntries(entries))
function levelOf(name: FieldClass): fc.Arbitrary<Level> {
  if (name !== 'ip') return fc.nat({ max: topOf(name) })
  return fc.tuple(fc.nat({ max: 32 }), fc.nat({ max: 128 })).map(([v4, v6]) => ipLevel(v4, v6))
}
const country = fc.string({ unit: fc.constantFrom(...'ABCXYZ'), minLength: 2, maxLength: 2 })
const status = fc.nat({ max: 65_535 })
const provenance = {
  time,
  app: text as fc.Arbitrary<AppId>,
  partner: text as fc.Arbitrary<PartnerId>,
  event: text,
  eventRef: hexOf(16) as fc.Arbitrary<EventRef>,
  revision: fc.nat({ max: 0xffff_ffff }) as fc.Arbitrary<Revision>,
  regime: text,
  why: reason,
}
/** `fc.record` whose objects have the prototype that ours have. */
const plain = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record<T>(shape, { noNullPrototype: true })
const id = fc.uuid() as fc.Arbitrary<DisclosureId>
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  plain({ kind: fc.constant('delivered' as const), status }),
  plain({ kind: fc.constant('refused' as const), status, retry: fc.boolean() }),
  plain({
    kind: fc.constant('refused' as const),
    status,
    retry: fc.boolean(),
    retryAfterMs: fc.nat({ max: 0xffff_ffff }),
  }),
  plain({ kind: fc.constantFrom('failed_before_write' as const, 'unknown_after_write' as const), code: text }),
  plain({ kind: fc.constant('cancelled_not_sent' as const), why: reason }),
  fc.constant({ kind: 'unresolved_assume_disclosed' as const }),
)
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0))
const facts = fc.dictionary(text, fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), number), {
  noNullPrototype: true,
})
const intentShape = {
  kind: fc.constant('intent' as const),
  ...provenance,
  id,
  attempt: fc.nat({ max: 65_535 }),
  role: fc.constantFrom('third_party' as const, 'service_provider' as const),
  purposes: fc.subarray(['advertising', 'measurement', 'analytics', 'fraud_prevention', 'service'] as const),
  countries: fc.uniqueArray(country, { maxLength: 9 }).map((list) => list.sort()),
  treatments,
  type: text,
  revisionDigest: hexOf(4),
  verdict: fc.nat({ max: 65_535 }),
  epoch: fc.nat({ max: 65_535 }),
  blind: hexOf(16),
  commitment: hexOf(32),
  bytes: fc.nat({ max: 0xffff_ffff }),
  acceptedRevision: provenance.revision,
}
const day = fc.nat({ max: 3_000_000 }).map((days) => days * 86_400_000)
const outcomeShape = {
  time,
  id,
  partner: provenance.partner,
  eventRef: provenance.eventRef,
  attempt: status,
  bytes: intentShape.bytes,
  latency: fc.nat({ max: 255 }),
  outcome,
}
const noticeShape = {
  kind: fc.constant('notice' as const),
  time: day,
  id,
  eventRef: provenance.eventRef,
  epoch: intentShape.epoch,
  blind: intentShape.blind,
  commitment: intentShape.commitment,
  bytes: intentShape.bytes,
  attempt: status,
  partner: provenance.partner,
  type: text,
  revision: provenance.revision,
  verb: fc.constantFrom(...NOTICE_VERBS),
  identifier: fc.constantFrom(...FIELD_CLASSES),
}
const actionShape = { time, nonce: hexOf(16), action: text, facts }
const sealed = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const record: fc.Arbitrary<LedgerRecord> = fc.oneof(
  plain<IntentRecord>(intentShape),
  plain<IntentRecord>({ ...intentShape, sealed }),
  plain({ ...outcomeShape, kind: fc.constant('outcome' as const) }),
  plain({ kind: fc.constant('withheld' as const), ...provenance }),
  plain({ kind: fc.constant('withheld' as const), ...provenance, count: intentShape.bytes }),
  plain<LedgerRecord>({ ...intentShape, extension: facts }),
  plain<LedgerRecord>({ ...intentShape, extension: facts, sealed }),
  plain<LedgerRecord>({
    kind: fc.constant('withheld' as const),
    ...provenance,
    count: intentShape.bytes,
    extension: facts,
  }),
  plain<LedgerRecord>({ ...noticeShape }),
  plain<LedgerRecord>({ ...noticeShape, extension: facts, sealed }),
  plain<LedgerRecord>({ ...outcomeShape, kind: fc.constant('notice_outcome' as const), time: day }),
  plain<LedgerRecord>({ ...outcomeShape, kind: fc.constant('outcome' as const), extension: facts }),
  plain<LedgerRecord>({
    ...actionShape,
    kind: fc.constantFrom('control' as const, 'request' as const, 'cell' as const),
  }),
  plain<LedgerRecord>({
    ...actionShape,
    kind: fc.constantFrom('notice_end' as const, 'receipt' as const, 'case' as const, 'by_hand' as const),
    time: day,
  }),
  plain<LedgerRecord>({
    ...actionShape,
    kind: fc.constant('later' as const),
    number: fc.integer({ min: 64, max: 127 }),
  }),
)
const seq = fc.nat({ max: 2 ** 48 - 1 })

describe('leaf', () => {
  test('every record of every kind comes back as it was', () => {
    fc.assert(
      fc.property(record, seq, (written, at) => {
        deepStrictEqual(decodeLeaf(leafOf(written, at)), { seq: at, version: 4, record: written })
      }),
      { numRuns: 2_000 },
    )
  })

  // Ten of each record, one at a time.
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 10, maxLength: 10 })
  test('bytes changed anywhere are refused by name, or are the encoding of what they say now', () => {
    fc.assert(
      fc.property(record, seq, changes, (written, at, flips) => {
        const leaf = leafOf(written, at)
        for (const [where, flip] of flips) {
          const changed = leaf.slice()
          changed[where % leaf.length]! ^= flip
          requireCanonical(changed)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('any bytes at all are refused by name, or are the encoding of what they say', () => {
    const head = fc.tuple(fc.constantFrom(3, 4), fc.integer({ min: 1, max: 130 }), fc.constantFrom(0, 1, 4, 8, 12))
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 80 }), (start, rest) =>
        requireCanonical(Uint8Array.of(...start, ...rest)),
      ),
      { numRuns: 5_000 },
    )
  })

  test('sets are written in one order, whatever the order they came in', () => {
    const shuffled: IntentRecord = {
      ...EXAMPLE,
      purposes: ['fraud_prevention', 'measurement', 'measurement'],
      countries: ['US', 'IE', 'US'],
      treatments: { os: 1, email: 0, place: 3, ip: 24 * 256 + 48, advertising_id: 2 },
    }
    deepStrictEqual(leafOf(shuffled, 41), leafOf(EXAMPLE, 41))
  })

  test('a wait is kept as whole milliseconds, and a very long one as the longest', () => {
    const waiting = (retryAfterMs: number): Outcome => ({ kind: 'refused', status: 429, retry: true, retryAfterMs })
    const kept = (retryAfterMs: number): unknown => {
      const { record } = decodeLeaf(leafOf({ ...OUTCOME, outcome: waiting(retryAfterMs) }, 0))
      return record.kind === 'outcome' ? record.outcome : undefined
    }
    deepStrictEqual(kept(1500.75), waiting(1500))
    deepStrictEqual(kept(1e15), waiting(4_294_967_295))
  })

  test('a leaf that does not fit says how much room it needs', () => {
    strictEqual(encodeLeaf(EXAMPLE, new Uint8Array(160), 20), 212)
  })

  test('an intent with a dozen treatments takes less than 220 bytes', () => {
    const many = { user_agent: 1, device: 1, locale: 1, timezone: 1, time: 3, property: 1, message_id: 1 }
    ok(leafOf({ ...EXAMPLE, treatments: { ...EXAMPLE.treatments, ...many } }, 0).length < 220)
  })
})

const NONCE = '5a'.repeat(16)
const OUTCOME = {
  kind: 'outcome',
  time: 5,
  id: EXAMPLE.id,
  partner: EXAMPLE.partner,
  eventRef: EXAMPLE.eventRef,
  attempt: 2,
  bytes: 258,
  latency: 7,
  outcome: { kind: 'delivered', status: 200 },
} as const

function requireCanonical(bytes: Uint8Array): void {
  try {
    const { seq, version, record } = decodeLeaf(bytes)
    strictEqual(encodedAs(version, record, seq), Buffer.from(bytes).toString('hex'))
  } catch (error) {
    if (!(error instanceof LeafError)) throw error
  }
}

const refuses = (problem: LeafProblem, field: string) => (error: unknown) => {
  ok(error instanceof LeafError)
  deepStrictEqual([error.problem, error.field], [problem, field])
  return true
}

describe('a record that cannot be a leaf is refused by name', () => {
  const rows: [string, Partial<Record<keyof IntentRecord, unknown>>, LeafProblem, string][] = [
    ['a time before 1970', { time: -1 }, 'out_of_range', 'time'],
    ['half a millisecond', { time: 1.5 }, 'out_of_range', 'time'],
    ['an id in capitals', { id: '019AB5C8-e07b-7c3a-9d2e-4f5061728394' }, 'out_of_range', 'id'],
    ['an id without dashes', { id: '019ab5c8ae07b-7c3a-9d2e-4f5061728394' }, 'out_of_range', 'id'],
    ['a short event reference', { eventRef: '0011' }, 'out_of_range', 'eventRef'],
    ['a partner of 256 bytes', { partner: 'x'.repeat(256) }, 'too_long', 'partner'],
    ['an event of 342 letters of 3 bytes', { event: '語'.repeat(342) }, 'too_long', 'event'],
    ['an app of 100 letters of 3 bytes', { app: '語'.repeat(100) }, 'too_long', 'app'],
    ['half a character', { event: '\ud800' }, 'not_text', 'event'],
    ['a reason without a number', { why: 'because' }, 'number_unknown', 'why'],
    ['a purpose without a number', { purposes: ['fun'] }, 'number_unknown', 'purposes'],
    ['a country in small letters', { countries: ['us'] }, 'out_of_range', 'countries'],
    ['a class without a number', { treatments: { shoe_size: 1 } }, 'number_unknown', 'treatments'],
    ['a level above the top', { treatments: { email: 2 } }, 'out_of_range', 'treatments'],
    ['33 bits of an IPv4 address', { treatments: { ip: 33 * 256 } }, 'out_of_range', 'treatments'],
    ['a revision above 32 bits', { revision: 2 ** 32 }, 'out_of_range', 'revision'],
    ['attempt 65,536', { attempt: 65_536 }, 'out_of_range', 'attempt'],
  ]
  for (const [what, change, problem, field] of rows) {
    test(what, () => throws(() => leafOf({ ...EXAMPLE, ...change } as IntentRecord, 0), refuses(problem, field)))
  }
  test('a fact that is not a finite number', () => {
    const record = { kind: 'control', time: 0, nonce: NONCE, action: 'x', facts: { a: Number.NaN } } as const
    throws(() => leafOf(record, 0), refuses('out_of_range', 'facts'))
  })
  test('a fact of more than 1,024 bytes', () => {
    const record = { kind: 'request', time: 0, nonce: NONCE, action: 'x', facts: { a: 'b'.repeat(1_025) } } as const
    throws(() => leafOf(record, 0), refuses('too_long', 'facts'))
  })
  test('a record of more than 65,535 bytes', () => {
    const facts = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`fact ${i}`, 'b'.repeat(1_000)]))
    throws(
      () => leafOf({ kind: 'control', time: 0, nonce: NONCE, action: 'x', facts }, 0),
      refuses('too_long', 'record'),
    )
  })
})

describe('bytes that are not a leaf are refused by name', () => {
  const outcomeHex =
    '03020000000000000000000000000501 9ab5c8e07b7c3a9d2e4f5061728394 00112233445566778899aabbccddeeff 0002 00000102 07 046d657461 01 00c8'
  const good = outcomeHex.replaceAll(' ', '').replace('00112233445566778899aabbccddeeff', EXAMPLE.eventRef)
  test('the bytes the others are made from are a leaf', () => {
    deepStrictEqual(decodeLeaf(Buffer.from(good, 'hex')), { seq: 0, version: 3, record: OUTCOME })
  })
  const control = (facts: string): string => `030400000000000000000000000000 ${NONCE} 0161 ${facts}`
  const intent = Buffer.from(leafOf(EXAMPLE, 0)).toString('hex')
  const rows: [string, string, LeafProblem, string][] = [
    ['no bytes', '', 'cut_short', 'version'],
    ['version 2', `02${good.slice(2)}`, 'version_unknown', 'version'],
    ['version 5', `05${good.slice(2)}`, 'version_unknown', 'version'],
    ['kind 6 of version 3', `0306${good.slice(4)}`, 'kind_unknown', 'kind'],
    ['kind 64 of version 3', `0340${good.slice(4)}`, 'kind_unknown', 'kind'],
    ['kind 13', `040d${good.slice(4)}`, 'kind_unknown', 'kind'],
    ['kind 128', `0480${good.slice(4)}`, 'kind_unknown', 'kind'],
    ['an extension in version 3', `030208${good.slice(6)}00`, 'flags_unknown', 'flags'],
    ['an extension of an action', `0404080000000000000000000000 00 ${NONCE} 0161 00 00`, 'flags_unknown', 'flags'],
    ['a notice of a moment', `0406000000000000000000000000 01`, 'out_of_range', 'time'],
    ['kind 0', `0300${good.slice(4)}`, 'kind_unknown', 'kind'],
    ['a flag of a later version', `030202${good.slice(6)}`, 'flags_unknown', 'flags'],
    ['sealed values of an OUTCOME', `030204${good.slice(6)}`, 'flags_unknown', 'flags'],
    ['a count of an INTENT', `040101${intent.slice(6)}`, 'flags_unknown', 'flags'],
    ['the last byte gone', good.slice(0, -2), 'cut_short', 'status'],
    ['a byte too many', `${good}00`, 'trailing_bytes', 'record'],
    ['a text that is not UTF-8', good.replace('046d657461', '04ff657461'), 'not_text', 'partner'],
    ['a letter in more bytes than it needs', good.replace('046d657461', '04c1ad7461'), 'not_text', 'partner'],
    ['outcome 7', good.replace(/0100c8$/, '07'), 'number_unknown', 'outcome'],
    ['unknown bits of a refusal', good.replace(/0100c8$/, '0200c804'), 'out_of_range', 'retry'],
    [
      'facts in the wrong order',
      control('02 0162 02 3ff0000000000000 0161 02 3ff0000000000000'),
      'not_canonical',
      'facts',
    ],
    ['a fact twice', control('02 0161 02 3ff0000000000000 0161 02 3ff0000000000000'), 'not_canonical', 'facts'],
    ['a negative zero', control('01 0161 02 8000000000000000'), 'not_canonical', 'facts'],
    ['infinity', control('01 0161 02 7ff0000000000000'), 'out_of_range', 'facts'],
    ['a fact of a third type', control('01 0161 03 00'), 'number_unknown', 'facts'],
    ['countries in the wrong order', intent.replace('0249455553', '0255534945'), 'not_canonical', 'countries'],
    ['a purpose of a later version', intent.replace('000a0249', '002a0249'), 'number_unknown', 'purposes'],
    [
      'treatments with a spare byte',
      intent.replace('0b3000000001041000000020', '0c300000000104100000002000'),
      'not_canonical',
      'treatments',
    ],
    ['an ip half-byte of 2', intent.replace('0b30000000010410', '0b30000000020410'), 'not_canonical', 'treatments'],
    ['a level above the top', intent.replace('0b30', '0b40'), 'out_of_range', 'treatments'],
    [
      '129 bits of an IPv6 address',
      intent.replace('000020 1830'.replace(' ', ''), '0000201881'),
      'out_of_range',
      'treatments',
    ],
    [
      'a class of a later version',
      intent.replace('0b3000000001041000000020', '13300000000104100000002000000000000000 10'),
      'number_unknown',
      'treatments',
    ],
  ]
  for (const [what, hex, problem, field] of rows) {
    test(what, () => throws(() => decodeLeaf(Buffer.from(hex.replaceAll(' ', ''), 'hex')), refuses(problem, field)))
  }
})
