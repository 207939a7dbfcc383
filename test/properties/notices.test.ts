/** Notices of every type over arbitrary people: one identifier, which the partner has already, and nothing else of anybody. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createScanner } from '../../src/guard/index.ts'
import { FREE } from '../../src/model/decision.ts'
import type { FieldClass } from '../../src/model/field-class.ts'
import type { AdvertisingIdKind, FieldValues, View } from '../../src/model/values.ts'
import {
  type NoticeEncoder,
  type NoticeIdentifier,
  type NoticeRequest,
  TOLD_VERBS,
  type ToldVerb,
} from '../../src/partners/kit/notices.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'
import { FULL_FIELDS } from '../../src/transform/full-fields.ts'
import { CLICK_ID_NAMES, PARTNER_ID_NAMES } from '../../src/transform/read-ids.ts'
import { foundIn } from '../support/forms.ts'
import { leastFor } from '../support/partner-settings.ts'

const parameters = { numRuns: Number(process.env.SLUICE_CASES ?? 100) }
const PARTNERS = join(import.meta.dirname, '..', '..', 'src', 'partners')
const PLATFORMS = ['ios', 'android'] as const
type Platform = (typeof PLATFORMS)[number]

/** Every connection that a type's sample and notice cases have, with the encoder of each of its calls. */
const CALLS = PARTNER_TYPES.flatMap((type) => {
  const folder = join(PARTNERS, type.type, 'cases', 'notices')
  const written = existsSync(folder)
    ? readdirSync(folder).map(
        (file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { connection: Connection }).connection,
      )
    : []
  const connections = [type.sample.connection, ...written].map((one) => type.connection.parse(one) as Connection)
  return connections.flatMap((connection) =>
    TOLD_VERBS.flatMap((verb) => {
      const encoder = type.notices?.calls[verb]?.under(connection)
      return encoder === undefined ? [] : [{ type, connection, verb, encoder }]
    }),
  )
})

const UUID = fc.uuid({ version: 4 })
const KINDS: readonly AdvertisingIdKind[] = ['idfa', 'aaid', 'oaid', 'amazon', 'unknown']

/** Somebody with a value in every slot that names a person: all of their own, whatever the seed. */
function personOf(seed: string): FieldValues {
  const digits = (slot: string): string => createHash('sha256').update(`${seed} ${slot}`).digest('hex')
  const uuid = (slot: string): string =>
    digits(slot).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5')
  const number = (slot: string): string =>
    BigInt(`0x${digits(slot)}`)
      .toString()
      .slice(0, 17)
  return {
    advertising_id: { id: uuid('advertising'), kind: KINDS[Number.parseInt(seed.slice(0, 2), 16) % KINDS.length]! },
    vendor_id: uuid('vendor'),
    device_id: digits('device').slice(0, 16),
    user_id: `u-${digits('user').slice(0, 12)}`,
    anonymous_id: uuid('anonymous'),
    push_token: digits('push'),
    partner_id: Object.fromEntries(PARTNER_ID_NAMES.map((name) => [name, `${number(name)}-${number(`${name} 2`)}`])),
    click_id: Object.fromEntries(CLICK_ID_NAMES.map((name) => [name, `Cj0KC${number(name)}`])),
    email: `${digits('email').slice(0, 10)}@${digits('domain').slice(0, 8)}.example`,
    phone: `+1202${number('phone').slice(0, 7)}`,
    ip: '203.0.113.77',
    name: { full: 'Robin Wintergreen', first: 'Robin', last: 'Wintergreen' },
    address: '17 Cloudberry Street',
    birth_date: '1987-06-05',
    coordinates: { latitude: 38.58157, longitude: -121.4944 },
  }
}
const seeds = fc.stringMatching(/^[0-9a-f]{8}$/)
/** Short, so that a counterexample can be read. */
const calls = fc.nat({ max: CALLS.length - 1 })

