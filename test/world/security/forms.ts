/** A withheld value in a granted property, written as apps write it by accident: hashed, cut, in a sentence, in a path. */
import { deepStrictEqual, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once, PERSON, partnersGot, type Sent } from '../harness/note.ts'
import type { Check, WorldCase } from '../harness/world-case.ts'

const { v6 } = PERSON
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
/** As Android's default base64 does. */
const inLines = (id: string): string =>
  Buffer.from(JSON.stringify({ model: 'x'.repeat(30), id, os: '14', more: 'y'.repeat(30) }))
    .toString('base64')
    .replace(/.{76}/g, '$&\n')
const counter = (note: unknown): Sent => ({ userId: '884213', note })

const FORMS: Readonly<Record<string, Sent>> = {
  'form-phone-national': { note: '4155550132' },
  'form-phone-national-number': { note: 4155550132 },
  'form-phone-national-sha256': { note: sha256('4155550132') },
  'form-num-in-sentence': counter('user 884213 bought'),
  'form-num-in-path': counter('https://shop.example/u/884213/orders'),
  'form-num-sha256': counter(sha256('884213')),
  'form-num-base64': counter(Buffer.from('884213').toString('base64')),
  'form-email-gmail-sha256': { note: sha256('firstlast@gmail.com') },
  'form-email-plus-tag': { note: 'first.last+shop@gmail.com' },
  'form-email-html-at': { note: 'first.last&#64;gmail.com' },
  'form-email-local-part': { note: 'first.last' },
  'form-lines-idfa': { note: inLines(PERSON.idfa) },
  'form-lines-phone': { note: inLines(PERSON.phone) },
  'form-lines-ip6': { note: inLines(v6), ip: v6 },
  'form-hex-behind-slash': { note: `https://r.example/${Buffer.from(PERSON.email).toString('hex')}` },
  'form-ip-mapped-hex': { note: '::ffff:cb00:714d' },
  'form-ip6-slash-64': { note: '2001:db8:85a3:12::/64', ip: v6 },
  'form-geo-cut-to-three': { note: '37.774,-122.419', longitude: -122.419916 },
  'form-geo-comma-decimals': { note: '37,774929;-122,419416' },
  'form-geo-geohash': { note: '9q8yyk8yt' },
  'form-name-in-sentence': { note: 'Gift for Renée Mustermann' },
  'form-name-sha256': { note: sha256('renée mustermann') },
  'form-birth-iso': { note: '1987-04-01' },
  'form-street-in-sentence': { note: 'ship to 17 Rosewood Lane' },
}
const HARMLESS: Readonly<Record<string, Sent>> = {
  'an order number': counter('order 100231'),
  'a hash of something else': { note: sha256('something else') },
  'an article number': { note: 'SKU-2041-B' },
  'another phone number': { note: '4155550199' },
  'a given name alone': { note: 'Renée' },
  'an office’s address': { note: 'support@shop.example' },
  'one coordinate without its partner': { note: '37.77' },
  'the provider’s network': { note: '2001:db8:85a3::/48', ip: v6 },
  'another day': { note: '1987-04-02' },
  'another street': { note: 'ship to 19 Birchwood Lane' },
}

const got = once((world) => partnersGot(world, { ...FORMS, ...HARMLESS }, { optOut: true }))
const urlGot = once((world) =>
  partnersGot(
    world,
    { url: { userId: '884213', url: 'https://shop.example/u/884213/orders', optedOut: false, traits: {} } },
    { optOut: false, all: false, share: { message_id: 'pass', url: 'pass' } },
  ),
)

/** Nothing sent, or the property did not pass at all. */
function isWithheld(id: string): Check {
  return async (world) => {
    for (const body of (await got(world))[id]!)
      ok(body === undefined || !body.includes('"note"'), `a partner got ${body}`)
  }
}

function isSent(id: string): Check {
  return async (world) => {
    const sent = JSON.stringify(HARMLESS[id]!.note)
    deepStrictEqual(
      (await got(world))[id]!.map((body) => body?.includes(sent)),
      [true, true],
    )
  }
}

export const world: WorldCase = {
  source:
    'Google, enhanced conversions; UID2, normalisation; Meta, customer information parameters; RFC 2045 6.8; RFC 4291 2.5.5.2; RFC 6177; geohash.org',
  faults: {
    ...Object.fromEntries(Object.keys(FORMS).map((id) => [id, isWithheld(id)])),
    'form-num-url-class': async (world) => {
      for (const body of (await urlGot(world)).url!) ok(body?.includes('884213') !== true, `a partner got ${body}`)
    },
  },
  neighbours: Object.fromEntries(Object.keys(HARMLESS).map((id) => [`goes on: ${id}`, isSent(id)])),
}
