/**
 * Conversions API events, as JSON or as a form with JSON as text. A restriction sets Limited Data Use with an explicit place, sets
 * `opt_out`, which keeps the event out of ad delivery, and disables both tracking switches of the app.
 */
import type { RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'
import { asLimit, asOptOut, asOptOutWord, enforced } from '../kit/relay-flags.ts'
import { jsonText, list, NOTHING, object, ours, plain, value, values } from '../kit/relay-map.ts'
import { EXTINFO, HASHED_BIRTH, hashedUser } from '../kit/relay-user-data.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { MetaCapiConnection } from './connection.ts'

export function metaCapiMap({ dataset, version, origin, ldu_place, test_event_code }: MetaCapiConnection): RelayMap {
  const event = object({
    event_name: plain('word'),
    event_time: value('time', { time: 'epoch' }),
    event_id: value('message_id', { pseudonym: true }),
    action_source: plain('word'),
    event_source_url: value('url'),
    referrer_url: value('referrer'),
    user_data: object({
      ...hashedUser(),
      db: HASHED_BIRTH,
      madid: value('advertising_id'),
      ...values('partner_id', 'anon_id fbp fb_login_id lead_id subscription_id page_id app_user_id'),
      ...values('click_id', 'fbc ctwa_clid'),
      client_ip_address: value('ip'),
      client_user_agent: value('user_agent', { reduce: 'agent' }),
    }),
    app_data: object(
      {
        madid: value('advertising_id'),
        extinfo: EXTINFO,
        advertiser_tracking_enabled: enforced(0, 'lmt', asLimit),
        application_tracking_enabled: enforced(0, 'lmt', asLimit),
      },
      { ifGiven: true },
    ),
    custom_data: NOTHING,
    opt_out: enforced(true, 'us_privacy', asOptOut),
    data_processing_options: enforced(['LDU'], 'us_privacy', asOptOutWord('ldu')),
    data_processing_options_country: enforced(ldu_place.country),
    data_processing_options_state: enforced(ldu_place.state),
  })
  const events = list(event, { people: true })
  const route = (body: 'json' | 'form', data: RelayNode): RelayRoute => ({
    method: 'POST',
    path: '/{version}/{dataset}/events',
    to: `/${version}/${dataset}/events`,
    body,
    query: NOTHING,
    headers: NOTHING,
    content: object({
      data,
      partner_agent: plain('word'),
      access_token: ours(secretPlaceholder('token')),
      ...(test_event_code === undefined ? {} : { test_event_code: ours(test_event_code) }),
    }),
  })
  return {
    origin,
    routes: [route('json', events), route('form', jsonText(events))],
    withheld: { status: 200, body: '{"events_received":0,"messages":[]}' },
  }
}
