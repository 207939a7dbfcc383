/** Inputs of public reports that this project's own cases do not name: each with its address, and what is right. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RawSignals } from '../../src/model/event.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, SALE, TARGETED_ADVERTISING } from '../../src/model/signal.ts'
import { hashedPlusDigits } from '../../src/partners/kit/hashes.ts'
import { e164Digits } from '../../src/partners/kit/phone.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { findSignals } from '../../src/signals/findings.ts'
import { integrationsText, isSwitchedOff } from '../../src/signals/integrations.ts'
import { maskIp } from '../../src/transform/mask-ip.ts'

const NOW = Date.UTC(2026, 0, 15)
const decoders = createDecoders()
const find = (raw: RawSignals) =>
  findSignals(raw, { honoured: { gpc: true, dnt: false }, categories: {}, decoders, from: NOW, until: NOW })
const denied = (raw: RawSignals): number => find(raw).findings.reduce((bits, { denies }) => bits | denies, 0)

describe('GPP and TC strings of public reports', () => {
  const GOOGLE_TC =
    'DP1BnkAP1BnkAEsACCENAaEgAAAAAEPgAB6YAAAQaQD2F2K2kKFkPCuQWYoQBCijaEAhQBAAAkCBIAAgAUgQAgFIIAgABFAAEAAAAAAQEgCQAAQABAAAIACgAAAAAAIAAAAAAAQQAAAAAIAAACAAAAEAQAAAAAQAAAAIAABEhCAAQQAMAAAAAAASAAAAAAAAAAAABAAAAAAAAAAAAAAQAAAAAgAA.YAAADmAAAAA'
  const rows: readonly (readonly [report: string, what: string, raw: RawSignals, denies: number])[] = [
    ['IABTechLab/iabgpp-es#25', 'a section without a core segment', { gpp: ['DBABLA~'] }, ALL_DIMENSIONS],
    ['IABTechLab/iabgpp-es#25', 'a GPC segment alone', { gpp: ['DBABLA~YA'] }, ALL_DIMENSIONS],
    [
      'IABTechLab/iabgpp-es#84',
      'Google’s consent tool: opted out',
      { gpp: ['DBABL~BVQVAAAAAg'] },
      ADVERTISING_DIMENSIONS,
    ],
    ['IABTechLab/iabgpp-java#77', 'Google’s consent tool: did not', { gpp: ['DBABL~BVQqAAAAAg'] }, 0],
    ['IABTechLab/iabgpp-java#62', 'a version whose length it has not', { gpp: ['DBABL~CAAAAAAAAA.Q'] }, ALL_DIMENSIONS],
    [
      'IABTechLab/iabgpp-es#81',
      'service provider mode, behind a longer layout',
      { gpp: ['DBABLA~BVAoAAAAAABk.QA'] },
      ADVERTISING_DIMENSIONS,
    ],
    ['IABTechLab/iabgpp-es#72', 'sale not applicable after a notice', { gpp: ['DBABLA~BVVKqqqqqoCA.QA'] }, SALE],
    ['IABTechLab/iabgpp-es#108', 'Colorado: opted out', { gpp: ['DBABJg~BVUAAJg.QA'] }, SALE | TARGETED_ADVERTISING],
    [
      'IABTechLab/iabgpp-es#80',
      'a TC string inside: the law of the place decides',
      { gpp: ['DBABMA~CQM0UsAQM0UsAGXABBENBdFgALAAAENAAAAAFyQAQFyAXJABAXIAAAAA'] },
      0,
    ],
    [
      'InteractiveAdvertisingBureau/iabtcf-es#429',
      'a TC string of a version that there is not',
      { tcf: [GOOGLE_TC] },
      ALL_DIMENSIONS,
    ],
  ]
  for (const [report, what, raw, denies] of rows) test(`${report}: ${what}`, () => equal(denied(raw), denies))
})

describe('addresses of public reports', () => {
  const rows: readonly (readonly [report: string, text: string, masked: string | undefined])[] = [
    ['nicolaschan/ip-anonymize#2', '::FFFF:123.123.123.123', '123.123.123.0'],
    ['netcanon/netcanon#215', '2002:0808:0808::1', '2002:808:800::'],
    ['netcanon/netcanon#215', '64:ff9b::8.8.8.8', '8.8.8.0'],
    ['netcanon/netcanon#215', '64:ff9b:1::8.8.8.8', undefined],
    ['netcanon/netcanon#215', '::8.8.8.8', '8.8.8.0'],
    ['netcanon/netcanon#215', '2001:0000:4136:e378:8000:63bf:3fff:fdd2', '2001:0:4136::'],
    ['h4ckf0r0day/obscura#845', '2001::80ff:fffe', '2001::'],
  ]
  for (const [report, text, masked] of rows) test(`${report}: ${text}`, () => equal(maskIp(text, 24, 48), masked))
})

describe('phone numbers of public reports', () => {
  const rows: readonly (readonly [report: string, text: string, digits: string | undefined])[] = [
    ['chobbledotcom/tickets#637', '+44 0161 1234567', '441611234567'],
    ['chobbledotcom/tickets#637', '44 0161 1234567', undefined],
    ['chobbledotcom/tickets#637', '(44) 0161 1234567', undefined],
    ['floere/phony#274', '+38 (063) 608-6021', '380636086021'],
    ['floere/phony#18', '6509496092', undefined],
    ['KanishJebaMathewM/Truxify#8515', '0919876543210', undefined],
    ['KanishJebaMathewM/Truxify#8515', '+91 9876543210', '919876543210'],
    ['KanishJebaMathewM/Truxify#8515', '919876543210', '919876543210'],
    ['segmentio/action-destinations#3823', '+0000000000', undefined],
  ]
  for (const [report, text, digits] of rows) test(`${report}: ${text}`, () => equal(e164Digits(text), digits))
  test('facebookincubator/ConversionsAPI-Tag-for-GoogleTagManager#32: a number for Google, whose plus Meta does not want', () => {
    deepEqual([e164Digits('+12125650000'), hashedPlusDigits('+12125650000')?.length], ['12125650000', 64])
  })
})

describe('`integrations` of public reports', () => {
  const braze = { id: 'braze', name: 'Appboy', type: 'webhook' }
  const rows: readonly (readonly [report: string, said: object, isOff: boolean])[] = [
    ['segmentio/analytics-ios#967', { Appboy: false }, true],
    ['segmentio/analytics-next#284', { All: false, Appboy: { user_hash: 'foo' } }, false],
    ['segmentio/analytics-next#284', { All: false, Intercom: { user_hash: 'foo' } }, true],
    ['segmentio/analytics-next#1219', { Warehouses: { all: false } }, false],
    ['segmentio/functions-library#52', { Salesforce: true }, false],
    ['segmentio/analytics-android#406', { 'Segment.io': false }, false],
    ['segment-boneyard/segment-docs#5961', { Appboy: { appboyId: 'x' } }, false],
  ]
  for (const [report, said, isOff] of rows)
    test(`${report}: ${JSON.stringify(said)}`, () => {
      const text = integrationsText(said)
      equal(isSwitchedOff(text === undefined ? undefined : [text], braze), isOff)
    })
})
