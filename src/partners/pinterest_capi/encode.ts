/** Encodes a view as one event. A restriction sets `opt_out` to true and `opt_out_type` to limited data processing. */
import type { Json } from '../../model/brand.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import type { Encoding } from '../kit/define.ts'
import { hashedGenderOfThree, hashedText } from '../kit/hashes.ts'
import { jsonText, unlessEmpty } from '../kit/json-text.ts'
import { postBatch, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, numberOf, type SortedProperties, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixSeconds } from '../kit/unix-time.ts'
import { createHashUser, type HashUser, listOf } from '../kit/user-data.ts'
import type { PinterestConnection } from './connection.ts'

const OWN_PROPERTIES = ['app_version', 'value', 'num_items', 'opt_out_type'] as const

export function createPinterestEncoder(connection: PinterestConnection): Encoding {
  const { ad_account, action_source, app_id, app_name, test, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const hashUser = createHashUser(hashedGenderOfThree)
  const path = `/v5/ad_accounts/${ad_account}/events${test ? '?test=true' : ''}`
  return {
    item: (view, flags) => {
      const event_time = unixSeconds(view.time)
      if (event_time === undefined) return { kind: 'impossible', needs: 'time' }
      // Pinterest requires an id with every event.
      if (view.message_id === undefined) return { kind: 'impossible', needs: 'message_id' }
      const user_data = userDataOf(view, hashUser)
      if (user_data === undefined) return { kind: 'impossible', needs: 'advertising_id' }
      const restricted = isRestricted(flags)
      const { own, ...properties } = sort(view.property)
      const text = jsonText({
        event_name: view.event,
        action_source:
          action_source === 'app' ? (view.app.platform === 'ios' ? 'app_ios' : 'app_android') : action_source,
        event_time,
        event_id: view.message_id,
        event_source_url: view.url,
        opt_out: restricted,
        user_data,
        custom_data: customDataOf(own, properties, restricted),
        app_id,
        app_name,
        app_version: textOf(own.app_version) ?? connection.app_version,
        device_brand: view.device?.manufacturer,
        device_carrier: view.carrier,
        device_model: view.device?.model,
        device_type: view.device?.type,
        os_version: view.os?.version,
        wifi: view.network?.wifi,
        language: view.locale?.slice(0, 2).toLowerCase(),
      })
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postBatch({ origin, path, headers: { Authorization: `Bearer ${secretPlaceholder('token')}` } }),
    constants: wordsIn([
      '1',

      'LDP',
      action_source === 'app' ? ['app_ios', 'app_android'] : action_source,
      app_id,
      app_name,
      connection.app_version,
    ]),
  }
}

/** Pinterest requires an e-mail, an advertising id, or an address with its user agent; undefined without any of them. */
function userDataOf(view: View, hashUser: HashUser): object | undefined {
  const hashed_maids = listOf(hashedText(realId(view.advertising_id?.id)))
  const client_ip_address = addressOf(view)
  const client_user_agent = view.user_agent
  const hashed = hashUser(view)
  const hasPair = client_ip_address !== undefined && client_user_agent !== undefined
  if (hashed.em === undefined && hashed_maids === undefined && !hasPair) return undefined
  return {
    ...hashed,
    hashed_maids,
    client_ip_address,
    client_user_agent,
    click_id: realId(view.partner_id?.epik),
  }
}

/** Amounts are texts, counts are numbers. A restriction's `LDP` overrides the event. */
function customDataOf(
  own: Readonly<Record<string, Json>>,
  { rest, lists }: Omit<SortedProperties, 'own'>,
  restricted: boolean,
): object | undefined {
  const { contents, ...others } = lists
  return unlessEmpty({
    ...rest,
    ...others,
    contents: contents?.map((one) =>
      one.item_price === undefined ? one : { ...one, item_price: textOf(one.item_price) },
    ),
    value: textOf(own.value),
    num_items: numberOf(own.num_items),
    opt_out_type: restricted ? 'LDP' : textOf(own.opt_out_type),
  })
}
