/** A view as one event. On a restriction both tracking switches are off and limited use is said. */
import { isIP } from 'node:net'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import { extinfoOf } from '../extinfo.ts'
import { jsonText, unlessEmpty } from '../json-text.ts'
import { readBatch, writeMessage } from '../message.ts'
import { createPropertySorter, textOf } from '../properties.ts'
import { realId } from '../pseudonym.ts'
import { isRestricted } from '../restricted.ts'
import { type EncodedItem, type PartnerRequest, secretPlaceholder } from '../type.ts'
import { unixSeconds } from '../unix-time.ts'
import { createHashUser, type HashUser } from '../user-data.ts'
import type { SnapchatConnection } from './connection.ts'

export const OWN_PROPERTIES = ['app_version'] as const

export interface SnapchatEncoder {
  item(view: View, flags: PrivacyFlags): EncodedItem
  envelope(items: readonly string[]): PartnerRequest
}

export function createSnapchatEncoder(connection: SnapchatConnection): SnapchatEncoder {
  const { id, action_source, idempotent, limited_use, ldu_place, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const hashUser = createHashUser()
  const fixed = { method: 'POST', origin, path: `/v3/${id}/events?access_token=${secretPlaceholder('token')}` } as const
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
    envelope: (items) => {
      const { elements, headers } = readBatch(items)
      return { ...fixed, headers: { 'Content-Type': 'application/json', ...headers }, body: `{"data":[${elements}]}` }
    },
  }
}

function userDataOf(view: View, hashUser: HashUser): object {
  // Snapchat knows no birth date.
  const { db: _, ...hashed } = hashUser(view)
  return {
    madid: realId(view.advertising_id?.id)?.toLowerCase(),
    idfv: view.app.platform === 'android' ? undefined : realId(view.vendor_id),
    client_ip_address: view.ip !== undefined && isIP(view.ip) !== 0 ? view.ip : undefined,
    client_user_agent: view.user_agent,
    ...hashed,
    sc_click_id: realId(view.click_id?.sccid),
    sc_cookie1: realId(view.partner_id?.uuid_c1),
  }
}

/** "May track" is said only where nothing restricts and the advertising id shows it: Snapchat wants an answer always. */
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
