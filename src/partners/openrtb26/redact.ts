/**
 * Bid requests from SDKs: 2.6 and, under `ext`, 2.5. `lmt`, `dnt`, `atts`, `us_privacy`, `gpc` and `coppa` state what was
 * enforced; consent strings pass. Hashed device ids (`didsha1`, …) and unlisted members of `ext` never do.
 */
import type { Json } from '../../model/brand.ts'
import type { FlagContext, RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'
import { attNumber, switchOf } from '../kit/relay-flags.ts'
import { consent, flag, list, NOTHING, object, ours, plain, plains, value, values } from '../kit/relay-map.ts'
import { isRestricted } from '../kit/restricted.ts'
import type { OpenRtbConnection } from './connection.ts'
import { APP, DOOH, IMPRESSION, lists, numbers, SITE } from './inventory.ts'

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
    dooh: DOOH,
    source: SOURCE,
    device: DEVICE,
    user: USER,
    regs: regs(version),
    ext: NOTHING,
  })
}

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
 * Location types not derived from the IP address: 1, the device's own fix, and 3, entered by the user. Type 2, an unknown type
 * and a named look-up service mean derived; without either the place counts as the user's own.
 */
const OWN_PLACE: ReadonlySet<string> = new Set(['1', '3'])
/** One object in two places, under one decision. */
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
  ...plains('number', 'js geofetch'),
  flashver: value('user_agent'),
  ifa: value('advertising_id'),
  ...values('hardware_id', 'didsha1 didmd5 dpidsha1 dpidmd5 macsha1 macmd5'),
  dnt: flag(({ flags, given }) => (isRestricted(flags) ? 1 : switchNumber(given)), 'dnt'),
  lmt: flag(limitOf, 'lmt'),
  ext: object({ ifv: value('vendor_id'), atts: flag(attOf, 'att') }),
})

/**
 * The issuer of ids reveals their existence, so it passes with them. Domains are public: by section 3.2.27 the inserter is the
 * domain in the site or app object.
 */
const EIDS = list(
  object({
    uids: list(object({ id: value('partner_id'), ...values('partner_id', 'atype', { isPublic: true }) })),
    ...values('partner_id', 'source inserter matcher mm', { isPublic: true }),
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

/** Transparency information under the Digital Services Act (IAB Tech Lab, DSA transparency extension). */
const DSA = object({
  ...plains('number', 'dsarequired pubrender datatopub'),
  transparency: list(object({ domain: plain('text'), ...numbers('dsaparams params') })),
})

function regs(version: OpenRtbConnection['version']): RelayNode {
  const here = flag(usPrivacyOf(true), 'us_privacy')
  const there = flag(usPrivacyOf(false), 'us_privacy')
  return object({
    coppa: flag(({ flags, given }) => (flags.contextual === true ? 1 : switchNumber(given)), 'coppa'),
    gdpr: consent('gdpr_applies', switchNumber),
    us_privacy: version === '2.6' ? here : there,
    gpp: consent('gpp', trimmed),
    gpp_sid: consent('gpp_sid', sectionIds),
    ext: object({
      gdpr: consent('gdpr_applies', switchNumber),
      us_privacy: version === '2.6' ? there : here,
      gpp: consent('gpp', trimmed),
      gpp_sid: consent('gpp_sid', sectionIds),
      gpc: flag(({ flags, given }) => (flags.gpc ? '1' : switchNumber(given)?.toString()), 'gpc'),
      dsa: DSA,
    }),
  })
}

/** A received opt-out is kept; any other restriction is written if the version has a place for it. */
function usPrivacyOf(isOwnPlace: boolean): (context: FlagContext) => string | undefined {
  return ({ flags, given }) => {
    const received = typeof given === 'string' && /^[0-9][YNyn-]{3}$/.test(given) ? given : undefined
    if (!isRestricted(flags)) return received
    if (received !== undefined) return /^..[Yy]/.test(received) ? received.toUpperCase() : US_OPTED_OUT
    return isOwnPlace ? US_OPTED_OUT : undefined
  }
}

/** "No limit" is sent only if received, or together with the id that proves it. */
function limitOf({ flags, given, passed }: FlagContext): FlagContext['given'] {
  if (isRestricted(flags)) return 1
  return switchNumber(given) ?? (passed('advertising_id') ? 0 : undefined)
}

function attOf({ flags, given, app }: FlagContext): FlagContext['given'] {
  if (!isRestricted(flags)) return attOfBid(given)
  return given !== undefined || app.platform === 'ios' ? ATT_DENIED : undefined
}

/** A status by number or name, as the extension's number. */
function attOfBid(given: Json | undefined): number | undefined {
  const text = String(given ?? '').trim()
  return /^[0-3]$/.test(text) ? Number(text) : attNumber(text)
}

/** A switch as the specification's integer. */
function switchNumber(given: Json | undefined): number | undefined {
  const on = switchOf(given)
  return on === undefined ? undefined : on ? 1 : 0
}

function trimmed(given: Json): Json {
  return typeof given === 'string' ? given.trim() : given
}

/** Section ids as integers, from numbers, texts or one text with several. */
function sectionIds(given: Json): Json | undefined {
  const parts = Array.isArray(given) ? given : String(given).split(/[,_]/)
  const ids = parts.map((part) => String(part).trim()).filter((text) => /^(?:-1|\d{1,5})$/.test(text))
  return ids.length === 0 ? undefined : ids.map(Number)
}

/** 2 is Wi-Fi, 3 to 7 are cellular; others are dropped. */
function wifiOrCellular(type: string | number): number | undefined {
  const number = Number(type)
  return number === WIFI ? WIFI : number >= CELLULAR && number <= 7 ? CELLULAR : undefined
}