/** All that a partner could know somebody by. */
function identifiersOf(person: FieldValues): readonly NoticeIdentifier[] {
  const plain = (of: FieldClass, value: string | undefined, kind = ''): NoticeIdentifier[] =>
    value === undefined ? [] : [{ class: of, kind, value, isPseudonym: false }]
  return [
    ...plain('advertising_id', person.advertising_id?.id, person.advertising_id?.kind),
    ...plain('vendor_id', person.vendor_id),
    ...plain('device_id', person.device_id),
    ...plain('user_id', person.user_id),
    ...plain('anonymous_id', person.anonymous_id),
    ...plain('push_token', person.push_token),
    ...plain('email', person.email),
    ...plain('phone', person.phone),
    ...Object.entries(person.partner_id ?? {}).flatMap(([kind, value]) => plain('partner_id', value, kind)),
    ...Object.entries(person.click_id ?? {}).flatMap(([kind, value]) => plain('click_id', value, kind)),
  ]
}

/** The person's fields without all but this identifier. */
function only({ class: of, kind, value }: NoticeIdentifier): FieldValues {
  if (of === 'advertising_id') return { advertising_id: { id: value, kind: kind as AdvertisingIdKind } }
  return of === 'partner_id' || of === 'click_id' ? { [of]: { [kind]: value } } : { [of]: value }
}

const appOf = (platform: Platform): View['app'] => ({ id: 'shop', bundle: 'com.example.shop', platform })

function requestOf(
  encoder: NoticeEncoder,
  verb: ToldVerb,
  identifier: NoticeIdentifier,
  platform: Platform,
  id: string,
): NoticeRequest | undefined {
  const facts = { id, verb, identifier, app: appOf(platform), day: '2026-11-30', today: '2026-12-01' }
  return encoder.request({ ...facts, callback: 'https://gateway.example/v1/partner-callbacks/partner' })
}

/** All that depends on what it is about, claims of tokens included; percent-encoding undone. */
function textOf({ path, headers, body, tokens }: NoticeRequest): string {
  return `${decodeURIComponent(path)}\n${JSON.stringify(headers)}\n${body}\n${JSON.stringify(tokens ?? [])}`
}

/** The spellings in which a partner may be told the value that it has. */
function spellings(value: string): readonly string[] {
  const texts = [value, value.toLowerCase(), value.toUpperCase()]
  return [
    ...texts,
    ...['sha256', 'sha1', 'md5'].flatMap((name) => texts.map((text) => createHash(name).update(text).digest('hex'))),
  ]
}

const scan = createScanner()

test('notices: there are calls of at least seven types', () => {
  ok(new Set(CALLS.map(({ type }) => type.type)).size >= 7)
})

describe('notices: a request', () => {
  test('holds its identifier and nothing else of the person, in none of the guard’s forms', () => {
    let made = 0
    fc.assert(
      fc.property(seeds, UUID, fc.constantFrom(...PLATFORMS), calls, (seed, id, platform, at) => {
        const { encoder, verb } = CALLS[at]!
        const person = personOf(seed)
        for (const identifier of identifiersOf(person)) {
          const request = requestOf(encoder, verb, identifier, platform, id)
          if (request === undefined) continue
          made++
          const text = textOf(request)
          ok(
            spellings(identifier.value).some((one) => text.includes(one)),
            'the identifier is in it',
          )
          ok(text.includes(id) || !JSON.stringify(request).includes(id.slice(0, 8)))
          const others = identifiersOf(person)
            .filter(({ value }) => value !== identifier.value)
            .map(({ value }) => value)
          equal(
            foundIn(text, [...others, 'Wintergreen', 'Cloudberry', '38.58157', '203.0.113.77', '1987-06-05']),
            undefined,
          )
          const view: View = { event: 'notice', kind: 'track', app: appOf(platform), ...only(identifier) }
          const bytes = JSON.stringify({ text, tokens: request.tokens ?? [] })
          deepEqual(scan({ raw: person, view, bytes, constants: new Set() }), { clear: true })
        }
      }),
      parameters,
    )
    ok(made > parameters.numRuns)
  })

  test('is the same for two people, but for the identifier and the random id', () => {
    fc.assert(
      fc.property(
        seeds,
        seeds,
        UUID,
        UUID,
        fc.constantFrom(...PLATFORMS),
        calls,
        (seed, otherSeed, id, otherId, platform, index) => {
          const { encoder, verb } = CALLS[index]!
          const [one, other] = [personOf(seed), personOf(otherSeed)]
          const same = { ...other, advertising_id: { ...other.advertising_id!, kind: one.advertising_id!.kind } }
          const [first, second] = [identifiersOf(one), identifiersOf(same)]
          for (const [at, identifier] of first.entries()) {
            const told = [
              [identifier, id],
              [second[at]!, otherId],
            ] as const
            const texts = told.map(([about, own]) => {
              const request = requestOf(encoder, verb, about, platform, own)
              return request && without(textOf(request), own, spellings(about.value))
            })
            equal(texts[0], texts[1])
          }
        },
      ),
      parameters,
    )
  })

  test('is the same every time', () => {
    fc.assert(
      fc.property(seeds, UUID, fc.constantFrom(...PLATFORMS), calls, (seed, id, platform, at) => {
        const { encoder, verb } = CALLS[at]!
        for (const identifier of identifiersOf(personOf(seed)))
          deepEqual(
            requestOf(encoder, verb, identifier, platform, id),
            requestOf(encoder, verb, identifier, platform, id),
          )
      }),
      parameters,
    )
  })
})

