/**
 * Encodes a view as one form: `extinfo` and `custom_events` are JSON as text, the user's address is a header. A restriction
 * disables both tracking switches and sets Limited Data Use.
 */
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import type { Encoding } from '../kit/define.ts'
import { EXTINFO_WORDS, extinfoOf } from '../kit/extinfo.ts'
import { postOne, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { type Parameters, queryOf } from '../kit/query.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixMillis, unixSeconds } from '../kit/unix-time.ts'
import { createHashUser, type HashUser } from '../kit/user-data.ts'
import type { MetaAppEventsConnection } from './connection.ts'

const OWN_PROPERTIES = ['app_version'] as const
const CUSTOM_EVENTS = 'CUSTOM_APP_EVENTS'
const LDU = '["LDU"]'

export function createMetaAppEventsEncoder(connection: MetaAppEventsConnection): Encoding {
  const { app_id, token, version, log_time, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const hashUser = createHashUser()
  const query = token === undefined ? '' : `?access_token=${secretPlaceholder('token')}`
  const path = `/${version}/${app_id}/activities${query}`
  return {
    item: (view, flags) => {
      const advertiser_id = realId(view.advertising_id?.id)
      const anon_id = realId(view.partner_id?.anon_id)
      // Meta requires "at least one of the two"; a hashed contact alone identifies no install.
      if (advertiser_id === undefined && anon_id === undefined && view.user_id === undefined)
        return { kind: 'impossible', needs: 'advertising_id' }
      const restricted = isRestricted(flags)
      const { own, lists, rest } = sort(view.property)
      const app_version = textOf(own.app_version) ?? connection.app_version
      const logTime = log_time === 'seconds' ? unixSeconds(view.time) : unixMillis(view.time)
      const text = queryOf({
        event: CUSTOM_EVENTS,
        advertiser_id,
        anon_id,
        app_user_id: view.user_id,
        advertiser_tracking_enabled: !restricted && advertiser_id !== undefined ? '1' : '0',
        application_tracking_enabled: restricted ? '0' : '1',
        ...(restricted ? limitedUse(connection) : {}),
        ...userOf(view, hashUser),
        extinfo: JSON.stringify(extinfoOf(view, { short: app_version, long: app_version })),
        custom_events: JSON.stringify([{ _eventName: view.event, _logTime: logTime, ...rest, ...lists }]),
      })
      const ip = addressOf(view)
      return { kind: 'item', bytes: writeMessage(text, flags, { 'X-Forwarded-For': ip }) }
    },
    envelope: postOne({ origin, path, type: 'application/x-www-form-urlencoded' }),
    constants: wordsIn([EXTINFO_WORDS, CUSTOM_EVENTS, LDU, 'LDU', connection.ldu_place, connection.app_version]),
  }
}

function limitedUse({ ldu_place }: MetaAppEventsConnection): Parameters {
  return {
    data_processing_options: LDU,
    data_processing_options_country: ldu_place.country,
    data_processing_options_state: ldu_place.state,
  }
}

/** Meta's user data, one form field each: `ud[em]`. */
function userOf(view: View, hashUser: HashUser): Parameters {
  const user = hashUser(view)
  return {
    'ud%5Bem%5D': user.em?.[0],
    'ud%5Bph%5D': user.ph?.[0],
    'ud%5Bfn%5D': user.fn?.[0],
    'ud%5Bln%5D': user.ln?.[0],
    'ud%5Bge%5D': user.ge?.[0],
    'ud%5Bdb%5D': user.db?.[0],
    'ud%5Bct%5D': user.ct?.[0],
    'ud%5Bst%5D': user.st?.[0],
    'ud%5Bzp%5D': user.zp?.[0],
    'ud%5Bcountry%5D': user.country?.[0],
  }
}
