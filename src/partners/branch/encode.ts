/** Encodes a view as one event. A restriction tells Branch to limit tracking, to call no ad network and to attribute no advertising. */
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { jsonText, unlessEmpty } from '../kit/json-text.ts'
import { readOnlyMessage, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { BranchConnection } from './connection.ts'
import { EVENT_DATA, STANDARD_EVENTS } from './names.ts'

const OWN_PROPERTIES = [...EVENT_DATA, 'app_version', 'customer_event_alias'] as const
/** The start of every item: the envelope reads the event's name from it. */
const NAME = /^\{"name":("(?:[^"\\]|\\.)*")/

export function createBranchEncoder(connection: BranchConnection): Encoding {
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const fixedHeaders = { 'Content-Type': 'application/json', Accept: 'application/json' }
  return {
    item: (view, flags) => {
      const ids = idsOf(view)
      if (ids === undefined) return { kind: 'impossible', needs: 'user_id' }
      const { own, lists, rest } = sort(view.property)
      const { app_version, customer_event_alias, ...eventData } = own
      const ip = addressOf(view)
      const text = jsonText({
        name: view.event,
        customer_event_alias: textOf(customer_event_alias),
        cpp_level: levelOf(flags, connection),
        user_data: {
          ...ids,
          ...flagsOf(ids, flags, connection),
          ip,
          user_agent: view.user_agent,
          country: view.place?.country,
          language: view.locale,
          brand: view.device?.manufacturer,
          model: view.device?.model,
          screen_dpi: view.device?.density,
          screen_height: view.device?.height,
          screen_width: view.device?.width,
          os_version: view.os?.version,
          app_version: textOf(app_version) ?? connection.app_version,
        },
        event_data: unlessEmpty(eventData),
        content_items: lists.content_items,
        custom_data: rest && Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, customText(value)])),
      })
      const headers = connection.ip_override ? { 'X-IP-Override': ip } : {}
      return { kind: 'item', bytes: writeMessage(text, flags, headers) }
    },
    envelope: (items) => {
      const { text, headers } = readOnlyMessage(items)
      const name = JSON.parse(NAME.exec(text)?.[1] ?? '""') as string
      return {
        method: 'POST',
        origin: connection.origin,
        path: STANDARD_EVENTS.has(name) ? '/v2/event/standard' : '/v2/event/custom',
        headers: { ...fixedHeaders, ...headers },
        body: `{"branch_key":"${secretPlaceholder('key')}",${text.slice(1)}`,
      }
    },
    constants: ['1', 'iOS', 'Android', ...wordsIn([connection.cpp_level, connection.app_version])],
  }
}

type Ids = Readonly<Record<string, string | undefined>>

/** Branch requires `os` with device ids. Undefined if there is no id at all. */
function idsOf(view: View): Ids | undefined {
  const kind = advertisingIdKind(view, view.app.platform)
  const id = view.advertising_id?.id
  const device = {
    idfa: kind === 'idfa' ? id : undefined,
    idfv: view.app.platform === 'android' ? undefined : realId(view.vendor_id),
    aaid: kind === 'aaid' ? id : undefined,
    android_id: realId(view.device_id),
  }
  const person = {
    developer_identity: view.user_id,
    browser_fingerprint_id: realId(view.partner_id?.browser_fingerprint_id),
    randomized_device_token: realId(view.partner_id?.branch_id),
  }
  const named = view.os?.name
  const os = named ?? (view.app.platform === 'ios' ? 'iOS' : view.app.platform === 'android' ? 'Android' : undefined)
  if (os !== undefined && unlessEmpty(device) !== undefined) return { os, ...device, ...person }
  return (
    unlessEmpty({ developer_identity: person.developer_identity, browser: person.browser_fingerprint_id }) && {
      os,
      ...person,
    }
  )
}

/** Without a restriction, "no limit" is sent only together with the advertising id that proves it. */
function flagsOf(ids: Ids, flags: PrivacyFlags, { eea, when_restricted }: BranchConnection): object {
  const restricted = isRestricted(flags)
  const hasId = ids.idfa !== undefined || ids.aaid !== undefined
  const callouts = restricted && when_restricted === 'callouts' ? true : undefined
  return {
    limit_ad_tracking: restricted ? true : hasId ? false : undefined,
    disable_ad_network_callouts: callouts,
    limit_facebook_tracking: callouts,
    dma_eea: eea,
    dma_ad_personalization: eea === true ? !restricted : undefined,
    dma_ad_user_data: eea === true ? !restricted : undefined,
  }
}

function levelOf(flags: PrivacyFlags, { when_restricted, cpp_level }: BranchConnection): string | undefined {
  const isSet = isRestricted(flags) && when_restricted === 'callouts' && cpp_level !== 'unsaid'
  return isSet ? cpp_level : undefined
}

/** Branch's custom data are strings. */
function customText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
