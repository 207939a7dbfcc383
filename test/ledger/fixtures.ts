/** Records, keys and folders for tests of the ledger. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { AppId, DisclosureId, EventRef, PartnerId, Revision } from '../../src/model/brand.ts'
import type { IntentRecord, Outcome, OutcomeRecord, WithheldRecord } from '../../src/model/disclosure.ts'
import type { Reason } from '../../src/model/reason.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

export const ORIGIN = 'ledger.example/test'
export const TIME = Date.parse('2026-11-24T10:30:00.000Z')

export function signingKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

export const dataFolder = temporaryFolder

/** Event number `n`, one of one partner unless told otherwise. */
export function eventRef(n: number): EventRef {
  return n.toString(16).padStart(32, '0') as EventRef
}
export function disclosureId(n: number, attempt = 1): DisclosureId {
  return `019ab5c8-e07b-7${attempt.toString(16).padStart(3, '0')}-9d2e-${n.toString(16).padStart(12, '0')}` as DisclosureId
}

export function intent(n: number, attempt = 1, partner = 'meta'): IntentRecord {
  return {
    kind: 'intent',
    time: TIME + n,
    id: disclosureId(n, attempt),
    app: 'messenger-ios' as AppId,
    partner: partner as PartnerId,
    event: 'Order Completed',
    eventRef: eventRef(n),
    revision: 3 as Revision,
    regime: 'us-ca',
    why: 'agreed',
    attempt,
    role: 'third_party',
    purposes: ['measurement'],
    countries: ['US'],
    treatments: { advertising_id: 2, ip: 24 * 256 + 48, place: 3, os: 2 },
    type: 'meta_capi',
    revisionDigest: 'c0ffee01',
    acceptedRevision: 3 as Revision,
    verdict: 7,
    epoch: 0,
    blind: '0'.repeat(32),
    commitment: n.toString(16).padStart(64, '0'),
    bytes: 412,
  }
}

export function outcome(
  n: number,
  how: Outcome = { kind: 'delivered', status: 200 },
  attempt = 1,
  partner = 'meta',
): OutcomeRecord {
  const id = disclosureId(n, attempt)
  return {
    kind: 'outcome',
    time: TIME + n,
    id,
    partner: partner as PartnerId,
    eventRef: eventRef(n),
    attempt,
    bytes: 1_024,
    latency: 6,
    outcome: how,
  }
}

export function withheld(n: number, why: Reason = 'choice', partner = 'meta'): WithheldRecord {
  const { time, app, event, revision, regime } = intent(n)
  return {
    kind: 'withheld',
    time,
    app,
    partner: partner as PartnerId,
    event,
    eventRef: eventRef(n),
    revision,
    regime,
    why,
  }
}
