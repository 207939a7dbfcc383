/**
 * Encodes a view as one bid request. A restriction sets `lmt` and `dnt` to 1, iOS's `atts` to 2 and a US Privacy string that opts
 * out. If the view says nothing about the user, the request describes the app only. A position has no `type` and `accuracy`:
 * whether it is the device's own or a cell's centre is not revealed. A place is the event's own: a place derived from an address
 * selects the law and is never sent.
 */
import type { Json } from '../../model/brand.ts'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { customHeaders } from '../kit/custom-headers.ts'
import type { Encoding } from '../kit/define.ts'
import { jsonText, unlessEmpty } from '../kit/json-text.ts'
import { postOne, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, numberOf, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import type { OpenRtbConnection } from './connection.ts'
import { alpha3 } from './country-codes.ts'

/** Properties of the first impression and of the app; all others go to the request's `ext`. */
const OWN_PROPERTIES = ['bidfloor', 'tagid', 'app_version'] as const
const ATT_DENIED = 2
const ATT_AUTHORISED = 3
const WIFI = 2
const CELLULAR = 3
/** "Notice given, sale opted out": the string's only way to express a restriction. */
const US_OPTED_OUT = '1YYN'

export function createOpenRtbEncoder(connection: OpenRtbConnection): Encoding {
  const { imp, tmax, at, cur, app, publisher, version } = connection
  const url = new URL(connection.url)
  const sort = createPropertySorter(...OWN_PROPERTIES)
  return {
    item: (view, flags) => {
      if (view.message_id === undefined) return { kind: 'impossible', needs: 'message_id' }
      const restricted = isRestricted(flags)
      const { own, lists, rest } = sort(view.property)
      const ver = textOf(own.app_version)
      const text = jsonText({
        id: view.message_id,
        imp: own.bidfloor === undefined && own.tagid === undefined ? imp : impressions(imp, own),
        at,
        tmax,
        cur,
        app: {
          id: view.app.id,
          name: app.name,
          bundle: view.app.bundle,
          storeurl: app.storeurl,
          cat: app.cat,
          ver,
          publisher,
        },
        device: deviceOf(view, restricted),
        user: userOf(view, connection),
        regs: regsOf(restricted, flags, version),
        ext: unlessEmpty({ ...rest, ...lists }),
      })
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postOne({
      origin: url.origin,
      path: url.pathname + url.search,
      headers: { 'x-openrtb-version': version, ...customHeaders(connection.headers) },
    }),
    constants: ['0', '1', '2', '3', US_OPTED_OUT, ...wordsIn({ imp, tmax, at, cur, app, publisher })],
  }
}

function impressions(imp: OpenRtbConnection['imp'], own: Readonly<Record<string, Json>>): readonly object[] {
  const [first, ...others] = imp
  const tagid = textOf(own.tagid) ?? first?.tagid
  const bidfloor = numberOf(own.bidfloor) ?? first?.bidfloor
  return [{ ...first, tagid, bidfloor }, ...others]
}

function deviceOf(view: View, restricted: boolean): object {
  const { device, os, network, app } = view
  const ifa = realId(view.advertising_id?.id)
  return {
    ua: view.user_agent,
    ip: addressOf(view, 4),
    ipv6: addressOf(view, 6),
    geo: geoOf(view),
    dnt: restricted ? 1 : undefined,
    lmt: restricted ? 1 : ifa === undefined ? undefined : 0,
    ifa,
    make: device?.manufacturer,
    model: device?.model,
    os: os?.name,
    osv: os?.version,
    h: device?.height,
    w: device?.width,
    pxratio: device?.density,
    carrier: view.carrier,
    connectiontype: network?.wifi === true ? WIFI : network?.cellular === true ? CELLULAR : undefined,
    language: view.locale?.split(/[-_]/)[0],
    ext: unlessEmpty({
      atts:
        app.platform !== 'ios' ? undefined : restricted ? ATT_DENIED : ifa === undefined ? undefined : ATT_AUTHORISED,
      ifv: app.platform === 'android' ? undefined : realId(view.vendor_id),
    }),
  }
}

/** Each part is present only if it passed, independently: region and position do not imply each other. */
function geoOf({ coordinates, place }: View): object | undefined {
  return unlessEmpty({
    lat: coordinates?.latitude,
    lon: coordinates?.longitude,
    country: alpha3(place?.country),
    region: place?.region,
    city: place?.city,
    zip: place?.postal,
  })
}

/** Extended ids, in the place of 2.6 or of 2.5, never both. */
function userOf(view: View, { eids: sources, version }: OpenRtbConnection): object | undefined {
  const eids = Object.entries(sources).flatMap(([name, source]) => {
    const id = realId(view.partner_id?.[name])
    return id === undefined ? [] : [{ source, uids: [{ id, atype: 3 }] }]
  })
  const found = eids.length > 0 ? eids : undefined
  return unlessEmpty({
    id: view.user_id,
    buyeruid: realId(view.partner_id?.buyeruid),
    yob: yearOf(view.birth_date),
    gender: genderOf(view.gender),
    eids: version === '2.6' ? found : undefined,
    ext: version === '2.5' && found !== undefined ? { eids: found } : undefined,
  })
}

/** What was enforced, not what was received: only the relay forwards consent strings. */
function regsOf(restricted: boolean, { gpc }: PrivacyFlags, version: OpenRtbConnection['version']): object | undefined {
  const us_privacy = restricted ? US_OPTED_OUT : undefined
  return unlessEmpty({
    us_privacy: version === '2.6' ? us_privacy : undefined,
    ext: unlessEmpty({ us_privacy: version === '2.5' ? us_privacy : undefined, gpc: gpc ? '1' : undefined }),
  })
}

function yearOf(date: string | undefined): number | undefined {
  const year = /^\s*((?:19|20)\d{2})\D?\d{2}\D?\d{2}/.exec(date ?? '')?.[1]
  return year === undefined ? undefined : Number(year)
}

function genderOf(gender: string | undefined): string | undefined {
  const first = gender?.trim()[0]?.toUpperCase()
  return first === undefined ? undefined : first === 'M' || first === 'F' ? first : 'O'
}
