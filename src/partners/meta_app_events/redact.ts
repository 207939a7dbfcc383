/**
 * App events of Meta's older interface: a form, with JSON as text in some fields and the address in a header. Its iOS SDK sends
 * the same fields as JSON strings. A restriction disables both tracking switches and sets Limited Data Use.
 */
import type { RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'
import { asLimit, asOptOutWord, enforced } from '../kit/relay-flags.ts'
import { jsonText, list, NOTHING, object, ours, plain, value } from '../kit/relay-map.ts'
import { EXTINFO, HASHED_BIRTH, hashedUser } from '../kit/relay-user-data.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { MetaAppEventsConnection } from './connection.ts'

const USER = { ...hashedUser(), db: HASHED_BIRTH }
/** `ud[em]`, …: one field each, as forwarders send them; Meta's own SDKs send `ud`, JSON as text. */
const USER_FIELDS = Object.fromEntries(Object.entries<RelayNode>(USER).map(([name, node]) => [`ud[${name}]`, node]))

export function metaAppEventsMap({ app_id, version, token, origin, ldu_place }: MetaAppEventsConnection): RelayMap {
  const route = (body: 'form' | 'json'): RelayRoute => ({
    method: 'POST',
    path: '/{version}/{app_id}/activities',
    to: `/${version}/${app_id}/activities`,
    body,
    query: token === undefined ? NOTHING : object({ access_token: ours(secretPlaceholder('token')) }),
    headers: object({ 'x-forwarded-for': value('ip') }),
    content: object({
      event: plain('word'),
      advertiser_id: value('advertising_id'),
      anon_id: value('partner_id'),
      app_user_id: value('user_id', { pseudonym: true }),
      ...USER_FIELDS,
      ud: jsonText(object(USER)),
      extinfo: jsonText(EXTINFO),
      custom_events: jsonText(list(object({ _eventName: plain('word'), _logTime: value('time', { time: 'epoch' }) }))),
      advertiser_tracking_enabled: enforced('0', 'lmt', asLimit),
      application_tracking_enabled: enforced('0', 'lmt', asLimit),
      data_processing_options: enforced('["LDU"]', 'us_privacy', asOptOutWord('ldu')),
      data_processing_options_country: enforced(ldu_place.country),
      data_processing_options_state: enforced(ldu_place.state),
    }),
  })
  return {
    origin,
    routes: [route('form'), route('json')],
    withheld: { status: 200, body: '{"success":true}' },
  }
}
