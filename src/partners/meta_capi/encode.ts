/**
 * A view as one event. On a restriction `data_processing_options` says Limited Data Use with an explicit place, `opt_out`
 * keeps the event out of ad delivery, and both tracking switches of the app are off.
 */
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
import type { MetaCapiConnection } from './connection.ts'

export const OWN_PROPERTIES = ['app_version'] as const

export interface MetaCapiEncoder {
  item(view: View, flags: PrivacyFlags): EncodedItem
  envelope(items: readonly string[]): PartnerRequest
}

export function createMetaCapiEncoder(connection: MetaCapiConnection): MetaCapiEncoder {
  const { dataset, version, action_source, idempotent, ldu_place, test_event_code, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const hashUser = createHashUser()
  const fixed = { method: 'POST', origin, path: `/${version}/${dataset}/events` } as const
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
    envelope: (items) => {
      const { elements, headers } = readBatch(items)
      return {
        ...fixed,
        headers: { 'Content-Type': 'application/json', ...headers },
        body: `{"data":[${elements}${end}`,
      }
    },
  }
}

/** Undefined where nothing in it could match anyone: Meta refuses such an event, and the whole request with it. */
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
    client_ip_address: view.ip !== undefined && isIP(view.ip) !== 0 ? view.ip : undefined,
  }
  const hashed = hashUser(view)
  const canMatch = hashed.em !== undefined || hashed.ph !== undefined || hashed.external_id !== undefined
  if (!canMatch && unlessEmpty(strong) === undefined) return undefined
  return { ...strong, client_user_agent: view.user_agent, ...hashed }
}

/** "May track" is said only where nothing restricts and the advertising id shows it: Meta wants an answer always. */
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
