/** Events API 2.0. A restriction sets `limited_data_use` to true and, on iOS, `att_status` to DENIED. */
import type { Json } from '../../model/brand.ts'
import type { RelayMap } from '../../model/relay-map.ts'
import { hashedEmail, hashedName, hashedPlusDigits, hashedPostal, hashedText } from '../kit/hashes.ts'
import { asOptOut, enforced } from '../kit/relay-flags.ts'
import { flag, list, NOTHING, object, ours, plain, plains, value, values } from '../kit/relay-map.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { TikTokConnection } from './connection.ts'

const ATT_WORDS: Readonly<Record<string, number>> = { NOT_DETERMINED: 0, RESTRICTED: 1, DENIED: 2, AUTHORIZED: 3 }

export function tikTokMap(connection: TikTokConnection): RelayMap {
  const { event_source, event_source_id, advertising_ids, test_event_code, origin } = connection
  const id = value('advertising_id', advertising_ids === 'hashed' ? { hash: hashedText } : {})
  const event = object({
    event: plain('word'),
    event_time: value('time', { time: 'epoch' }),
    event_id: value('message_id', { pseudonym: true }),
    user: object({
      idfa: id,
      gaid: id,
      idfv: value('vendor_id'),
      ip: value('ip'),
      user_agent: value('user_agent', { reduce: 'agent' }),
      email: list(value('email', { hash: hashedEmail }), { orOne: true }),
      phone: list(value('phone', { hash: hashedPlusDigits }), { orOne: true }),
      external_id: list(value('user_id', { hash: hashedText }), { orOne: true }),
      ...values('name', 'first_name last_name', { hash: hashedName }),
      zip_code: value('place', { place: 'postal', hash: (text) => hashedPostal(text, undefined) }),
      city: value('place', { place: 'city' }),
      state: value('place', { place: 'region' }),
      country: value('place', { place: 'country', signal: 'country' }),
      locale: value('locale', { reduce: 'language' }),
      ttclid: value('click_id'),
      ttp: value('partner_id'),
      att_status: flag(
        ({ flags, given, app }) =>
          !isRestricted(flags) ? given : given !== undefined || app.platform === 'ios' ? 'DENIED' : undefined,
        'att',
        attOf,
      ),
    }),
    app: object(plains('word', 'app_id app_name app_version')),
    ad: object({ callback: value('click_id') }),
    page: object({ url: value('url'), referrer: value('referrer') }),
    properties: NOTHING,
    limited_data_use: enforced(true, 'us_privacy', asOptOut),
  })
  const path = '/open_api/v1.3/event/track/'
  return {
    origin,
    routes: [
      {
        method: 'POST',
        path,
        to: path,
        body: 'json',
        query: NOTHING,
        headers: object({ 'access-token': ours(secretPlaceholder('token')) }),
        content: object({
          event_source: ours(event_source),
          event_source_id: ours(event_source_id),
          partner_name: plain('word'),
          data: list(event, { people: true }),
          ...(test_event_code === undefined ? {} : { test_event_code: ours(test_event_code) }),
        }),
      },
    ],
    withheld: { status: 200, body: '{"code":0,"message":"OK","data":{}}' },
  }
}

/** Android has no such status. */
function attOf(word: Json): Json | undefined {
  if (word === 'NOT_APPLICABLE') return undefined
  return ATT_WORDS[String(word)] ?? word
}
