/** A bidder behind the relay, granted about everything while nothing restricts, and what it got of each request. */
import { equal } from 'node:assert/strict'
import type { TestContract } from '../../support/config-folder.ts'
import type { TestPartner } from '../../support/partner.ts'
import type { Answer, Served } from './served.ts'
import type { World } from './world.ts'

export const IFA = '2B3C4D5E-0003-4000-8000-000000000001'

/** A third party for advertising that is relayed to, on loopback; `part` replaces any of it. */
export function relayedContract(id: string, type: string, part: object): TestContract {
  return {
    id,
    name: `Partner ${id}`,
    type,
    role: 'third_party',
    purposes: ['advertising'],
    countries: ['US'],
    privacy_policy: 'https://partner.example/privacy',
    contact: 'privacy@partner.example',
    apps: ['messenger-ios'],
    events: { '@relay': { as: 'relayed', properties: {} } },
    limits: { per_second: 10_000, concurrency: 8, timeout_ms: 5_000 },
    ...part,
  }
}

const SHARE = {
  advertising_id: 'pass',
  vendor_id: 'pass',
  user_id: 'pass',
  partner_id: 'pass',
  message_id: 'pass',
  ip: 'pass',
  coordinates: 'pass',
  place: 'postal',
  birth_date: 'pass',
  gender: 'pass',
  user_agent: 'pass',
  device: 'pass',
  os: 'pass',
  locale: 'pass',
  carrier: 'pass',
  network: 'pass',
}
const RESTRICTED = {
  message_id: 'pass',
  ip: [24, 48],
  coordinates: '500km2',
  place: 'city',
  user_agent: 'reduced',
  device: 'reduced',
  os: 'pass',
  locale: 'pass',
  network: 'pass',
}

// biome-ignore lint/suspicious/noExplicitAny: cases look into bids of many shapes
export type Bid = Record<string, any>

export interface Bidder {
  readonly gateway: Served
  readonly partner: TestPartner
  /** A bid request with `parts` over the plain one's members; members of `device` one by one. */
  bid(parts?: Bid): Promise<Answer>
  /** What the bidder got of the last one. */
  got(): Bid
  /** Bids, and what the bidder got of it: exactly one request. */
  sent(parts?: Bid): Promise<Bid>
}

export async function startBidder(world: World, part: object = {}): Promise<Bidder> {
  const partner = await world.partner()
  partner.answer = { status: 204, body: '' }
  const contract = relayedContract('bidder', 'openrtb26', {
    tcf_vendor: 52,
    share: SHARE,
    when_restricted: { send: 'limited', share: RESTRICTED },
    connection: { url: `${partner.origin}/bid`, imp: [{ id: '1', banner: { w: 320, h: 50 } }] },
    ...part,
  })
  const gateway = await world.gateway({ contracts: [contract], shippedPolicy: true })
  const bid = (parts: Bid = {}): Promise<Answer> =>
    gateway.call('/v1/relay/bidder/bid', {
      body: {
        id: 't1',
        imp: [{ id: '1', banner: { w: 320, h: 50 } }],
        ...parts,
        device: {
          ifa: IFA,
          lmt: 0,
          os: 'iOS',
          osv: '17.5',
          ext: { atts: 3 },
          geo: { country: 'USA', region: 'CA' },
          ...parts.device,
        },
      },
    })
  const got = (): Bid => JSON.parse(partner.received.at(-1)?.body ?? '{}') as Bid
  return {
    gateway,
    partner,
    bid,
    got,
    sent: async (parts) => {
      const before = partner.received.length
      const { headers } = await bid(parts)
      equal(partner.received.length, before + 1, `not sent: ${headers['x-sluice']}`)
      return got()
    },
  }
}

export const OPTED_OUT = { us_privacy: '1YYN' }
