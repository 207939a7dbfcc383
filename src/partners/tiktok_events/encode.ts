/** Encodes a view as one event. A restriction sets `limited_data_use` to true and, on iOS, `att_status` to DENIED. */
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { hashedEmail, hashedName, hashedPlusDigits, hashedPostal, hashedText } from '../kit/hashes.ts'
import { jsonText, unlessEmpty } from '../kit/json-text.ts'
import { postBatch, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixSeconds } from '../kit/unix-time.ts'
import { listOf } from '../kit/user-data.ts'
import type { TikTokConnection } from './connection.ts'

const OWN_PROPERTIES = ['app_version', 'lead_event_source'] as const

export function createTikTokEncoder(connection: TikTokConnection): Encoding {
  const { event_source, event_source_id, idempotent, app, test_event_code, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  // `jsonText` drops undefined members.
  const start = `${jsonText({ event_source, event_source_id, test_event_code }).slice(0, -1)},"data":[`
  return {
    item: (view, flags) => {
      const event_time = unixSeconds(view.time)
      if (event_time === undefined) return { kind: 'impossible', needs: 'time' }
      if (idempotent && view.message_id === undefined) return { kind: 'impossible', needs: 'message_id' }
      const { own, lists, rest } = sort(view.property)
      const restricted = isRestricted(flags)
      const appFacts = {
        app_id: app.id,
        app_name: app.name,
        app_version: textOf(own.app_version) ?? app.version,
      }
      const text = jsonText({
        event: view.event,
        event_time,
        event_id: view.message_id,
        limited_data_use: restricted,
        user: userOf(view, restricted, connection),
        app: event_source === 'app' ? unlessEmpty(appFacts) : undefined,
        ad: unlessEmpty({ callback: realId(view.click_id?.click_id) }),
        page: unlessEmpty({ url: view.url, referrer: view.referrer }),
        properties: unlessEmpty({ ...rest, ...lists }),
      })
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postBatch(
      { origin, path: '/open_api/v1.3/event/track/', headers: { 'Access-Token': secretPlaceholder('token') } },
      start,
    ),
    constants: ['1', 'AUTHORIZED', 'DENIED', 'NOT_DETERMINED', 'NOT_APPLICABLE', ...wordsIn(app)],
  }
}

function userOf(view: View, restricted: boolean, { event_source, advertising_ids }: TikTokConnection): object {
  const kind = advertisingIdKind(view, view.app.platform)
  const given = view.advertising_id?.id
  const id = advertising_ids === 'hashed' ? hashedText(given) : given
  const external = [hashedText(view.user_id), hashedText(realId(view.partner_id?.tiktok_external_id))]
  const external_id = external.filter((one) => one !== undefined)
  return {
    idfa: kind === 'idfa' ? id : undefined,
    gaid: kind === 'aaid' ? id : undefined,
    idfv: view.app.platform === 'android' ? undefined : realId(view.vendor_id),
    att_status: event_source === 'app' ? attStatusOf(view, kind === 'idfa', restricted) : undefined,
    ip: addressOf(view),
    user_agent: view.user_agent,
    email: listOf(hashedEmail(view.email)),
    phone: listOf(hashedPlusDigits(view.phone)),
    external_id: external_id.length > 0 ? external_id : undefined,
    first_name: hashedName(view.name?.first),
    last_name: hashedName(view.name?.last),
    zip_code: hashedPostal(view.place?.postal, view.place?.country),
    city: view.place?.city,
    state: view.place?.region,
    country: view.place?.country,
    locale: view.locale,
    ttclid: realId(view.click_id?.ttclid),
    ttp: realId(view.partner_id?.ttp),
  }
}

/** Android has no such status; elsewhere a restriction is a denial, and "authorised" requires the id that proves it. */
function attStatusOf({ app }: View, hasIdfa: boolean, restricted: boolean): string {
  if (app.platform === 'android') return 'NOT_APPLICABLE'
  if (restricted) return 'DENIED'
  return hasIdfa ? 'AUTHORIZED' : 'NOT_DETERMINED'
}
