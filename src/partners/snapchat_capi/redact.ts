/** Conversions API v3. A restriction disables both tracking switches and sets limited use. */
import type { RelayMap } from '../../model/relay-map.ts'
import { asLimit, asOptOutWord, enforced } from '../kit/relay-flags.ts'
import { list, NOTHING, object, ours, plain, value } from '../kit/relay-map.ts'
import { EXTINFO, hashedUser } from '../kit/relay-user-data.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { SnapchatConnection } from './connection.ts'

export function snapchatMap({ id, limited_use, ldu_place, origin }: SnapchatConnection): RelayMap {
  const event = object({
    event_name: plain('word'),
    event_time: value('time', { time: 'epoch' }),
    event_id: value('message_id', { pseudonym: true }),
    action_source: plain('word'),
    event_source_url: value('url'),
    user_data: object({
      ...hashedUser(),
      madid: value('advertising_id'),
      idfv: value('vendor_id'),
      client_ip_address: value('ip'),
      client_user_agent: value('user_agent', { reduce: 'agent' }),
      sc_click_id: value('click_id'),
      sc_cookie1: value('partner_id'),
    }),
    app_data: object(
      {
        app_id: plain('text'),
        extinfo: EXTINFO,
        advertiser_tracking_enabled: enforced(0, 'lmt', asLimit),
        application_tracking_enabled: enforced(0, 'lmt', asLimit),
      },
      { ifGiven: true },
    ),
    custom_data: NOTHING,
    data_processing_options: enforced([limited_use], 'us_privacy', asOptOutWord('ldu', 'lmu')),
    data_processing_options_country: enforced(ldu_place.country),
    data_processing_options_state: enforced(ldu_place.state),
  })
  return {
    origin,
    routes: [
      {
        method: 'POST',
        path: '/v3/{id}/events',
        to: `/v3/${id}/events`,
        body: 'json',
        query: object({ access_token: ours(secretPlaceholder('token')) }),
        headers: NOTHING,
        content: object({ data: list(event, { people: true }) }),
      },
    ],
    withheld: { status: 200, body: '{"status":"SUCCESS"}' },
  }
}
