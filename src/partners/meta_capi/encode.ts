/**
 * Encodes a view as one event. A restriction sets `data_processing_options` to Limited Data Use with an explicit place, sets
 * `opt_out`, which keeps the event out of ad delivery, and disables both tracking switches of the app.
 */
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
import type { MetaCapiConnection } from './connection.ts'

const OWN_PROPERTIES = ['app_version'] as const

export function createMetaCapiEncoder(connection: MetaCapiConnection): Encoding {
  const { dataset, version, action_source, idempotent, ldu_place, test_event_code, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const hashUser = createHashUser()
  const test = test_event_code === undefined ? '' : `,"test_event_code":${jsonString(test_event_code)}`
  const end = `],"access_token":"${secretPlaceholder('token')}"${test}}`
  return {
    item: (view, flags) => {
      const event_time = unixSeconds(view.time)
      if (event_time === undefined) return { kind: 'impossible', needs: 'time' }
      if (idempotent && view.message_id === undefined) return { kind: 'impossible', needs: 'message_id' }
      const user_data = userDataOf(view, hashUser)
      if (user_data === undefined) return { kind: 'impossible', needs: 'advertising_id' }
      const restricted = isRestricted(flags)
      const { own, lists, rest } = sort(view.property)
      const text = jsonText({
        event_name: view.event,
        event_time,
        event_id: view.message_id,
        action_source,
        event_source_url: view.url,
        referrer_url: view.referrer,
        opt_out: restricted ? true : undefined,
        user_data,
        app_data:
          action_source === 'app' ? appDataOf(view, restricted, textOf(own.app_version), connection) : undefined,
        custom_data: unlessEmpty({ ...rest, ...lists }),
        ...(restricted
          ? {
              data_processing_options: ['LDU'],
              data_processing_options_country: ldu_place.country,
              data_processing_options_state: ldu_place.state,
            }
          : {}),
      })
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postBatch({ origin, path: `/${version}/${dataset}/events` }, undefined, end),
    constants: wordsIn([EXTINFO_WORDS, action_source, 'LDU', ldu_place, connection.app_version]),
  }
}

/** Undefined if nothing in it could match a user: Meta rejects such an event, and the whole request with it. */
function userDataOf(view: View, hashUser: HashUser): object | undefined {
  const { partner_id, click_id } = view
  const strong = {
    madid: realId(view.advertising_id?.id),
    anon_id: realId(partner_id?.anon_id),
    fbc: realId(click_id?.fbc),
    fbp: realId(partner_id?.fbp),
    ctwa_clid: realId(click_id?.ctwa_clid),
    fb_login_id: realId(partner_id?.fb_login_id),
    lead_id: realId(partner_id?.lead_id),
    subscription_id: realId(partner_id?.subscription_id),
    client_ip_address: addressOf(view),
  }
  const hashed = hashUser(view)
  const canMatch = hashed.em !== undefined || hashed.ph !== undefined || hashed.external_id !== undefined
  if (!canMatch && unlessEmpty(strong) === undefined) return undefined
  return { ...strong, client_user_agent: view.user_agent, ...hashed }
}

/** "May track" is sent only if nothing restricts and the advertising id proves it: Meta always requires a value. */
function appDataOf(
  view: View,
  restricted: boolean,
  named: string | undefined,
  { app_version }: MetaCapiConnection,
): object {
  const mayTrack = !restricted && realId(view.advertising_id?.id) !== undefined ? 1 : 0
  const version = named ?? app_version
  return {
    advertiser_tracking_enabled: mayTrack,
    application_tracking_enabled: restricted ? 0 : 1,
    extinfo: extinfoOf(view, { short: version, long: version }),
  }
}

function jsonString(text: string): string {
  return JSON.stringify(text).replaceAll('{{secret:', '{\\u007bsecret:')
}
