/**
 * The forwarders of the vectors: which of our types speaks to the same partner, how their settings read as a connection, and
 * where their API's places are in the version that we speak.
 */
import { at, textAt } from '../judgement.ts'
import type { PartnerVector } from './vectors.ts'

/** A place of theirs (list positions as `N`) → ours, and the rule by its name. */
export interface Move {
  readonly theirs: RegExp
  /** `$1` is what the pattern's group matched. */
  readonly ours: string
  readonly rule: string
}
export interface Forwarder {
  readonly type: string
  /** What may be wrong by our type's own checks is replaced by the second: a vector's settings are sometimes mere placeholders. */
  readonly connection: (vector: PartnerVector) => Readonly<Record<string, unknown>>
  readonly moves: readonly Move[]
  /** The partner's name of a property by its place, in their API; the pattern's group is the name. */
  readonly free: readonly (readonly [place: RegExp, name: string])[]
}

const KEY = { env: 'CONFORMANCE_KEY' }
const move = (theirs: RegExp, ours: string, rule: string): Move => ({ theirs, ours, rule })

const META_MOVES: readonly Move[] = [
  move(/^\/body\/form\/data\/N(.*)$/, '/body/json/data/N$1', 'meta: form fields of JSON → one JSON body'),
]
const META_FREE = [
  [/\/data\/N\/custom_data\/contents\/N\/(\w+)$/, 'contents[].$1'],
  [/\/data\/N\/custom_data\/(\w+)(?:\/N)?$/, '$1'],
] as const
const metaCapi = (dataset: (vector: PartnerVector) => unknown): Forwarder => ({
  type: 'meta_capi',
  connection: (vector) => ({
    dataset: dataset(vector),
    token: KEY,
    action_source: actionSourceOf(vector),
  }),
  moves: META_MOVES,
  free: META_FREE,
})

const TIKTOK_USER: readonly Move[] = [
  move(/^\/body\/json\/context\/user\/(external_id)$/, '/body/json/data/N/user/$1/N', 'tiktok pixel call → events 2.0'),
  move(
    /^\/body\/json\/context\/user\/phone_number$/,
    '/body/json/data/N/user/phone/N',
    'tiktok pixel call → events 2.0',
  ),
  move(/^\/body\/json\/context\/user\/email$/, '/body/json/data/N/user/email/N', 'tiktok pixel call → events 2.0'),
  move(
    /^\/body\/json\/context\/user\/emails\/N$/,
    '/body/json/data/N/user/email/N',
    'tiktok offline call → events 2.0',
  ),
  move(
    /^\/body\/json\/context\/user\/phone_numbers\/N$/,
    '/body/json/data/N/user/phone/N',
    'tiktok offline call → events 2.0',
  ),
  move(/^\/body\/json\/context\/(ip|user_agent)$/, '/body/json/data/N/user/$1', 'tiktok pixel call → events 2.0'),
  move(/^\/body\/json\/context\/ad\/(\w+)$/, '/body/json/data/N/ad/$1', 'tiktok pixel call → events 2.0'),
  move(/^\/body\/json\/context\/page\/(\w+)$/, '/body/json/data/N/page/$1', 'tiktok pixel call → events 2.0'),
  move(/^\/body\/json\/properties\/(.*)$/, '/body/json/data/N/properties/$1', 'tiktok pixel call → events 2.0'),
]
const TIKTOK_FREE = [
  [/\/properties\/contents\/N\/(\w+)$/, 'contents[].$1'],
  [/\/properties\/(\w+)$/, '$1'],
] as const
const tiktok = (event_source: 'app' | 'web' | 'offline', id: (vector: PartnerVector) => unknown): Forwarder => ({
  type: 'tiktok_events',
  connection: (vector) => ({ event_source, event_source_id: id(vector), token: KEY }),
  moves: TIKTOK_USER,
  free: TIKTOK_FREE,
})

const WEBHOOK = 'webhook: the event as it came → our JSON'
const SNAPCHAT = 'snapchat v2 flat body → v3 data list'

