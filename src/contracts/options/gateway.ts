/** Schema of `config/gateway.yaml`. Each default is a named constant with its unit and reason. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { SYSTEM_FORMATS, SYSTEM_KINDS } from '../../model/desk-system.ts'
import { IDENTITY_KINDS } from '../../model/event.ts'
import {
  type CellReference,
  FENCING_WAYS,
  KEY_NAMES,
  LOG_LEVELS,
  OWNER_DOWN_WAYS,
  STORAGES,
  WITHHELD_WAYS,
} from '../config.ts'
import { CONTROL_OPTIONS, HOST, PATH, PORT } from './control.ts'
import { ID, isPublicHttps, isSecretReference, LINE, SECRET_REFERENCE } from './words.ts'

/** All interfaces: SDKs come from outside. */
const DATA_HOST = '0.0.0.0'
const DATA_PORT = 8080
const DATA_FOLDER = './data'
/** Beside the data plane's and the control plane's. */
const INTERNAL_PORT = 8082
/** Hours a settled event is kept for replay. */
const KEEP_HOURS = 24
/** Hours after which an undelivered event expires, so that a dead partner cannot fill the disk. */
const MAX_AGE_HOURS = 72
/** Minutes within which a repeated messageId is a duplicate: SDKs retry for 12 hours, phones sleep. */
const DEDUPE_WINDOW_MINUTES = 1_440
/** Maximum ids remembered, about 100 bytes each. */
const DEDUPE_MAX_IDS = 1_000_000
/** Segment's documented limits, which SDKs respect: 32 KB per event, 500 KB and 2,500 events per batch. */
const EVENT_BYTES = 32_768
const BATCH_BYTES = 512_000
const BATCH_EVENTS = 2_500
/** Months a record is kept: the 24 months that must be shown, and a margin. */
const RETENTION_MONTHS = 25
/** Concurrent requests being read or written to disk; further senders are asked to wait. */
const REQUESTS_UNDER_WAY = 1_000
/** Bytes of such requests, inflated. */
const BYTES_UNDER_WAY = 64 * 1024 * 1024
/** Concurrent connections of senders: each takes a file descriptor and a few kilobytes. */
const CONNECTIONS = 2_000
/** Connections per address (IPv4, or an IPv6 /64), so that no single one can exhaust them. */
const CONNECTIONS_BY_ADDRESS = 1_000
/** Seconds a sender is asked to wait. */
const RETRY_AFTER_SECONDS = 5
/** Hours to correct a mistyped key in apps.yaml before SDKs are told to delete their events. */
const UNKNOWN_KEY_GRACE_HOURS = 24
/** Minutes over which the notices of one request are spread, so that their times do not link them. */
const NOTICES_WITHIN_MINUTES = 360
/** Seconds until the first retry of a notice; later pauses grow up to twelve hours. */
const NOTICE_RETRY_SECONDS = 60
/** Seconds between checks of the files: a change is accepted once two checks see the same content. */
const WATCH_SECONDS = 2

/** Data threads: 1 is the main thread alone. More than there is room for in shared memory. */
export const MOST_THREADS = 15
const THREADS = 1

/** The ledger's name in its checkpoints: by convention, the schema-less URL that serves it. */
const LEDGER_ORIGIN = 'sluice/ledger'
/** Records per segment of the ledger, and hours until one is full whatever its size. */
const SEGMENT_LEAVES = 1_048_576
const SEGMENT_HOURS = 24
/** Seconds between two external checkpoints. */
const ANCHOR_SECONDS = 60

const whole = (low: number, high: number, fallback: number): z.ZodDefault<z.ZodInt> =>
  z.int().min(low).max(high).default(fallback)

const PROXY = z
  .string()
  .refine(isAddressRange, { error: 'neither an IP address nor a range such as 10.0.0.0/8 (and not everyone: /0)' })

const DOMAIN = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, 'a domain, such as publisher.example')
const ANCHOR_URL = z
  .string()
  .refine(isAnchorUrl, { error: 'neither an https URL without a password, nor http on this machine' })
const POINTER = z
  .string()
  .regex(/^(?:\/[^\p{Cc}]{1,100}){0,8}$/u, 'a JSON Pointer such as /request/id, or the empty text for all of it')
const CELL = z.custom<CellReference>(isCellReference, {
  error: 'neither a whole number from 0 to 63 nor { env: NAME }',
})
/** `{cell}` is the cell's number, so that cells can share one file. */
const CELL_HOST = z
  .string()
  .regex(
    /^[A-Za-z0-9.:_-]{0,120}(\{cell\}[A-Za-z0-9.:_-]{0,120})?$/,
    'a host name or an IP address, in which {cell} is the cell’s number',
  )
  .min(1)
const WITNESS_KEY = z
  .string()
  .regex(/^[^\s+]+\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}$/u, "a witness's verifier key, name+id+key, for Ed25519")

