/**
 * Macro names used in the industry's postbacks, and the value of each; docs/partners/pixel.md lists them with their sources. A
 * withheld, missing or unknown value is empty.
 */
import { hash } from 'node:crypto'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import { isRestricted } from '../kit/restricted.ts'

export type Macro = (view: View, flags: PrivacyFlags) => string | number | boolean | undefined
type Group = readonly [names: readonly string[], macro: Macro]

const idOf =
  (...kinds: readonly string[]): Macro =>
  (view) =>
    kinds.includes(kindOf(view) ?? '') ? view.advertising_id?.id : undefined
/** A hash of an id is the id: it is filled only if the id itself passes. It hashes exactly the text of the plain macro. */
const hashed =
  (algorithm: 'md5' | 'sha1', macro: Macro): Macro =>
  (view, flags) => {
    const value = macro(view, flags)
    return value === undefined ? undefined : hash(algorithm, String(value), 'hex')
  }
const property =
  (name: string): Macro =>
  ({ property: properties }) => {
    const value = properties?.[name]
    return typeof value === 'object' ? undefined : value
  }
const ownProperty = (name: string): Group => [[name], property(name.toLowerCase())]

const idfa = idOf('idfa')
const aaid = idOf('aaid')
const anyId: Macro = ({ advertising_id }) => advertising_id?.id
const androidId: Macro = ({ device_id }) => device_id
const nothing: Macro = () => undefined

/** Upper-case names without brackets → their values. */
const GROUPS: readonly Group[] = [
  [['IDFA', 'MT_IDFA', 'IOSIDFA', 'IOS_IFA'], idfa],
  [['GAID', 'MT_GAID', 'GOOGLE_AID', 'GPS_ADID', 'AIFA', 'ADVERTISING_ID'], aaid],
  [['OAID'], idOf('oaid')],
  [['DEVICE_ID', 'DEVICEID', 'MT_IDFA_OR_GAID', 'MAID', 'IFA', 'ADVERTISING_IDENTIFIER_PLAIN'], anyId],
  [['IDFA_MD5'], hashed('md5', idfa)],
  [['IDFA_SHA1'], hashed('sha1', idfa)],
  [['GAID_MD5'], hashed('md5', aaid)],
  [['GAID_SHA1'], hashed('sha1', aaid)],
  [['ID_TYPE', 'ADVERTISING_ID_TYPE'], (view) => kindOf(view)],
  [['ANDROID_ID', 'ANDROIDID'], androidId],
  [['ANDROID_ID_MD5'], hashed('md5', androidId)],
  [['IDFV', 'MT_IDFV', 'ASID'], ({ vendor_id }) => vendor_id],
  [['USER_ID', 'CUSTOMER_USER_ID'], ({ user_id }) => user_id],
  [['CLICK_ID', 'CLICKID', 'AFF_CLICK_ID'], ({ click_id }) => click_id?.click_id],
  [['GCLID'], ({ click_id }) => click_id?.gclid],
  [['TRANSACTION_ID', 'MESSAGE_ID'], ({ message_id }) => message_id],
  [['IP', 'SOURCE_IP', 'INSTALL_IP', 'CLICK_IP', 'DEVICE_IP', 'IP_ADDRESS', 'DEVICEIP'], ({ ip }) => ip],
  [['USER_AGENT', 'CLICK_USER_AGENT', 'UA', 'USERAGENT', 'DEVICEUA'], ({ user_agent }) => user_agent],
  [['GEO', 'COUNTRY', 'COUNTRY_CODE'], ({ place }) => place?.country],
  [['REGION'], ({ place }) => place?.region],
  [['CITY'], ({ place }) => place?.city],
  [['POSTAL_CODE'], ({ place }) => place?.postal],
  [['LATITUDE'], ({ coordinates }) => coordinates?.latitude],
  [['LONGITUDE'], ({ coordinates }) => coordinates?.longitude],
  [['LATLONG'], ({ coordinates }) => coordinates && `${coordinates.latitude},${coordinates.longitude}`],
  [['DEVICE_MODEL'], ({ device }) => device?.model],
  [['DEVICE_BRAND'], ({ device }) => device?.manufacturer],
  // Exactly as in the view: another spelling could look like a different, withheld value.
  [['OS'], ({ os }) => os?.name],
  [['OS_VERSION'], ({ os }) => os?.version],
  [['LANGUAGE', 'DEVICE_LANGUAGE'], ({ locale }) => locale],
  [['CARRIER'], ({ carrier }) => carrier],
  [['CONNECTION_TYPE'], ({ network }) => (network?.wifi ? 'wifi' : network?.cellular ? 'cellular' : undefined)],
  [['TIMESTAMP'], ({ time }) => (time === undefined ? undefined : Math.floor(Date.parse(time) / 1_000))],
  [['EVENT_NAME', 'EVENT'], ({ event }) => event],
  [['PLATFORM'], ({ app }) => app.platform],
  [['APP_NAME'], ({ app }) => app.id],
  [['BUNDLE_ID'], ({ app }) => app.bundle],
  // From the contract's property with the macro's own name, in lower case.
  ...['REVENUE', 'CURRENCY', 'COST', 'COST_CURRENCY', 'CLICK_TIME', 'INSTALL_TIME', 'INSTALL_TIME_UNIX'].map(
    ownProperty,
  ),
  ...['APP_VERSION', 'SDK_VERSION', 'P1', 'P2', 'P3', 'P4', 'P5'].map(ownProperty),
  ...['SUB1', 'SUB2', 'SUB3', 'SUB4', 'SUB5', 'SUB6', 'SUB7', 'SUB8', 'SUB9', 'SUB10'].map(ownProperty),
  // Never leaves, has no kind here, or would need a random number or a consent string: always empty.
  [['IMEI', 'WINDOWS_AID', 'CACHEBUSTER', 'CACHEBUSTING'], nothing],
  [['REGULATIONS', 'GDPRCONSENT', 'GDPR', 'GPP_SID'], nothing],
]