describe('notices: an identifier', () => {
  test('that no event could have carried to the partner is never told', () => {
    fc.assert(
      fc.property(seeds, UUID, fc.constantFrom(...PLATFORMS), calls, (seed, id, platform, at) => {
        const { type, connection, encoder, verb } = CALLS[at]!
        for (const identifier of identifiersOf(personOf(seed))) {
          if (requestOf(encoder, verb, identifier, platform, id) === undefined) continue
          const least = { ...leastFor(type.type), ...only(identifier) }
          // Some types say nothing of anybody without an id of the partner's own.
          const partner_id = { ...FULL_FIELDS.partner_id, ...least.partner_id }
          const view: View = { event: 'event', kind: 'track', app: appOf(platform), ...least, partner_id }
          const item = type.encoder(connection).item(view, FREE)
          ok(
            item.kind === 'item' &&
              spellings(identifier.value).some((one) =>
                decodeURIComponent(item.bytes.replace(/%(?![0-9a-f]{2})/gi, '%25')).includes(one),
              ),
            `${type.type} is told of ${identifier.class} ${identifier.kind} on ${platform}`,
          )
        }
      }),
      parameters,
    )
  })

  test('of each kind that a type declares is told somewhere', () => {
    const value = '6d92078a-8246-4ba4-ae5b-76104861e7dc'
    for (const type of PARTNER_TYPES)
      for (const verb of TOLD_VERBS) {
        const takes = type.notices?.calls[verb]?.takes ?? {}
        for (const [of, kinds] of Object.entries(takes))
          for (const kind of kinds === 'any' ? [''] : kinds) {
            // Sound: the keys of `takes` are field classes.
            const identifier = { class: of as FieldClass, kind, value, isPseudonym: false }
            const isTold = CALLS.filter((call) => call.type === type && call.verb === verb).some(({ encoder }) =>
              PLATFORMS.some((platform) => requestOf(encoder, verb, identifier, platform, value) !== undefined),
            )
            ok(isTold, `${type.type} declares ${of} ${kind} for ${verb} and cannot be told by it`)
          }
      }
  })

  test('that is a pseudonym names no device', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^p1\.[\w-]{22}$/),
        UUID,
        fc.constantFrom(...PLATFORMS),
        calls,
        (value, id, platform, at) => {
          const { type, encoder, verb } = CALLS[at]!
          // A receiver of our own JSON has what it was sent, pseudonyms among it.
          if (type.type === 'webhook') return
          for (const name of ['advertising_id', 'vendor_id', 'device_id'] as const)
            for (const kind of name === 'advertising_id' ? KINDS : [''])
              equal(requestOf(encoder, verb, { class: name, kind, value, isPseudonym: true }, platform, id), undefined)
        },
      ),
      parameters,
    )
  })
})

/** Neither the id nor the value in any spelling, so that what is left is what everybody's notice says. */
function without(text: string, id: string, values: readonly string[]): string {
  let rest = text.replaceAll(id, '<id>')
  for (const value of values) rest = rest.replaceAll(value, '<value>')
  return rest
}
