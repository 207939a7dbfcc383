/** Conversion events of v3 or v2.0. A restriction sets `data_processing_options` to limited data use. */
import type { RelayMap, RelayNode } from '../../model/relay-map.ts'
import { hashedBareEmail, hashedExact, hashedPlusDigits, hashedText } from '../kit/hashes.ts'
import { asOptOutWord, enforced } from '../kit/relay-flags.ts'
import { list, NOTHING, object, ours, plains, value, values } from '../kit/relay-map.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { RedditConnection } from './connection.ts'

export function redditMap(connection: RedditConnection): RelayMap {
  const { pixel, version, test_id, origin } = connection
  const isNew = version === 'v3'
  const events = list(eventOf(connection), { people: true })
  const tested = test_id === undefined ? {} : { test_id: ours(test_id) }
  return {
    origin,
    routes: [
      {
        method: 'POST',
        path: isNew ? '/api/v3/pixels/{pixel}/conversion_events' : '/api/v2.0/conversions/events/{pixel}',
        to: isNew ? `/api/v3/pixels/${pixel}/conversion_events` : `/api/v2.0/conversions/events/${pixel}`,
        body: 'json',
        query: NOTHING,
        headers: object({ authorization: ours(`Bearer ${secretPlaceholder('token')}`) }),
        content: isNew ? object({ data: object({ events, ...tested }) }) : object({ events }),
      },
    ],
    withheld: { status: 200, body: '{"data":{"message":"ok"}}' },
  }
}

function eventOf({ version, ip_address, ldu_place: { country, region } }: RedditConnection): RelayNode {
  const type = object(plains('word', 'tracking_type custom_event_name'))
  const metadata = object({ conversion_id: value('message_id', { hash: hashedExact }) })
  return object({
    event_at: value('time', { time: version === 'v3' ? 'epoch' : 'iso' }),
    ...plains('word', 'action_source'),
    event_source_url: value('url'),
    ...(version === 'v3' ? { type, metadata } : { event_type: type, event_metadata: metadata }),
    click_id: value('click_id'),
    user: object({
      idfa: value('advertising_id', { hash: (id) => hashedExact(id.toUpperCase()) }),
      aaid: value('advertising_id', { hash: hashedText }),
      email: value('email', { hash: hashedBareEmail }),
      phone_number: value('phone', { hash: hashedPlusDigits }),
      external_id: value('user_id', { hash: hashedExact }),
      ip_address: value('ip', ip_address === 'hashed' ? { hash: hashedExact } : {}),
      uuid: value('partner_id'),
      user_agent: value('user_agent', { reduce: 'agent' }),
      screen_dimensions: object(values('device', 'width height')),
      data_processing_options: enforced(
        { modes: ['LDU'], ...(country === undefined ? {} : { country }), ...(region === undefined ? {} : { region }) },
        'us_privacy',
        asOptOutWord('ldu'),
      ),
    }),
  })
}