export const GATEWAY_OPTIONS = z.strictObject({
  data_plane: z.strictObject({ host: HOST.default(DATA_HOST), port: PORT.default(DATA_PORT) }).prefault({}),
  control: CONTROL_OPTIONS.prefault({}),
  data: PATH.default(DATA_FOLDER),
  storage: z.enum(STORAGES).default('embedded'),
  cluster: z
    .strictObject({
      cell: CELL,
      database: SECRET_REFERENCE,
      fencing: z.enum(FENCING_WAYS).default('none'),
      allow_single_copy: z.boolean().default(false),
      internal: z
        .strictObject({
          host: HOST,
          port: PORT.default(INTERNAL_PORT),
          reached_at: CELL_HOST.optional(),
          tls: z.strictObject({ key: SECRET_REFERENCE, cert: SECRET_REFERENCE, ca: SECRET_REFERENCE }),
          when_owner_down: z.enum(OWNER_DOWN_WAYS).default('refuse'),
        })
        .optional(),
    })
    .optional(),
  threads: z.union([z.int().min(1).max(MOST_THREADS), z.literal('auto')]).default(THREADS),
  trusted_proxies: z.array(PROXY).default([]),
  ip_database: PATH.optional(),
  keys: z
    .strictObject(
      Object.fromEntries(KEY_NAMES.map((name) => [name, SECRET_REFERENCE.optional()])),
      unknownKeyWords('not a key of the gateway'),
    )
    .prefault({}),
  intake: z
    .strictObject({
      keep_hours: whole(0, 720, KEEP_HOURS),
      max_age_hours: whole(1, 720, MAX_AGE_HOURS),
      dedupe_window_minutes: whole(1, 10_080, DEDUPE_WINDOW_MINUTES),
      dedupe_max_ids: whole(1_000, 20_000_000, DEDUPE_MAX_IDS),
    })
    .prefault({}),
  ledger: z
    .strictObject({
      seal_values: z.boolean().default(false),
      retention_months: whole(1, 1_200, RETENTION_MONTHS),
      origin: z
        .string()
        .regex(/^[^\s+\p{Cc}]{1,200}$/u, 'one word without +, such as sluice.example.com/ledger')
        .default(LEDGER_ORIGIN),
      withheld: z.enum(WITHHELD_WAYS).default('each'),
      segment_leaves: whole(256, SEGMENT_LEAVES, SEGMENT_LEAVES),
      segment_hours: whole(1, 720, SEGMENT_HOURS),
      anchors: z
        .strictObject({
          every_seconds: whole(1, 86_400, ANCHOR_SECONDS),
          required_within_minutes: whole(0, 10_080, 0),
          folder: PATH.optional(),
          webhook: z.strictObject({ url: ANCHOR_URL, authorization: SECRET_REFERENCE.optional() }).optional(),
          witnesses: z.array(z.strictObject({ url: ANCHOR_URL, key: WITNESS_KEY })).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  deletion_requests: z
    .strictObject({
      domain: DOMAIN,
      endpoint: z.string().refine(isPublicHttps, { error: 'an https URL without a password in it' }),
      requesters: z.array(z.strictObject({ domain: DOMAIN, keys: PATH })).default([]),
    })
    .optional(),
  desks: z
    .array(
      z.strictObject({
        name: ID,
        format: z.enum(SYSTEM_FORMATS),
        secret: SECRET_REFERENCE,
        identities: z
          .record(LINE.max(100), z.enum(IDENTITY_KINDS))
          .refine((names) => Object.keys(names).length > 0, { error: 'at least one name' }),
        namespace: LINE.max(64).optional(),
        laws: z.record(LINE.max(100), LINE.max(64)).default({}),
        template: z
          .strictObject({
            kind: POINTER,
            kinds: z.record(LINE.max(100), z.enum(SYSTEM_KINDS)),
            reference: POINTER,
            identities: POINTER,
            received: POINTER.optional(),
            law: POINTER.optional(),
          })
          .optional(),
        callback: z.strictObject({ url: ANCHOR_URL, secret: SECRET_REFERENCE }).optional(),
      }),
    )
    .default([]),
  notices: z
    .strictObject({
      within_minutes: whole(0, 1_440, NOTICES_WITHIN_MINUTES),
      retry_seconds: whole(1, 3_600, NOTICE_RETRY_SECONDS),
      callback_url: z.string().refine(isPublicHttps, { error: 'an https URL without a password in it' }).optional(),
    })
    .prefault({}),
  limits: z
    .strictObject({
      event_bytes: whole(1_024, 1_048_576, EVENT_BYTES),
      batch_bytes: whole(1_024, 16_777_216, BATCH_BYTES),
      batch_events: whole(1, 10_000, BATCH_EVENTS),
    })
    .prefault({}),
  pressure: z
    .strictObject({
      requests_under_way: whole(1, 100_000, REQUESTS_UNDER_WAY),
      bytes_under_way: whole(1_048_576, 4_294_967_296, BYTES_UNDER_WAY),
      connections: whole(16, 100_000, CONNECTIONS),
      connections_by_address: whole(8, 100_000, CONNECTIONS_BY_ADDRESS),
      retry_after_seconds: whole(1, 300, RETRY_AFTER_SECONDS),
    })
    .prefault({}),
  unknown_key_grace_hours: whole(0, 720, UNKNOWN_KEY_GRACE_HOURS),
  /** Source of revisions: these files, or the API only. */
  source: z.enum(['files', 'store']).default('files'),
  watch_seconds: whole(0, 3_600, WATCH_SECONDS),
  log_level: z.enum(LOG_LEVELS).default('info'),
  allow_loopback_partners: z.boolean().default(false),
})
export type GatewayOptions = z.output<typeof GATEWAY_OPTIONS>

function unknownKeyWords(words: string): { error: (issue: z.core.$ZodRawIssue) => string | undefined } {
  return { error: ({ code }) => (code === 'unrecognized_keys' ? words : undefined) }
}

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (bits === undefined) return true
  return /^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
}

function isCellReference(value: unknown): value is CellReference {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 && value <= 63
  return isSecretReference(value) && 'env' in value
}

function isAnchorUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:') return /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname)
  return isPublicHttps(text)
}
