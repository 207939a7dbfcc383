/**
 * A bid request of an SDK's own, place by place: 2.6 and, under `ext`, 2.5. `lmt`, `dnt`, `atts`, `us_privacy`, `gpc` and
 * `coppa` say what was enforced; consent strings stay. Hashed device ids (`didsha1`, …) never pass, nor what `ext` holds.
 */
import type { FlagContext, RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'
import { consent, flag, jsonText, list, NOTHING, object, ours, plain, plains, value, values } from '../relay-map.ts'
import { isRestricted } from '../restricted.ts'
import type { OpenRtbConnection } from './connection.ts'

const ATT_DENIED = 2
const WIFI = 2
const CELLULAR = 3
const US_OPTED_OUT = '1YYN'

export function openRtbMap({ url, version }: OpenRtbConnection): RelayMap {
  const { origin, pathname, searchParams } = new URL(url)
  const route: RelayRoute = {
    method: 'POST',
    path: pathname,
    to: pathname,
    body: 'json',
    query: object(Object.fromEntries([...searchParams].map(([name, text]) => [name, ours(text)]))),
    headers: object({ 'x-openrtb-version': ours(version) }),
    content: bidRequest(version),
  }
  return {
    origin,
    routes: [route],
    // No bid.
    withheld: { status: 204, body: '' },
    deadlineMs: (content) => {
      const tmax = typeof content === 'object' && content !== null && 'tmax' in content ? content.tmax : undefined
      return typeof tmax === 'number' && tmax > 0 ? tmax : undefined
    },
  }
}

function bidRequest(version: OpenRtbConnection['version']): RelayNode {
  return object({
    id: plain('text'),
    ...plains('number', 'at tmax test allimps cattax'),
    ...lists('cur wseat bseat wlang wlangb bcat badv bapp acat'),
    imp: list(IMPRESSION),
    app: APP,
    site: SITE,
    source: SOURCE,
    device: DEVICE,
    user: USER,
    regs: regs(version),
    ext: NOTHING,
  })
}

/** Lists of words and numbers that say nothing of a person. */
function lists(names: string): Readonly<Record<string, RelayNode>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, list(plain('text'))]))
}
function numbers(names: string): Readonly<Record<string, RelayNode>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, list(plain('number'))]))
}

const VIDEO = object(
  {
    ...lists('mimes'),
    ...plains(
      'number',
      'minduration maxduration startdelay maxseq poddur podid podseq mincpmpersec slotinpod w h placement plcmt linearity skip skipmin skipafter sequence maxextended minbitrate maxbitrate boxingallowed playbackend pos',
    ),
    ...numbers('protocols rqddurs battr playbackmethod delivery api companiontype feed nvol'),
    stitched: plain('number'),
  },
  { keep: true },
)
const SIZE = object(plains('number', 'w h wratio hratio wmin'))
const NATIVE_ASSET = object({
  ...plains('number', 'id required'),
  title: object(plains('number', 'len'), { keep: true }),
  img: object({ ...plains('number', 'type w h wmin hmin'), ...lists('mimes') }, { keep: true }),
  video: VIDEO,
  data: object(plains('number', 'type len'), { keep: true }),
})
const NATIVE = {
  ver: plain('word'),
  ...plains('number', 'context contextsubtype plcmttype plcmtcnt seq aurlsupport durlsupport privacy'),
  assets: list(NATIVE_ASSET),
  eventtrackers: list(object({ event: plain('number'), ...numbers('methods') })),
}
const SKADN = object({
  ...plains('word', 'version sourceapp'),
  ...lists('versions skadnetids'),
  skoverlay: plain('number'),
  productpage: plain('number'),
})
const IMPRESSION = object(
  {
    id: plain('text'),
    tagid: plain('text'),
    ...plains('text', 'displaymanager displaymanagerver bidfloorcur'),
    ...plains('number', 'instl bidfloor clickbrowser secure rwdd ssai exp dt'),
    ...lists('iframebuster'),
    metric: list(object({ type: plain('text'), value: plain('number'), vendor: plain('text') })),
    banner: object(
      {
        id: plain('text'),
        ...plains('number', 'w h pos topframe vcm wmax hmax wmin hmin'),
        ...numbers('btype battr api expdir'),
        ...lists('mimes'),
        format: list(SIZE),
      },
      { keep: true },
    ),
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
          ...plains('number', 'bidfloor at'),
          bidfloorcur: plain('word'),
          ...lists('wseat wadomain'),
        }),
      ),
    }),
    qty: object({ multiplier: plain('number'), sourcetype: plain('number'), vendor: plain('text') }),
    // One transaction is one try to show an advertisement: the policy for the event's own id counts for its ids.
    ext: object({ tid: value('message_id', { pseudonym: true }), gpid: plain('text'), skadn: SKADN }),
  },
  { keep: true },
)

const PUBLISHER = object({ ...plains('text', 'id name domain'), ...lists('cat') })
const CONTENT = object({
  ...plains('text', 'id genre album isrc contentrating userrating language langb'),
  ...plains('number', 'episode prodq context qagmediarating livestream sourcerelationship len embeddable cattax'),
  ...lists('cat'),
})
const APP = object({
  ...plains('text', 'id name bundle domain storeid ver'),
  storeurl: plain('url'),
  ...plains('number', 'privacypolicy paid cattax'),
  ...lists('cat sectioncat pagecat'),
  publisher: PUBLISHER,
  content: CONTENT,
})
const SITE = object({
  ...plains('text', 'id name domain'),
  ...plains('number', 'mobile privacypolicy cattax'),
  ...lists('cat sectioncat pagecat'),
  publisher: PUBLISHER,
  content: CONTENT,
})
const SCHAIN = object({
  complete: plain('number'),
  ver: plain('word'),
  nodes: list(
    object({
      ...plains('text', 'asi sid name domain'),
      hp: plain('number'),
      rid: value('message_id', { pseudonym: true }),
    }),
  ),
})
const SOURCE = object({
  fd: plain('number'),
  tid: value('message_id', { pseudonym: true }),
  pchain: plain('text'),
  schain: SCHAIN,
  ext: object({ schain: SCHAIN, ...plains('word', 'omidpn omidpv') }),
})

