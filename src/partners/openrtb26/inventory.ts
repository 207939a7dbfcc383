/**
 * The parts of a bid request about the placement, the inventory and the deals (OpenRTB 2.6 sections 3.2.4 to 3.2.17 and 3.2.31 to
 * 3.2.35; Native 1.2; SKAdNetwork, its extension): impersonal.
 */
import type { RelayNode } from '../../model/relay-map.ts'
import { jsonText, list, object, plain, plains, value } from '../kit/relay-map.ts'

/** Lists of impersonal words and numbers. */
export function lists(names: string): Readonly<Record<string, RelayNode>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, list(plain('text'))]))
}
export function numbers(names: string): Readonly<Record<string, RelayNode>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, list(plain('number'))]))
}

const SIZE = object(plains('number', 'w h wratio hratio wmin'))
const BANNER = object(
  {
    id: plain('text'),
    ...plains('number', 'w h pos topframe vcm wmax hmax wmin hmin'),
    ...numbers('btype battr api expdir'),
    ...lists('mimes'),
    format: list(SIZE),
  },
  { keep: true },
)
const DURATION_FLOORS = list(object(plains('number', 'mindur maxdur bidfloor')))
/** Video and audio: each has members that the other lacks. */
const VIDEO = object(
  {
    ...lists('mimes'),
    ...plains(
      'number',
      'minduration maxduration startdelay maxseq poddur podseq mincpmpersec slotinpod w h placement plcmt linearity skip skipmin skipafter sequence maxextended minbitrate maxbitrate boxingallowed playbackend pos feed nvol stitched',
    ),
    // Text in 2.6; exchanges send numbers as well.
    podid: plain('text'),
    ...numbers('protocols rqddurs battr playbackmethod delivery api companiontype poddedupe'),
    companionad: list(BANNER),
    durfloors: DURATION_FLOORS,
  },
  { keep: true },
)
const NATIVE_ASSET = object({
  ...plains('number', 'id required'),
  title: object(plains('number', 'len'), { keep: true }),
  img: object({ ...plains('number', 'type w h wmin hmin'), ...lists('mimes') }, { keep: true }),
  video: VIDEO,
  data: object(plains('number', 'type len'), { keep: true }),
})
const NATIVE = {
  ver: plain('word'),
  ...plains('number', 'layout adunit context contextsubtype plcmttype plcmtcnt seq aurlsupport durlsupport privacy'),
  assets: list(NATIVE_ASSET),
  eventtrackers: list(object({ event: plain('number'), ...numbers('methods') })),
}
const SKADN = object({
  ...plains('word', 'version sourceapp'),
  ...lists('versions skadnetids'),
  // Networks by their number in IAB's list: up to one, except some, plus others by name.
  skadnetlist: object({ max: plain('number'), ...numbers('excl'), ...lists('addl') }),
  skoverlay: plain('number'),
  productpage: plain('number'),
})
export const IMPRESSION = object(
  {
    id: plain('text'),
    tagid: plain('text'),
    ...plains('text', 'displaymanager displaymanagerver bidfloorcur'),
    ...plains('number', 'instl bidfloor clickbrowser secure rwdd ssai exp dt'),
    ...lists('iframebuster'),
    metric: list(object({ type: plain('text'), value: plain('number'), vendor: plain('text') })),
    banner: BANNER,
    video: VIDEO,
    audio: VIDEO,
    native: object(
      { request: jsonText(object({ native: object(NATIVE), ...NATIVE })), ver: plain('word'), ...numbers('api battr') },
      { keep: true },
    ),
    pmp: object({
      private_auction: plain('number'),
      deals: list(
        object({
          id: plain('text'),
          ...plains('number', 'bidfloor at guar mincpmpersec'),
          bidfloorcur: plain('word'),
          ...lists('wseat wadomain'),
          durfloors: DURATION_FLOORS,
        }),
      ),
    }),
    refresh: object({ refsettings: list(object(plains('number', 'reftype minint'))), count: plain('number') }),
    qty: object({ multiplier: plain('number'), sourcetype: plain('number'), vendor: plain('text') }),
    // A transaction is one attempt to show an ad, so the policy for the event's own id applies to its ids.
    ext: object({ tid: value('message_id', { pseudonym: true }), gpid: plain('text'), skadn: SKADN }),
  },
  { keep: true },
)

const SENDER = object(plains('text', 'id name domain'))
/** A publisher or producer. */
const PUBLISHER = object({ ...plains('text', 'id name domain'), cattax: plain('number'), ...lists('cat') })
const KEYWORDS = { keywords: plain('keywords'), kwarray: list(plain('keywords')) }
const CONTENT = object({
  ...plains('text', 'id title series season artist genre album isrc contentrating userrating language langb'),
  url: plain('url'),
  ...plains(
    'number',
    'episode gtax prodq context qagmediarating livestream sourcerelationship len embeddable cattax realtime firstbroadcast',
  ),
  ...lists('cat genres'),
  ...KEYWORDS,
  producer: PUBLISHER,
  network: SENDER,
  channel: SENDER,
  // Classification of the content by its providers; the same object under `user.data` is about the user.
  data: list(
    object({
      ...plains('text', 'id name'),
      ...lists('cids'),
      segment: list(object(plains('text', 'id name value'))),
    }),
  ),
})
const INVENTORY = { publisher: PUBLISHER, content: CONTENT, ...KEYWORDS, inventorypartnerdomain: plain('text') }
export const APP = object({
  ...plains('text', 'id name bundle domain storeid ver'),
  storeurl: plain('store_url'),
  ...plains('number', 'privacypolicy paid cattax'),
  ...lists('cat sectioncat pagecat'),
  ...INVENTORY,
})
export const SITE = object({
  ...plains('text', 'id name domain'),
  ...plains('number', 'mobile privacypolicy cattax'),
  ...lists('cat sectioncat pagecat'),
  ...INVENTORY,
})
export const DOOH = object({
  ...plains('text', 'id name domain'),
  venuetype: list(plain('text'), { orOne: true }),
  venuetypetax: plain('number'),
  ...KEYWORDS,
  publisher: PUBLISHER,
  content: CONTENT,
})