/** Named after the vectors' partners. Those that are not here have no type of ours: nothing of them is compared. */
export const FORWARDERS: Readonly<Record<string, Forwarder>> = {
  adjust: {
    type: 'adjust',
    connection: ({ destination_config: config }) => ({
      app_token: config.appToken,
      environment: config.environment === true ? 'production' : 'sandbox',
      send_as: 'query',
    }),
    moves: [],
    free: [[/^\/params\/(?:callback|partner)_params(?:\/(.+))?$/, '$1']],
  },
  appsflyer: {
    type: 'appsflyer',
    connection: ({ expected }) => ({
      app_id: /\/inappevent\/([^/?]+)/.exec(textAt(expected, 'url'))?.[1],
      key: KEY,
      origin: 'https://api2.appsflyer.com',
    }),
    moves: [],
    free: [[/^\/body\/json\/eventValue\/(.+)$/, '$1']],
  },
  branch: {
    type: 'branch',
    connection: () => ({ key: KEY }),
    moves: [],
    free: [
      [/^\/body\/json\/content_items\/N\/(.+)$/, 'content_items[].$1'],
      [/^\/body\/json\/(?:custom_data|event_data)\/(.+)$/, '$1'],
    ],
  },
  kochava: {
    type: 'kochava',
    connection: ({ destination_config: config, input }) => ({
      app_guid: config.apiKey,
      // Theirs sends the device's id, and the SDK's anonymous one where there is none.
      device_id: at(input, 'context', 'device', 'id') === undefined ? 'anonymous_id' : 'device',
      user_agent: 'plain',
    }),
    moves: [],
    free: [[/^\/body\/json\/data\/event_data\/(.+)$/, '$1']],
  },
  singular: {
    type: 'singular',
    connection: ({ destination_config: config }) => ({
      key: KEY,
      sessions: listAt(config, 'sessionEventList').map((one) => at(one, 'sessionEventName')),
    }),
    moves: [],
    free: [[/^\/params\/e\/(.+)$/, '$1']],
  },
  meta_app_events: {
    type: 'meta_app_events',
    connection: ({ destination_config: config }) => ({ app_id: config.appID }),
    moves: [],
    free: [[/^\/body\/form\/custom_events\/N\/(\w+)(?:\/N)?$/, '$1']],
  },
  meta_conversions_api: metaCapi(({ destination_config: config }) => config.pixelId),
  meta_conversions_api_v2: metaCapi(({ destination_config: config }) => at(config, 'settings', 'pixelId')),
  pinterest_conversions: {
    type: 'pinterest_capi',
    connection: ({ destination_config: config, input }) => ({
      ad_account: config.adAccountId ?? config.advertiserId,
      token: KEY,
      action_source: at(input, 'channel') === 'mobile' ? 'app' : 'web',
    }),
    moves: [
      move(/^\/body\/json\/(user_data\/.*)$/, '/body/json/data/N/$1', 'pinterest v3 flat body → v5 data list'),
      move(/^\/body\/json\/(custom_data\/.*)$/, '/body/json/data/N/$1', 'pinterest v3 flat body → v5 data list'),
      move(/^\/body\/json\/(\w+)$/, '/body/json/data/N/$1', 'pinterest v3 flat body → v5 data list'),
    ],
    free: [
      [/\/custom_data\/contents\/N\/(\w+)$/, 'contents[].$1'],
      [/\/custom_data\/(\w+)(?:\/N)?$/, '$1'],
    ],
  },
  reddit_conversions_api: {
    type: 'reddit_capi',
    connection: ({ destination_config: config, expected }) => ({
      pixel: at(config, 'settings', 'ad_account_id'),
      token: KEY,
      version: 'v2.0',
      // Reddit takes an address either way, and the forwarder sends what it was told.
      ip_address: /^[0-9a-f]{64}$/.test(textAt(expected, 'body', 'json', 'events', 0, 'user', 'ip_address'))
        ? 'hashed'
        : 'plain',
    }),
    moves: [],
    free: [[/\/event_metadata\/products\/N\/(\w+)$/, 'products[].$1']],
  },
  snapchat_capi: {
    type: 'snapchat_capi',
    connection: ({ destination_config: config }) => ({
      id: config.snapAppId ?? config.pixelId,
      token: KEY,
      action_source: config.snapAppId === undefined ? 'WEB' : 'MOBILE_APP',
      ...(config.appId === undefined ? {} : { app_id: config.appId }),
    }),
    moves: [
      move(/^\/body\/json\/hashed_email$/, '/body/json/data/N/user_data/em/N', 'snapchat v2 hashed_email → v3 em'),
      move(
        /^\/body\/json\/hashed_phone_number$/,
        '/body/json/data/N/user_data/ph/N',
        'snapchat v2 hashed_phone_number → v3 ph',
      ),
      move(
        /^\/body\/json\/hashed_mobile_ad_id$/,
        '/body/json/data/N/user_data/madid',
        'snapchat v2 hashed_mobile_ad_id → v3 madid, plain',
      ),
      move(
        /^\/body\/json\/hashed_idfv$/,
        '/body/json/data/N/user_data/idfv',
        'snapchat v2 hashed_idfv → v3 idfv, plain',
      ),
      move(
        /^\/body\/json\/hashed_ip_address$/,
        '/body/json/data/N/user_data/client_ip_address',
        'snapchat v2 hashed_ip_address → v3 client_ip_address, plain',
      ),
      move(
        /^\/body\/json\/user_agent$/,
        '/body/json/data/N/user_data/client_user_agent',
        'snapchat v2 user_agent → v3',
      ),
      move(/^\/body\/json\/page_url$/, '/body/json/data/N/event_source_url', 'snapchat v2 page_url → v3'),
      move(/^\/body\/json\/uuid_c1$/, '/body/json/data/N/user_data/sc_cookie1', 'snapchat v2 uuid_c1 → v3 sc_cookie1'),
      move(
        /^\/body\/json\/click_id$/,
        '/body/json/data/N/user_data/sc_click_id',
        'snapchat v2 click_id → v3 sc_click_id',
      ),
      move(/^\/body\/json\/(\w+)(?:\/N)?$/, '/body/json/data/N/custom_data/$1', SNAPCHAT),
    ],
    free: [[/^\/body\/json\/(?!hashed_)(\w+)(?:\/N)?$/, '$1']],
  },
  tiktok_app_events_2: tiktok('app', ({ destination_config: config }) => at(config, 'settings', 'appID')),
  tiktok_web_events_2: tiktok('web', ({ destination_config: config }) => at(config, 'settings', 'pixelCode')),
  tiktok_offline_events_2: tiktok('offline', ({ destination_config: config }) => at(config, 'settings', 'eventSetID')),
  tiktok_events_api: tiktok('web', ({ destination_config: config }) => config.pixelCode),
  tiktok_offline_events: tiktok('offline', ({ input }) => at(input, 'properties', 'eventSetId')),
  webhook_generic: {
    type: 'webhook',
    connection: ({ destination_config: config }) => ({
      // Ours sends by https alone.
      batch: false,
      url: String(config.webhookUrl).replace(/^http:/, 'https:'),
      method: config.webhookMethod === 'PUT' || config.webhookMethod === 'PATCH' ? config.webhookMethod : 'POST',
    }),
    moves: [
      move(/^\/body\/json\/(?:context\/traits\/)?anonymousId$/, '/body/json/user/anonymous_id', WEBHOOK),
      move(/^\/body\/json\/userId$/, '/body/json/user/id', WEBHOOK),
      move(/^\/body\/json\/context\/device\/id$/, '/body/json/device/id', WEBHOOK),
      move(/^\/body\/json\/context\/device\/advertisingId$/, '/body/json/advertising_id/id', WEBHOOK),
      move(/^\/body\/json\/context\/device\/token$/, '/body/json/device/push_token', WEBHOOK),
      move(/^\/body\/json\/context\/device\/(manufacturer|model|type)$/, '/body/json/device/$1', WEBHOOK),
      move(/^\/body\/json\/context\/network\/carrier$/, '/body/json/device/carrier', WEBHOOK),
      move(/^\/body\/json\/context\/os\/(name|version)$/, '/body/json/device/os/$1', WEBHOOK),
      move(/^\/body\/json\/context\/(locale|timezone)$/, '/body/json/device/$1', WEBHOOK),
      move(/^\/body\/json\/context\/userAgent$/, '/body/json/device/user_agent', WEBHOOK),
      move(/^\/body\/json\/(?:context\/ip|request_ip)$/, '/body/json/ip', WEBHOOK),
      move(/^\/body\/json\/context\/page\/(url|referrer)$/, '/body/json/$1', WEBHOOK),
      move(/^\/body\/json\/context\/location\/(\w+)$/, '/body/json/geo/$1', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/(?:address\/)?(city|country)$/, '/body/json/geo/$1', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/(?:address\/)?(?:state|region)$/, '/body/json/geo/region', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/(?:address\/)?(?:zip|postalCode)$/, '/body/json/geo/postal', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/(email|phone|gender)$/, '/body/json/user/$1', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/(?:firstName|firstname)$/, '/body/json/user/name/first', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/(?:lastName|lastname)$/, '/body/json/user/name/last', WEBHOOK),
      move(/^\/body\/json\/(?:context\/)?traits\/name$/, '/body/json/user/name/full', WEBHOOK),
    ],
    free: [[/^\/body\/json\/properties\/(.+)$/, '$1']],
  },
}

const ACTION_SOURCES = [
  'app',
  'website',
  'email',
  'phone_call',
  'chat',
  'physical_store',
  'system_generated',
  'other',
] as const

/** What the forwarder sent, and `website` where it sent none; facts of the app stand beside `app` alone. */
function actionSourceOf({ expected }: PartnerVector): (typeof ACTION_SOURCES)[number] {
  const text = JSON.stringify(expected) ?? ''
  if (text.includes('extinfo')) return 'app'
  const told = [...text.matchAll(/action_source\W+(\w+)/g)].map(([, name]) => name)
  return ACTION_SOURCES.find((name) => told.includes(name)) ?? 'website'
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const found = at(value, key)
  return Array.isArray(found) ? found : []
}
