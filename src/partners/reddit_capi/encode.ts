/** Encodes a view as one event. A restriction sets `data_processing_options` to limited data use. */
import type { Json } from '../../model/brand.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { hashedBareEmail, hashedExact, hashedPlusDigits, hashedText } from '../kit/hashes.ts'
import { jsonText, unlessEmpty } from '../kit/json-text.ts'
import { postBatch, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, numberOf, type SortedProperties, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixMillis } from '../kit/unix-time.ts'
import type { RedditConnection } from './connection.ts'
import { eventTypeOf } from './names.ts'

/** Reddit has no custom data: only these and `products[].…` have a field. */
const OWN_PROPERTIES = ['currency', 'value', 'item_count'] as const
const PRODUCT_MEMBERS = ['id', 'name', 'category', 'quantity', 'item_price'] as const

export function createRedditEncoder(connection: RedditConnection): Encoding {
  const { pixel, version, action_source, idempotent, test_id, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const isNew = version === 'v3'
  const path = isNew ? `/api/v3/pixels/${pixel}/conversion_events` : `/api/v2.0/conversions/events/${pixel}`
  const test = test_id === undefined ? '' : `,"test_id":${jsonText([test_id]).slice(1, -1)}`
  const [start, end] = isNew ? ['{"data":{"events":[', `]${test}}}`] : ['{"events":[', ']}']
  return {
    item: (view, flags) => {
      const event_at = isNew ? unixMillis(view.time) : view.time
      if (event_at === undefined) return { kind: 'impossible', needs: 'time' }
      if (idempotent && view.message_id === undefined) return { kind: 'impossible', needs: 'message_id' }
      const click_id = realId(view.click_id?.rdt_cid ?? view.click_id?.click_id)
      const matching = matchingOf(view, connection)
      if (click_id === undefined && matching === undefined) return { kind: 'impossible', needs: 'advertising_id' }
      const user = unlessEmpty({ ...matching, ...limitedUseOf(isRestricted(flags), connection) })
      const type = eventTypeOf(view.event, version)
      const metadata = metadataOf(view.message_id, sort(view.property), isNew)
      const text = jsonText(
        isNew
          ? { event_at, action_source, event_source_url: view.url, type, click_id, metadata, user }
          : { event_at, event_type: type, click_id, event_metadata: metadata, user },
      )
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postBatch(
      { origin, path, headers: { Authorization: `Bearer ${secretPlaceholder('token')}` } },
      start,
      end,
    ),
    constants: wordsIn(['1', isNew ? 'CUSTOM' : 'Custom', 'LDU', isNew ? action_source : [], connection.ldu_place]),
  }
}

/** Undefined if nothing in it could match a user. Reddit requires hashes of IDFAs in upper case and AAIDs in lower case. */
function matchingOf(view: View, { ip_address }: RedditConnection): object | undefined {
  const kind = advertisingIdKind(view, view.app.platform)
  const id = view.advertising_id?.id
  const ip = addressOf(view)
  const ids = {
    idfa: kind === 'idfa' ? hashedExact(id?.toUpperCase()) : undefined,
    aaid: kind === 'aaid' ? hashedText(id) : undefined,
    email: hashedBareEmail(view.email),
    phone_number: hashedPlusDigits(view.phone),
    external_id: hashedExact(view.user_id),
    ip_address: ip_address === 'hashed' ? hashedExact(ip) : ip,
    uuid: realId(view.partner_id?.rdt_uuid),
  }
  if (unlessEmpty(ids) === undefined) return undefined
  const { width, height } = view.device ?? {}
  return {
    ...ids,
    user_agent: view.user_agent,
    screen_dimensions: width === undefined || height === undefined ? undefined : { width, height },
  }
}

function limitedUseOf(restricted: boolean, { ldu_place }: RedditConnection): object {
  return restricted ? { data_processing_options: { modes: ['LDU'], ...ldu_place } } : {}
}

function metadataOf(
  messageId: string | undefined,
  { own, lists }: SortedProperties,
  isNew: boolean,
): object | undefined {
  const value = numberOf(own.value)
  return unlessEmpty({
    conversion_id: hashedExact(messageId),
    currency: textOf(own.currency),
    item_count: numberOf(own.item_count),
    ...(isNew ? { value } : { value_decimal: value }),
    products: lists.products?.map(productOf),
  })
}

function productOf(product: Readonly<Record<string, Json>>): object {
  return Object.fromEntries(PRODUCT_MEMBERS.map((name) => [name, product[name]]))
}
