/** Ids as public reports, vendors' pages and other implementations have them: what each is here. */
import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKind } from '../model/event.ts'
import { refusalOf } from './normal-form.ts'

const ROWS: readonly [source: string, kind: IdentityKind, value: string, why: 'placeholder' | 'form' | undefined][] = [
  ['github.com/PostHog/posthog/issues/876', 'user', 'None', 'placeholder'],
  ['github.com/PostHog/posthog/issues/12008', 'anonymous', '[object Object]', 'placeholder'],
  ['github.com/PostHog/posthog/pull/17325', 'user', '"null"', 'placeholder'],
  ['github.com/PostHog/posthog/pull/17325', 'user', '"0"', 'placeholder'],
  ['github.com/PostHog/posthog-js/pull/34', 'user', 'undefined', 'placeholder'],
  ['docs.mixpanel.com/troubleshooting/errors/server-side-events-without-a-user', 'user', '<nil>', 'placeholder'],
  ['docs.mixpanel.com/troubleshooting/errors/server-side-events-without-a-user', 'user', '-1', 'placeholder'],
  ['docs.mixpanel.com/troubleshooting/errors/server-side-events-without-a-user', 'user', 'lmy47d', 'placeholder'],
  [
    'ANDROID_ID of emulators and early devices, as many public checks have it',
    'vendor_id',
    '9774d56d682e549c',
    'placeholder',
  ],
  ['github.com/amplitude/Amplitude-Swift/pull/183', 'vendor_id', '00000000-0000-0000-0000-000000000000', 'placeholder'],
  [
    'github.com/sensorsdata/sa-sdk-ios/issues/1',
    'advertising_id',
    '00000000-0000-0000-0000-000000000000',
    'placeholder',
  ],
  [
    'github.com/adjust/react_native_sdk/issues/205',
    'advertising_id',
    '00000000-0000-0000-0000-000000000000',
    'placeholder',
  ],
  ['ads.tiktok.com/help: customer file', 'advertising_id', 'aece52e7-03ee-455a-b3c4-e57283966239', undefined],
  [
    'ads.tiktok.com/help: customer file, hashed',
    'advertising_id',
    '83dc3f5f32b9472613b0f038d36f22585a609d018af6f6067f50da318bf354bd',
    'form',
  ],
  ['developer.twitter.com: user data, IDFA', 'advertising_id', '4b61639e-47cc-4056-a16a-c8217e029462', undefined],
  // The page's own example has a digit too few.
  ['developer.twitter.com: user data, AdID', 'advertising_id', '2f5f5391-3e45-4d02-b645-4575a08f86e', 'form'],
  ['developer.twitter.com: user data, Android id', 'vendor_id', 'af3802a465767e36', undefined],
  ['github.com/expo/expo/pull/24777', 'advertising_id', 'E9228286-4C4E-4789-9D95-15827DCB291B', undefined],
  // Junk, but each one somebody's own: it cannot be told from an id.
  ['github.com/grafana/grafana/issues/107202', 'user', 'ann@https://one.example', undefined],
]

describe('ids from outside', () => {
  for (const [source, kind, value, why] of ROWS) {
    test(`${kind} ${value} (${source}): ${why ?? 'names somebody'}`, () => {
      equal(refusalOf({ kind, value }), why)
    })
  }
})
