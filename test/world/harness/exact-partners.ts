/** A webhook and a pixel that are granted ids and a few properties as they come: what leaves is what was read. */
import { webhookContract } from '../../support/config-folder.ts'
import type { TestPartner } from '../../support/partner.ts'
import type { Served } from './served.ts'
import type { World } from './world.ts'

const EVENTS = { E: { as: 'x', properties: { revenue: 'value', order_id: 'order_id', note: 'note' } } }
const SHARE = {
  message_id: 'pass',
  user_id: 'pass',
  anonymous_id: 'pass',
  advertising_id: 'pass',
  ip: 'pass',
  place: 'country',
  os: 'pass',
}
const PIXEL = 'u={user_id}&r={revenue}&m={message_id}&o={sub2}&lat={limit_ad_tracking}'

export interface ExactPartners {
  readonly gateway: Served
  readonly webhook: TestPartner
  readonly pixel: TestPartner
  /** Sends an event as it is written (its members, without `type` and `event`), and waits until every pair is settled. */
  send(members: string, headers?: Readonly<Record<string, string>>): ReturnType<Served['call']>
  /** The webhook's items so far. */
  items(): readonly Record<string, unknown>[]
  /** The user of each of them. */
  users(): readonly unknown[]
}

/** In the United States, where nothing is restricted that nobody restricted. */
export const US = '"context":{"location":{"country":"US","region":"TX"}}'

export function eventText(members: string): string {
  return `{"type":"track","event":"E",${members}}`
}

/** @param part of `gateway.yaml` */
export async function exactPartners(world: World, part: object = {}): Promise<ExactPartners> {
  const [webhook, pixel] = [await world.partner(), await world.partner()]
  const gateway = await world.gateway({
    contracts: [
      webhookContract('wh', webhook.origin, { events: EVENTS, share: SHARE, when_restricted: { send: 'nothing' } }),
      {
        ...webhookContract('px', pixel.origin, {
          events: EVENTS,
          share: { message_id: 'pass', user_id: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
        type: 'pixel',
        connection: { url: `${pixel.origin}/p?${PIXEL}`, idempotent: true },
        limits: { per_second: 1_000, concurrency: 4, timeout_ms: 5_000 },
      },
    ],
    gateway: part,
  })
  return {
    gateway,
    webhook,
    pixel,
    send: async (members, headers = {}) => {
      const answer = await gateway.call('/v1/batch', {
        method: 'POST',
        body: `{"batch":[${eventText(members)}]}`,
        headers: { 'content-type': 'application/json', ...headers },
      })
      await gateway.settled()
      return answer
    },
    items: () => webhook.items(),
    users: () => webhook.items().map(({ user }) => (user as { id?: unknown } | undefined)?.id),
  }
}

/** Opts somebody out with the write key, as `identities` is written. */
export function optOut(
  gateway: Served,
  identities: string | Buffer,
  type = 'application/json',
): ReturnType<Served['call']> {
  return gateway.call('/v1/me/choices', {
    method: 'PUT',
    body: Buffer.concat([Buffer.from('{"identities":'), Buffer.from(identities), Buffer.from(',"opt_out":true}')]),
    headers: { 'content-type': type },
  })
}