/** Macros that signal every restriction: a template with one of them may be sent for restricted users. */
const limitAdTracking: Macro = (_view, flags) => (isRestricted(flags) ? 1 : 0)
const PRIVACY_GROUPS: readonly Group[] = [
  [['LIMIT_AD_TRACKING', 'IS_LAT', 'DNT', 'LIMITADTRACKING', 'ADVERTISING_IDENTIFIER_IS_LAT'], limitAdTracking],
  [['TRACKING_ENABLED'], (_view, flags) => (isRestricted(flags) ? 0 : 1)],
  // ATT 2 is "denied". Without a restriction nothing is claimed: the device's answer is unknown here.
  [['ATT_STATUS'], (_view, flags) => (isRestricted(flags) ? 2 : undefined)],
  // "Notice given, sale opted out": the string's only way to express a restriction.
  [['US_PRIVACY'], (_view, flags) => (isRestricted(flags) ? '1YYN' : undefined)],
]

/** Consent strings for one vendor: `${GDPR_CONSENT_123}`. Not supported yet, so always empty. */
const PER_VENDOR = /^(GDPR_CONSENT|GPP_STRING)_\d{1,5}$/

/** Names with two meanings in practice: the operator must choose. */
const AMBIGUOUS: Readonly<Record<string, Readonly<Record<string, Macro>>>> = {
  LAT: { limit_ad_tracking: limitAdTracking, latitude: ({ coordinates }) => coordinates?.latitude },
  ADID: { advertising_id: anyId, adjust_id: ({ partner_id }) => partner_id?.adid },
}

export type FoundMacro =
  | { readonly kind: 'macro'; readonly fill: Macro; readonly signalsRestriction: boolean }
  /** `meanings` are the values that the connection may set under the macro's own name. */
  | { readonly kind: 'ambiguous'; readonly meanings: readonly string[] }
  | { readonly kind: 'unknown' }

/** @param meaning the connection's choice for an ambiguous name */
export function findMacro(name: string, meaning: string | undefined): FoundMacro {
  const upper = name.toUpperCase()
  const meanings = AMBIGUOUS[upper]
  if (meanings !== undefined) {
    const fill = meaning === undefined ? undefined : meanings[meaning]
    if (fill === undefined) return { kind: 'ambiguous', meanings: Object.keys(meanings) }
    return { kind: 'macro', fill, signalsRestriction: fill === limitAdTracking }
  }
  const privacy = PRIVACY_GROUPS.find(([names]) => names.includes(upper))
  const group = privacy ?? GROUPS.find(([names]) => names.includes(upper))
  if (group !== undefined) return { kind: 'macro', fill: group[1], signalsRestriction: privacy !== undefined }
  return PER_VENDOR.test(upper) ? { kind: 'macro', fill: nothing, signalsRestriction: false } : { kind: 'unknown' }
}

/** Every name, in lower case. */
export function macroNames(): readonly string[] {
  const listed = [...GROUPS, ...PRIVACY_GROUPS].flatMap(([names]) => names)
  return [...listed, ...Object.keys(AMBIGUOUS)].map((name) => name.toLowerCase())
}

function kindOf(view: View): string | undefined {
  return advertisingIdKind(view, view.app.platform)
}
