/**
 * Example events of fictitious users, each demonstrating one rule. Values are invented or from example ranges (RFC 5737,
 * RFC 2606), so they are safe to show.
 */
import type { Json, JsonObject } from '../model/brand.ts'
import { NO_STATE, type SupposedState } from './state.ts'

export interface Persona {
  readonly id: string
  /** Description, one line. */
  readonly about: string
  readonly platform: 'ios' | 'android'
  readonly headers: { readonly 'sec-gpc'?: string }
  readonly state: SupposedState
  readonly context: JsonObject
}

const IPHONE: JsonObject = {
  device: {
    id: '3A5C9D1E-7F20-4B6A-8C3D-9E1F2A4B6C8D',
    advertisingId: '6D92078A-8246-4BA4-AE5B-76104861E7DC',
    adTrackingEnabled: true,
    attTrackingStatus: 3,
    manufacturer: 'Apple',
    model: 'iPhone15,2',
    name: "Robin's iPhone",
    token: '740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad',
    type: 'ios',
  },
  os: { name: 'iOS', version: '17.5' },
  screen: { width: 390, height: 844, density: 3 },
}
const PIXEL: JsonObject = {
  device: {
    id: 'b4c1f0a2d3e59687',
    advertisingId: '7a1f3c5e-2b4d-4f6a-9c8e-1d3b5f7a9c2e',
    adTrackingEnabled: true,
    manufacturer: 'Google',
    model: 'Pixel 8',
    type: 'android',
  },
  os: { name: 'Android', version: '15' },
  screen: { width: 412, height: 915, density: 2.6 },
}
const EVERYWHERE: JsonObject = {
  app: { name: 'Messenger', version: '9.1.0', build: '910' },
  ip: '203.0.113.77',
  locale: 'en-US',
  network: { carrier: 'ExampleTel', cellular: true, wifi: false },
  timezone: 'America/Los_Angeles',
  traits: { email: 'robin@mail.example', phone: '+12025550123', firstName: 'Robin', lastName: 'Example' },
  userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15',
}
const SACRAMENTO: JsonObject = {
  country: 'US',
  region: 'CA',
  city: 'Sacramento',
  latitude: 38.58157,
  longitude: -121.4944,
}
const BERLIN: JsonObject = { country: 'DE', city: 'Berlin', latitude: 52.52437, longitude: 13.41053 }

type Part = Partial<Pick<Persona, 'platform' | 'headers' | 'state'>> & {
  readonly device?: JsonObject
  readonly location?: JsonObject | undefined
}

function persona(id: string, about: string, part: Part = {}): Persona {
  const { platform = 'ios', headers = {}, state = NO_STATE, device = {} } = part
  const own = platform === 'ios' ? IPHONE : PIXEL
  const location = 'location' in part ? part.location : SACRAMENTO
  const context: JsonObject = {
    ...EVERYWHERE,
    ...own,
    device: { ...(own.device as JsonObject), ...device },
    ...(location === undefined ? {} : { location }),
  }
  return { id, about, platform, headers, state, context }
}

export const PERSONAS: readonly Persona[] = [
  persona('ios-allowed', 'iPhone in California, tracking allowed, nothing chosen'),
  persona('ios-refused', 'iPhone in California, tracking refused when asked (ATT)', {
    device: { attTrackingStatus: 2 },
  }),
  persona('android', 'Android phone in California, nothing limited', { platform: 'android' }),
  persona('android-limited', 'Android phone whose owner deleted the advertising id', {
    platform: 'android',
    device: { advertisingId: '00000000-0000-0000-0000-000000000000', adTrackingEnabled: false },
  }),
  persona('opted-out', 'iPhone in California, opted out with us', { state: { ...NO_STATE, choice: 'opted_out' } }),
  persona('gpc', 'iPhone in California, sends Global Privacy Control', { headers: { 'sec-gpc': '1' } }),
  persona('teen', 'fifteen years old, iPhone in California', { state: { ...NO_STATE, age: 15 } }),
  persona('child', 'eleven years old, iPhone in California', { state: { ...NO_STATE, age: 11 } }),
  persona('eu-no-consent', 'iPhone in Berlin, no consent string', { location: BERLIN }),
  persona('nowhere', 'iPhone, nobody knows where', { location: undefined }),
]

/**
 * The event of a persona. `eventKey` as in contracts; `paths` are the properties that contracts list for it, each given a value,
 * so that none is missing only because of the example.
 */
export function personaEvent({ context }: Persona, eventKey: string, paths: readonly string[]): JsonObject {
  const properties: Record<string, unknown> = {}
  const traits: Record<string, unknown> = {}
  for (const path of paths) {
    if (path.startsWith('traits.')) place(traits, path.slice('traits.'.length).split('.'), sampleFor(path))
    else place(properties, path.replace(/^properties\./, '').split('.'), sampleFor(path))
  }
  const call = eventKey.startsWith('@') ? { type: eventKey.slice(1) } : { type: 'track', event: eventKey }
  return {
    ...call,
    messageId: 'simulated-0001',
    userId: 'u-robin',
    anonymousId: '0f6e2b7a-4c1d-4e8b-9a3f-5d7c9b1e3f20',
    properties: { ...(properties as JsonObject), note: 'no contract names this' },
    ...(Object.keys(traits).length > 0 ? { traits: traits as JsonObject } : {}),
    integrations: { AppsFlyer: { appsFlyerId: '1700000000000-1234567890123456789' } },
    context,
  }
}

function sampleFor(path: string): Json {
  if (/revenue|value|price|total|amount|quantity/i.test(path)) return 6.5
  if (/currency/i.test(path)) return 'USD'
  return 'sample'
}

function place(holder: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: Json): void {
  const isList = step.endsWith('[]')
  const key = isList ? step.slice(0, -2) : step
  if (rest.length === 0) {
    holder[key] = isList ? [value] : value
    return
  }
  const known = holder[key]
  const inner = (Array.isArray(known) ? known[0] : known) as Record<string, unknown> | undefined
  const next = typeof inner === 'object' ? inner : {}
  holder[key] = isList ? [next] : next
  place(next, rest, value)
}
