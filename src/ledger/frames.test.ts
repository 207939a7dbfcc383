import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppId, DisclosureId, EventRef, IdentityKey, PartnerId, Revision } from '../model/brand.ts'
import type { IntentEntry } from '../model/disclosure.ts'
import { addFrames, framesOf } from './frames.ts'

const INTENT: IntentEntry = {
  kind: 'intent',
  id: '01890a5d-ac96-774b-bcce-b302099a8057' as DisclosureId,
  time: 1_700_000_000_000,
  attempt: 1,
  app: 'messenger-ios' as AppId,
  partner: 'acme' as PartnerId,
  event: 'purchase',
  eventRef: '0123456789abcdef0123456789abcdef' as EventRef,
  revision: 1 as Revision,
  revisionDigest: '01234567',
  acceptedRevision: 1 as Revision,
  regime: 'us',
  why: 'agreed',
  role: 'third_party',
  purposes: ['measurement'],
  countries: ['US'],
  type: 'webhook',
  verdict: 0,
  treatments: { ip: 24 * 256 + 48 },
  subject: '00112233445566778899aabbccddeeff' as IdentityKey,
  item: '{"event":"purchase"}',
}

describe('frames', () => {
  test('a buffer of any size either takes a record whole or says that it does not fit, and never throws', () => {
    const needed = framesOf([INTENT], 1).used
    ok(needed > 100)
    for (let size = 0; size <= needed + 2; size++) {
      const frames = { bytes: new ArrayBuffer(size), used: 0, count: 0 }
      equal(addFrames(frames, [INTENT]), size >= needed, `${size} bytes`)
      equal(frames.count, size >= needed ? 1 : 0)
    }
  })
})
