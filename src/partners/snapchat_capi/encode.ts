/** Encodes a view as one event. A restriction disables both tracking switches and sets limited use. */
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import type { Encoding } from '../kit/define.ts'
import { EXTINFO_WORDS, extinfoOf } from '../kit/extinfo.ts'
import { jsonText, unlessEmpty } from '../kit/json-text.ts'
import { postBatch, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixSeconds } from '../kit/unix-time.ts'
import { createHashUser, type HashUser } from '../kit/user-data.ts'
import type { SnapchatConnection } from './connection.ts'

const OWN_PROPERTIES = ['app_version'] as const

export function createSnapchatEncoder(connection: SnapchatConnection): Encoding {
  const { id, action_source, idempotent, limited_use, ldu_place, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const hashUser = createHashUser()
  return {
    item: (view, flags) => {
      const event_time = unixSeconds(view.time)
      if (event_time === undefined) return { kind: 'impossible', needs: 'time' }
      if (idempotent && view.message_id === undefined) return { kind: 'impossible', needs: 'message_id' }
      const restricted = isRestricted(flags)
      const { own, lists, rest } = sort(view.property)
      const text = jsonText({
        event_name: view.event,
        event_time,
        event_id: view.message_id,
        action_source,
        event_source_url: view.url,
        user_data: userDataOf(view, hashUser),
        app_data:
          action_source === 'MOBILE_APP' ? appDataOf(view, restricted, textOf(own.app_version), connection) : undefined,
        custom_data: unlessEmpty({ ...rest, ...lists }),
        ...(restricted
          ? {
              data_processing_options: [limited_use],
              data_processing_options_country: ldu_place.country,
              data_processing_options_state: ldu_place.state,
            }
          : {}),
      })
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postBatch({ origin, path: `/v3/${id}/events?access_token=${secretPlaceholder('token')}` }),
    constants: wordsIn([
      EXTINFO_WORDS,
      action_source,
      limited_use,
      ldu_place,
      connection.app_id,
      connection.app_version,
    ]),
  }
}

function userDataOf(view: View, hashUser: HashUser): object {
  // Snapchat has no birth date.
  const { db: _, ...hashed } = hashUser(view)
  return {
    madid: realId(view.advertising_id?.id)?.toLowerCase(),
    idfv: view.app.platform === 'android' ? undefined : realId(view.vendor_id),
    client_ip_address: addressOf(view),
    client_user_agent: view.user_agent,
    ...hashed,
    sc_click_id: realId(view.click_id?.sccid),
    sc_cookie1: realId(view.partner_id?.uuid_c1),
  }
}

/** "May track" is sent only if nothing restricts and the advertising id proves it: Snapchat always requires a value. */
function appDataOf(
  view: View,
  restricted: boolean,
  named: string | undefined,
  { app_id, app_version }: SnapchatConnection,
): object {
  const version = named ?? app_version
  return {
    app_id,
    advertiser_tracking_enabled: !restricted && realId(view.advertising_id?.id) !== undefined ? 1 : 0,
    application_tracking_enabled: restricted ? 0 : 1,
    extinfo: extinfoOf(view, { short: version, long: version }),
  }
}