/**
 * Location types that are no look-up of the address: 1, the device's own fix, and 3, said by the person. 2 is one; so is
 * whatever else stands there, or names a look-up service. Without either, nothing says that it is one.
 */
const OWN_PLACE: ReadonlySet<string> = new Set(['1', '3'])
/** One object in two places, by one decision. */
const GEO = object(
  {
    country: value('place', { place: 'country', signal: 'country' }),
    region: value('place', { place: 'region' }),
    regionfips104: value('place', { place: 'region' }),
    metro: value('place', { place: 'metro' }),
    city: value('place', { place: 'city' }),
    zip: value('place', { place: 'postal' }),
  },
  {
    position: { latitude: 'lat', longitude: 'lon', quality: ['type', 'accuracy', 'lastfix', 'ipservice'] },
    isFromIp: ({ type, ipservice }) => ipservice !== undefined || (type !== undefined && !OWN_PLACE.has(String(type))),
  },
)

const BRANDS = object({ brand: value('user_agent'), version: list(value('user_agent')) })
const DEVICE = object({
  ua: value('user_agent', { reduce: 'agent' }),
  sua: object({
    browsers: list(BRANDS),
    platform: BRANDS,
    ...values('user_agent', 'mobile architecture bitness model source'),
  }),
  ip: value('ip', { ip: 4 }),
  ipv6: value('ip', { ip: 6 }),
  geo: GEO,
  make: value('device', { reduce: 'maker' }),
  ...values('device', 'devicetype model hwv h w ppi pxratio'),
  os: value('os', { reduce: 'os_name', signal: 'os' }),
  osv: value('os', { reduce: 'os_version', signal: 'os_version' }),
  carrier: value('carrier', { reduce: 'carrier' }),
  mccmnc: value('carrier'),
  connectiontype: value('network', { reduce: wifiOrCellular }),
  language: value('locale', { reduce: 'language' }),
  langb: value('locale', { reduce: 'language' }),
  js: plain('number'),
  ifa: value('advertising_id'),
  ...values('hardware_id', 'didsha1 didmd5 dpidsha1 dpidmd5 macsha1 macmd5'),
  dnt: flag(({ flags, given }) => (isRestricted(flags) ? 1 : given), 'dnt'),
  lmt: flag(limitOf, 'lmt'),
  ext: object({ ifv: value('vendor_id'), atts: flag(attOf, 'att') }),
})

/** Whose ids they are says as much as that there are some: it goes with them. */
const EIDS = list(
  object({
    uids: list(object({ ...values('partner_id', 'id atype') })),
    ...values('partner_id', 'source inserter matcher mm'),
  }),
)
const USER = object({
  id: value('user_id', { pseudonym: true }),
  buyeruid: value('partner_id'),
  yob: value('birth_date'),
  gender: value('gender'),
  geo: GEO,
  eids: EIDS,
  consent: consent('tcf'),
  ext: object({
    consent: consent('tcf'),
    eids: EIDS,
    ConsentedProvidersSettings: object({ consented_providers: consent('addtl_consent') }),
  }),
})

function regs(version: OpenRtbConnection['version']): RelayNode {
  const here = flag(usPrivacyOf(true), 'us_privacy')
  const there = flag(usPrivacyOf(false), 'us_privacy')
  return object({
    coppa: flag(({ flags, given }) => (flags.contextual === true ? 1 : given), 'coppa'),
    gdpr: consent('gdpr_applies'),
    us_privacy: version === '2.6' ? here : there,
    gpp: consent('gpp'),
    gpp_sid: consent('gpp_sid'),
    ext: object({
      gdpr: consent('gdpr_applies'),
      us_privacy: version === '2.6' ? there : here,
      gpp: consent('gpp'),
      gpp_sid: consent('gpp_sid'),
      gpc: flag(({ flags, given }) => (flags.gpc ? '1' : given), 'gpc'),
    }),
  })
}

/** An opt-out that was received stays as it is; a restriction from elsewhere is said where the version has its place. */
function usPrivacyOf(isOwnPlace: boolean): (context: FlagContext) => string | undefined {
  return ({ flags, given }) => {
    const received = typeof given === 'string' && /^[0-9][YNyn-]{3}$/.test(given) ? given : undefined
    if (!isRestricted(flags)) return received
    if (received !== undefined) return /^..[Yy]/.test(received) ? received : US_OPTED_OUT
    return isOwnPlace ? US_OPTED_OUT : undefined
  }
}

/** "No limit" is said only where it was received, or beside the id that shows it. */
function limitOf({ flags, given, passed }: FlagContext): FlagContext['given'] {
  if (isRestricted(flags)) return 1
  return given ?? (passed('advertising_id') ? 0 : undefined)
}

function attOf({ flags, given, app }: FlagContext): FlagContext['given'] {
  if (!isRestricted(flags)) return given
  return given !== undefined || app.platform === 'ios' ? ATT_DENIED : undefined
}

/** 2 is Wi-Fi, 3 to 7 are cellular; others are not told apart. */
function wifiOrCellular(type: string | number): number | undefined {
  const number = Number(type)
  return number === WIFI ? WIFI : number >= CELLULAR && number <= 7 ? CELLULAR : undefined
}
