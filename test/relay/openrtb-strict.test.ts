/** What is read leniently is written strictly: as the type that the specification asks for, or not at all. */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json, JsonObject } from '../../src/model/brand.ts'
import { topOf } from '../../src/model/field-class.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const IFA = '2B3C4D5E-0003-4000-8000-000000000001'
const contract = relayContract('openrtb26', { advertising_id: topOf('advertising_id') })

function sent(parts: { device?: JsonObject; regs?: JsonObject; app?: JsonObject }): JsonObject | string {
  const device = { ifa: IFA, os: 'Android', osv: '14', geo: { country: 'USA', region: 'CA' }, ...parts.device }
  const { prepared } = runRelay({
    contract,
    request: { query: {}, headers: {}, content: { id: 't1', imp: [{ id: '1' }], ...parts, device } },
  })
  return prepared.kind === 'item' ? (JSON.parse(prepared.request.body) as JsonObject) : prepared.why
}
const inDevice = (device: JsonObject): JsonObject => (sent({ device }) as { device: JsonObject }).device
const inRegs = (regs: JsonObject): Json | undefined => (sent({ regs }) as { regs?: JsonObject }).regs

describe('openrtb26: what is read leniently is written strictly', () => {
  for (const [given, written] of [
    [false, 0],
    ['0', 0],
    ['false', 0],
    [0, 0],
    [true, 1],
    ['1', 1],
    ['true', 1],
    ['maybe', 1],
  ] as const) {
    test(`lmt ${JSON.stringify(given)} is ${written}`, () => {
      equal(inDevice({ lmt: given }).lmt, written)
    })
  }
  for (const [given, written] of [
    [false, 0],
    ['0', 0],
    [1, 1],
    [true, 1],
    ['1', 1],
    ['maybe', undefined],
    [{}, undefined],
  ] as const) {
    test(`dnt ${JSON.stringify(given)} is ${written}`, () => {
      equal(inDevice({ dnt: given }).dnt, written)
    })
  }
  for (const [given, written] of [
    ['3', 3],
    [3, 3],
    ['authorized', 3],
    ['2', 2],
    ['denied', 2],
    [0, 2],
    ['perhaps', 2],
  ] as const) {
    test(`atts ${JSON.stringify(given)} is ${written}`, () => {
      deepEqual(inDevice({ os: 'iOS', osv: '17.5', ext: { atts: given } }).ext, { atts: written })
    })
  }
  test('a switch of the law is an integer', () => {
    deepEqual(inRegs({ gdpr: false, coppa: '0' }), { coppa: 0, gdpr: 0 })
    deepEqual(inRegs({ gdpr: 'perhaps' }), undefined)
  })
  const GPP = 'DBABL~BVQqAAAAAgA'
  for (const [given, written] of [
    [['7'], [7]],
    [[7], [7]],
    [[' 7 '], [7]],
    ['7', [7]],
    ['7,8', [7, 8]],
    ['-1', [-1]],
    [[-1], [-1]],
    [7, [7]],
  ] as const) {
    test(`gpp_sid ${JSON.stringify(given)} is ${JSON.stringify(written)}`, () => {
      const regs = inRegs({ gpp: ` ${GPP} `, gpp_sid: given as Json }) as JsonObject
      deepEqual([regs.gpp, regs.gpp_sid], [GPP, written])
    })
  }
  test('an opt-out in small letters is written in capitals', () => {
    equal((inRegs({ us_privacy: '1yyn' }) as JsonObject).us_privacy, '1YYN')
  })
  test('Global Privacy Control is a text', () => {
    deepEqual((inRegs({ ext: { gpc: 1 } }) as { ext: JsonObject }).ext, { gpc: '1' })
    deepEqual(inRegs({ ext: { gpc: false } }), { ext: { gpc: '0' } })
  })
})

describe('openrtb26: addresses of the inventory', () => {
  const storeurl = (text: string): Json | undefined =>
    (sent({ app: { storeurl: text } }) as { app?: JsonObject }).app?.storeurl
  const PLAY = 'https://play.google.com/store/apps/details'
  for (const [given, written] of [
    [`${PLAY}?id=com.example.messenger`, `${PLAY}?id=com.example.messenger`],
    [`${PLAY}?id=com.example.messenger&hl=en&gl=US`, `${PLAY}?id=com.example.messenger&hl=en&gl=US`],
    [`${PLAY}?hl=en&id=com.example.messenger&referrer=utm_source%3Dx`, `${PLAY}?hl=en&id=com.example.messenger`],
    [`${PLAY}?id=com.example.messenger&email=anna@mail.example`, `${PLAY}?id=com.example.messenger`],
    [`${PLAY}?id=com.example.messenger#anna`, `${PLAY}?id=com.example.messenger`],
    [`${PLAY}?id=203.0.113.77`, PLAY],
    [`${PLAY}?id=anna@mail.example`, PLAY],
    ['https://apps.apple.com/us/app/example/id880047117', 'https://apps.apple.com/us/app/example/id880047117'],
    [
      'https://apps.apple.com/us/app/example/id880047117?mt=8',
      'https://apps.apple.com/us/app/example/id880047117?mt=8',
    ],
    ['https://anna@mail.example/store', undefined],
    ['javascript:alert(1)', undefined],
    ['market://details?id=com.example', undefined],
  ] as const) {
    test(`${given}: ${written ?? 'nothing'}`, () => {
      equal(storeurl(given), written)
    })
  }
  test('an id of the person’s in it does not leave', () => {
    const strict = relayContract('openrtb26', {})
    const app = { storeurl: `${PLAY}?id=${IFA}` }
    const { prepared } = runRelay({
      contract: strict,
      request: { query: {}, headers: {}, content: { id: 't1', imp: [], app, device: { ifa: IFA } } },
    })
    equal(prepared.kind === 'item' && prepared.bytes.includes(IFA), false)
  })
  test('keywords of the app are plain, a profile among them is not', () => {
    const keywords = (text: string): Json | undefined =>
      (sent({ app: { keywords: text } }) as { app?: JsonObject }).app?.keywords
    equal(keywords('sports,football'), 'sports,football')
    equal(keywords('m_age:33,m_gender:f'), undefined)
    equal(keywords('sports,user_id=42'), undefined)
  })
})
