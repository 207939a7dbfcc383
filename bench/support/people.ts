/** Disclosures of many people, as the lanes hand them to the ledger: visits of a few events, each INTENT with its OUTCOME. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { AppId, DisclosureId, EventRef, IdentityKey, PartnerId, Revision } from '../../src/model/brand.ts'
import type { IntentEntry, OutcomeRecord } from '../../src/model/disclosure.ts'
import { nonceSource, seal } from '../../src/platform/seal.ts'
import { openSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'

/** Events of one visit of one phone. */
const VISIT = 5
const PARTNERS = ['meta', 'tiktok', 'adjust', 'branch'] as PartnerId[]
const BASE = Date.parse('2026-11-01T00:00:00Z')
const EPOCH = 682
/** Keys added in one transaction. */
const AT_ONCE = 10_000

export const KEY_ENCRYPTION_KEY = Buffer.alloc(32, 7)

export function personKey(n: number): IdentityKey {
  return (n + 1).toString(16).padStart(32, '0') as IdentityKey
}

/** A key for each of so many people. */
export function addPeople(dataFolder: string, count: number): void {
  const store = openSubjectKeys(join(dataFolder, 'keys', 'subjects.db'))
  const wrapping = createSecretKey(KEY_ENCRYPTION_KEY)
  const nonce = nonceSource(randomBytes)
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => personKey(from + i))
    store.add(
      some.map((identity) => ({ identity, epoch: EPOCH, wrapped: seal(wrapping, nonce(), identity, randomBytes(32)) })),
    )
  }
  store.close()
}

/** Disclosure number `n` of people who come again in no order that repeats soon. */
export function disclosureOf(n: number, people: number): readonly [IntentEntry, OutcomeRecord] {
  const visit = Math.floor(n / VISIT)
  // A multiplier prime to the number of people visits each as often as any other.
  const person = (visit * 7_919) % people
  const time = BASE + Math.floor(n / 10)
  const tail = n.toString(16).padStart(12, '0')
  const clock = time.toString(16).padStart(12, '0')
  const id = `${clock.slice(0, 8)}-${clock.slice(8)}-7abc-9def-${tail}` as DisclosureId
  const eventRef = `00112233445566778899${tail}` as EventRef
  const partner = PARTNERS[n % PARTNERS.length]!
  const intent: IntentEntry = {
    kind: 'intent',
    time,
    id,
    app: 'messenger-ios' as AppId,
    partner,
    event: 'Order Completed',
    eventRef,
    revision: 3 as Revision,
    acceptedRevision: 3 as Revision,
    revisionDigest: 'c0ffee01',
    regime: 'us-ca',
    why: 'agreed',
    attempt: 1,
    role: 'third_party',
    purposes: ['measurement'],
    countries: ['US'],
    treatments: { advertising_id: 2, ip: 24 * 256 + 48, place: 3, os: 2, device: 1, user_agent: 1, time: 3 },
    type: 'meta_capi',
    verdict: 7,
    subject: personKey(person),
    item: `{"event_name":"Purchase","event_time":${time},"user_data":{"madid":"6D92078A-8246-4BA4-AE5B-${tail}","client_ip_address":"203.0.113.0"},"custom_data":{"value":6.5,"currency":"USD"}}`,
  }
  const outcome = { kind: 'delivered', status: 200 } as const
  return [
    intent,
    { kind: 'outcome', time: time + 80, id, partner, eventRef, attempt: 1, bytes: 2_000, latency: 8, outcome },
  ]
}
