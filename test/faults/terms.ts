/** The partners of the campaign: what their contracts say, once for the gateway and once, in the judge's words, for the judge. */
import { type TestContract, webhookContract } from '../support/config-folder.ts'

export interface Terms {
  /** Event names that are routed to the partner. */
  readonly events: readonly string[]
  /** True where an unknown ending may be tried again. */
  readonly deduplicates: boolean
  /** Tries before a pair is dead. */
  readonly attempts: number
  /** What may arrive for a person who opted out: the paths of the item's leaves, or nothing at all. */
  readonly whenOptedOut: 'nothing' | readonly string[]
}

export const PURCHASE = 'Order Completed'
export const MESSAGE = 'Message Sent'
/** No contract names it: accepted, and sent to nobody. */
export const UNROUTED = 'Internal Only'

const ATTEMPTS = 4
/** Below `hang`, above `slow`: see the recording partner. */
const TIMEOUT_MS = 400
const limits = (part: object = {}) => ({
  per_second: 10_000,
  concurrency: 4,
  timeout_ms: TIMEOUT_MS,
  batch: 20,
  linger_ms: 5,
  attempts: ATTEMPTS,
  ...part,
})
const share = {
  message_id: 'pass',
  user_id: 'pseudonym',
  advertising_id: 'pass',
  os: 'pass',
  ip: [24, 48],
  place: 'city',
}
const purchase = { [PURCHASE]: { as: 'purchase', properties: { revenue: 'value' } } }
const message = { [MESSAGE]: { as: 'message', properties: { kind: 'kind' } } }

/** The envelope and flags that every webhook item has. */
const ALWAYS = [
  'event',
  'type',
  'app.id',
  'app.bundle',
  'app.platform',
  'privacy.restricted',
  'privacy.sale',
  'privacy.sharing',
  'privacy.targeted_advertising',
  'privacy.limit_ad_tracking',
  'privacy.gpc',
]
const REDUCED_OS = ['device.os.name', 'device.os.version']

export const TERMS: ReadonlyMap<string, Terms> = new Map<string, Terms>([
  [
    'dedupes',
    {
      events: [PURCHASE, MESSAGE],
      deduplicates: true,
      attempts: ATTEMPTS,
      whenOptedOut: [...ALWAYS, ...REDUCED_OS, 'message_id'],
    },
  ],
  [
    'forgets',
    {
      events: [PURCHASE, MESSAGE],
      deduplicates: false,
      attempts: ATTEMPTS,
      whenOptedOut: [...ALWAYS, ...REDUCED_OS, 'message_id'],
    },
  ],
  ['all-or-nothing', { events: [PURCHASE], deduplicates: true, attempts: ATTEMPTS, whenOptedOut: 'nothing' }],
  [
    'one-by-one',
    { events: [MESSAGE], deduplicates: false, attempts: ATTEMPTS, whenOptedOut: [...ALWAYS, ...REDUCED_OS] },
  ],
])

/** @param originOf where each partner listens */
export function contractsOf(originOf: (partner: string) => string): readonly TestContract[] {
  const limited = { send: 'limited', share: { message_id: 'pass', os: 'reduced' } }
  const webhook = (id: string, batch: boolean, idempotent: boolean, part: object): TestContract =>
    webhookContract(id, originOf(id), {
      connection: { url: `${originOf(id)}/hooks`, batch, idempotent },
      limits: limits(),
      share,
      when_restricted: limited,
      ...part,
    })
  const { message_id: _, ...nameless } = share
  return [
    webhook('dedupes', true, true, { events: { ...purchase, ...message } }),
    webhook('forgets', true, false, { events: { ...purchase, ...message } }),
    webhook('all-or-nothing', true, true, { events: purchase, when_restricted: { send: 'nothing' } }),
    webhook('one-by-one', false, false, {
      events: message,
      share: nameless,
      when_restricted: { send: 'limited', share: { os: 'reduced' } },
      limits: limits({ concurrency: 8, batch: 1, linger_ms: 0 }),
    }),
  ]
}
