/** Requests of a partner's own SDK, sent through a whole gateway. */
import { request } from 'undici'
import type { TestContract } from './config-folder.ts'
import { WRITE_KEY } from './config-folder.ts'
import type { House } from './house.ts'

export interface Relayed {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Posts a JSON body as the partner's SDK would, the write key in a header. */
export async function relay(
  { gateway }: House,
  path: string,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
  method: 'POST' | 'GET' | 'PUT' = 'POST',
): Promise<Relayed> {
  const answered = await request(`${gateway.dataUrl}/v1/relay/${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-sluice-write-key': WRITE_KEY, ...headers },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: answered.statusCode, headers: answered.headers, text: await answered.body.text() }
}

/** A bidder that is granted about everything while nothing restricts, and little where something does. */
export function bidderContract(id: string, origin: string, part: object = {}): TestContract {
  return {
    id,
    name: `Bidder ${id}`,
    type: 'openrtb26',
    role: 'third_party',
    purposes: ['advertising'],
    countries: ['US'],
    privacy_policy: 'https://bidder.example/privacy',
    contact: 'privacy@bidder.example',
    apps: ['messenger-ios'],
    events: { '@relay': { as: 'bid', properties: {} } },
    share: {
      advertising_id: 'pass',
      vendor_id: 'pass',
      user_id: 'pass',
      partner_id: 'pass',
      message_id: 'pass',
      ip: [24, 48],
      coordinates: '50km2',
      place: 'city',
      birth_date: 'pass',
      gender: 'pass',
      user_agent: 'pass',
      device: 'pass',
      os: 'pass',
      locale: 'pass',
      carrier: 'pass',
      network: 'pass',
    },
    when_restricted: {
      send: 'limited',
      share: { place: 'country', os: 'reduced', device: 'reduced', user_agent: 'reduced', ip: [16, 32] },
    },
    connection: { url: `${origin}/bid`, imp: [{ id: '1', banner: { w: 320, h: 50 } }] },
    limits: { per_second: 10_000, concurrency: 8, timeout_ms: 5_000 },
    ...part,
  }
}

/** A policy under which a request that says no country is not restricted for it. */
export const ONE_LAW = {
  default_regime: 'us',
  places: { US: 'us' },
  regimes: {
    us: {
      law: 'a law for tests',
      law_date: '2020-01-01',
      sure: 'only for tests',
      consent_required: false,
      rules: {
        sale: 'unless_opted_out',
        sharing: 'unless_opted_out',
        targeted_advertising: 'unless_opted_out',
        precise_location: 'only_if_opted_in',
      },
    },
  },
}

let serial = 0
/** A bid request from an iPhone in the US whose owner allows tracking; every one has ids of its own. */
export function bidRequest(
  part: object = {},
  device: object = {},
  user: object = {},
  // biome-ignore lint/suspicious/noExplicitAny: tests look into all of it
): any {
  serial++
  const mark = String(serial).padStart(12, '0')
  return {
    id: `auction-${serial}`,
    tmax: 3_000,
    imp: [
      {
        id: '1',
        banner: { w: 320, h: 50 },
        secure: 1,
        ext: { tid: `imp-tid-${mark}`, prebid: { storedrequest: 'sr-1' } },
      },
    ],
    app: { id: 'app-1', bundle: 'com.example.messenger', publisher: { id: 'pub-1' } },
    source: { tid: `source-tid-${mark}` },
    device: {
      ua: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)',
      ip: '203.0.113.77',
      ipv6: '2001:db8:1:2::77',
      geo: {
        lat: 30.267153,
        lon: -97.743057,
        type: 1,
        accuracy: 12,
        country: 'USA',
        region: 'TX',
        metro: '635',
        city: 'Austin',
        zip: '78701',
      },
      lmt: 0,
      ifa: `6D92078A-8246-4BA4-AE5B-${mark}`,
      didsha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
      dpidmd5: '900150983cd24fb0d6963f7d28e17f72',
      os: 'iOS',
      osv: '17.5',
      make: 'Apple',
      model: 'iPhone15,2',
      carrier: 'ExampleTel',
      connectiontype: 2,
      language: 'en',
      ext: { atts: 3, ifv: `7D92078A-8246-4BA4-AE5B-${mark}`, sensor: 'never-named' },
      ...device,
    },
    user: {
      id: `user-${serial}`,
      buyeruid: `buyer-${mark}`,
      yob: 1987,
      gender: 'F',
      keywords: 'running,marathon',
      kwarray: ['running'],
      customdata: 'segment-77-custom',
      data: [{ id: 'dmp', segment: [{ id: 'seg-1-secret' }] }],
      geo: { lat: 30.3, lon: -97.7, country: 'USA', zip: '78702' },
      eids: [{ source: 'id.example', uids: [{ id: `eid-26-${mark}`, atype: 1 }] }],
      ext: {
        eids: [{ source: 'id.example', uids: [{ id: `eid-25-${mark}`, atype: 1 }] }],
        data: { hidden: 'user-ext-data' },
      },
      ...user,
    },
    regs: { ext: { gpc: undefined } },
    ext: { prebid: { debug: true }, note: 'top-ext-note' },
    ...part,
  }
}
