/** What an encoder writes of its own accord, such as `att_status=2`, found by trying: all that items of two views without a common value share. */
import type { Json } from '../../src/model/brand.ts'
import type { PrivacyFlags } from '../../src/model/decision.ts'
import type { AdvertisingIdKind, View } from '../../src/model/values.ts'
import type { Encoder } from '../../src/partners/kit/type.ts'

const KINDS: readonly AdvertisingIdKind[] = ['idfa', 'aaid', 'oaid', 'amazon', 'unknown']
const VARIANTS: readonly ((view: View, mark: string) => View)[] = [
  (view) => ({ ...view, network: { wifi: true } }),
  (view, mark) => ({ ...view, network: { cellular: true }, click_id: { gbraid: `gbraid-${mark}` } }),
  // Of a system that nobody names, the app's platform may tell.
  ({ os: _, ...view }) => view,
]
const PLATFORMS = ['ios', 'android', undefined] as const

/**
 * @param names of properties that change what is written beside them
 */
export function ownConstants(item: Encoder['item'], names: readonly string[] = []): readonly string[] {
  const constants = new Set<string>()
  const leaves = (view: View, flags: PrivacyFlags): ReadonlySet<string> => {
    const encoded = item(view, flags)
    return encoded.kind === 'item' ? leavesOf(encoded.bytes) : new Set()
  }
  for (const platform of PLATFORMS)
    for (const kind of KINDS)
      for (const restricts of [false, true])
        for (const variant of VARIANTS)
          for (const given of [names, []]) {
            const flags = flagsFor(restricts)
            const of = (mark: string, digit: number): View =>
              variant(fullView(mark, digit, kind, platform, given), mark)
            const other = leaves(of('b', 2), flags)
            for (const leaf of leaves(of('a', 1), flags)) if (other.has(leaf)) constants.add(leaf)
          }
  return [...constants]
}

function flagsFor(restricts: boolean): PrivacyFlags {
  return {
    restricted: restricts,
    sale: restricts,
    sharing: restricts,
    targetedAdvertising: restricts,
    deviceLimit: restricts,
    gpc: restricts,
  }
}

/**
 * Without e-mail, phone and name: their hashes are long, and some partners take little.
 * @param mark a hexadecimal letter
 * @param digit 1 to 9
 */
function fullView(
  mark: string,
  digit: number,
  kind: AdvertisingIdKind,
  platform: (typeof PLATFORMS)[number],
  names: readonly string[],
): View {
  const uuid = `${mark.repeat(8)}-${mark.repeat(4)}-4${mark.repeat(3)}-8${mark.repeat(3)}-${mark.repeat(12)}`
  const of = (what: string): string => `${what}-${mark}`
  return {
    event: of('event'),
    kind: 'track',
    app: { id: of('app'), bundle: of('bundle'), ...(platform === undefined ? {} : { platform }) },
    advertising_id: { id: uuid, kind },
    vendor_id: uuid.toUpperCase(),
    device_id: of('device'),
    user_id: of('user'),
    anonymous_id: of('anonymous'),
    push_token: of('push'),
    partner_id: Object.fromEntries(PARTNER_IDS.map((name) => [name, of(name)])),
    click_id: { click_id: of('click'), gclid: of('gclid') },
    message_id: of('message'),
    ip: `192.0.2.${digit}`,
    coordinates: { latitude: digit + 0.5, longitude: digit + 0.25 },
    place: { country: of('country'), region: of('region'), city: of('city'), postal: of('postal') },
    birth_date: `198${digit}-0${digit}-0${digit}`,
    gender: digit === 1 ? 'female' : 'male',
    user_agent: of('agent'),
    device: { manufacturer: of('maker'), model: of('model'), type: of('type'), width: 100 + digit },
    os: { name: of('os'), version: of('version') },
    locale: `${mark}${mark}-${of('locale')}`,
    timezone: of('timezone'),
    carrier: of('carrier'),
    time: `200${digit}-0${digit}-0${digit}T0${digit}:00:00.000Z`,
    url: `https://${mark}.example/`,
    referrer: `https://${mark}.example/r`,
    receipt: of('receipt'),
    property: Object.fromEntries(names.map((name, index) => [name, digit * 1_000 + index])),
  }
}
/** Ids without which some partners take no event. */
const PARTNER_IDS = ['appsflyer_id', 'adid', 'kochava_device_id', 'singular_device_id']

function leavesOf(bytes: string): ReadonlySet<string> {
  const leaves = new Set<string>()
  for (const [index, line] of bytes.split('\n').entries()) {
    if (line.startsWith('{')) addLeaves(JSON.parse(line) as Json, leaves)
    else if (index > 0) leaves.add(line.slice(line.indexOf(': ') + 2))
    else for (const [, value] of new URLSearchParams(line.slice(line.indexOf('?') + 1))) addText(value, leaves)
  }
  return leaves
}

function addLeaves(value: Json, leaves: Set<string>): void {
  if (typeof value === 'string') addText(value, leaves)
  else if (typeof value === 'number') leaves.add(String(value))
  else if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) addLeaves(inner, leaves)
}

/** JSON inside a text counts too. */
function addText(text: string, leaves: Set<string>): void {
  leaves.add(text)
  if (/^[{[]/.test(text) && !text.startsWith('{{')) addLeaves(JSON.parse(text) as Json, leaves)
}
