/** Conversion events. A restriction sets `opt_out` to true and `opt_out_type` to limited data processing. */
import type { RelayMap } from '../../model/relay-map.ts'
import { hashedGenderOfThree, hashedText } from '../kit/hashes.ts'
import { asOptOut, asOptOutWord, enforced } from '../kit/relay-flags.ts'
import { list, NOTHING, object, ours, plain, plains, value } from '../kit/relay-map.ts'
import { HASHED_BIRTH, hashedUser } from '../kit/relay-user-data.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { PinterestConnection } from './connection.ts'

export function pinterestMap({ ad_account, test, origin }: PinterestConnection): RelayMap {
  const event = object({
    ...plains('word', 'event_name action_source partner_name'),
    event_time: value('time', { time: 'epoch' }),
    event_id: value('message_id', { pseudonym: true }),
    event_source_url: value('url'),
    user_data: object({
      ...hashedUser(hashedGenderOfThree),
      db: HASHED_BIRTH,
      hashed_maids: list(value('advertising_id', { hash: hashedText }), { orOne: true }),
      client_ip_address: value('ip'),
      client_user_agent: value('user_agent', { reduce: 'agent' }),
      click_id: value('partner_id'),
    }),
    custom_data: object({ opt_out_type: enforced('LDP', 'us_privacy', asOptOutWord('ldp')) }),
    ...plains('text', 'app_id app_name'),
    app_version: plain('word'),
    device_brand: value('device', { reduce: 'maker' }),
    device_model: value('device'),
    device_type: value('device'),
    device_carrier: value('carrier', { reduce: 'carrier' }),
    os_version: value('os', { reduce: 'os_version', signal: 'os_version' }),
    language: value('locale', { reduce: 'language' }),
    opt_out: enforced(true, 'us_privacy', asOptOut),
  })
  return {
    origin,
    routes: [
      {
        method: 'POST',
        path: '/v5/ad_accounts/{ad_account}/events',
        to: `/v5/ad_accounts/${ad_account}/events`,
        body: 'json',
        query: test ? object({ test: ours('true') }) : NOTHING,
        headers: object({ authorization: ours(`Bearer ${secretPlaceholder('token')}`) }),
        content: object({ data: list(event, { people: true }) }),
      },
    ],
    withheld: { status: 200, body: '{"num_events_received":0,"num_events_processed":0,"events":[]}' },
  }
}
