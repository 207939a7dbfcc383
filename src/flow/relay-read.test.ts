import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { relayContract, runRelay } from '../../test/support/relay-core.ts'
import type { IdentityKey, Json } from '../model/brand.ts'
import { topOf } from '../model/field-class.ts'
import { parseContent } from '../transform/relay/request.ts'
import { type HeardRequest, relayObservations } from './relay-read.ts'

const IFA = '6D92078A-8246-4BA4-AE5B-76104861E7DC'
const share = { user_id: topOf('user_id'), advertising_id: topOf('advertising_id') }
const bidder = relayContract('openrtb26', share, { whenRestricted: { send: 'nothing', share: {} } })

/** A bid request as an SDK writes it. */
function bid(user: string): ReturnType<typeof runRelay> {
  const text = `{"id":"r","imp":[{"id":"1","bidfloor":1e400}],"user":{"id":${user}},"device":{"ifa":"${IFA}","os":"iOS","osv":"13.0"}}`
  return runRelay({ contract: bidder, request: { query: {}, headers: {}, content: parseContent('json', text) } })
}
const textOf = ({ prepared }: ReturnType<typeof runRelay>): string =>
  prepared.kind === 'item' ? prepared.request.body : ''

describe('a relayed request: who it is about', () => {
  const rows: [string, string][] = [
    ['"u-1"', 'u-1'],
    ['4711', '4711'],
    ['9007199254740993', '9007199254740993'],
    ['"J\\u00f6rg"', 'Jörg'],
  ]
  for (const [written, id] of rows) {
    test(`${written} is ${id}`, () => {
      const { read } = bid(written)
      deepEqual(read.identities.find(({ kind }) => kind === 'user')?.value, id)
      equal(read.reading.unreadable, false)
    })
  }
  for (const written of ['"u\\ud83d"', '"J\uFFFDrg"', '1e400', '1e-400', `"${'u'.repeat(513)}"`]) {
    test(`${written.slice(0, 20)} could be anybody: the request counts as restricted`, () => {
      const { read, prepared } = bid(written)
      equal(read.reading.unreadable, true)
      equal(prepared.kind, 'withheld')
    })
  }
  test('a form whose bytes are no UTF-8 names nobody either', () => {
    const form = parseContent('form', 'user_id=J%F6rg') as { readonly user_id: Json }
    equal(form.user_id, 'J\uFFFDrg')
  })
})

describe('a relayed request: what is sent on', () => {
  test('no number that JSON does not know, and the others as they came', () => {
    const text = textOf(bid('9007199254740993'))
    equal(/null|Infinity|1e\+?400|bidfloor/.test(text), false)
    equal(text.includes('9007199254740993'), true)
  })
})

describe('a relayed request that is refused', () => {
  const events = relayContract('meta_capi', share)
  const heard = (...users: readonly string[]): HeardRequest => {
    const data = users.map((id) => ({ event_name: 'Purchase', event_time: 1, user_data: { external_id: id } }))
    let refused: unknown
    const request = { query: {}, headers: {}, content: { data } }
    try {
      return runRelay({ contract: events, request, gpc: ['1'] }).read as HeardRequest
    } catch (error) {
      refused = error
    }
    throw refused
  }
  test('as one about several people is not read', () => {
    throws(() => heard('u-1', 'u-2'), { code: 'ERR_RELAY_PEOPLE' })
  })
  test('restricts each of several people, links none of them and lifts nothing', () => {
    const read = heard('u-1')
    const keys = ['a', 'b'] as readonly string[] as readonly IdentityKey[]
    const several = relayObservations(
      { ...read, refusal: 'ERR_RELAY_PEOPLE', found: { ...read.found, lifting: ['lmt'] } },
      keys,
    )
    deepEqual(
      several.map(({ identities, lifting }) => [identities, lifting]),
      [
        [['a'], []],
        [['b'], []],
      ],
    )
    const whole = relayObservations({ ...read, found: { ...read.found, lifting: ['lmt'] } }, keys)
    deepEqual(
      whole.map(({ identities, lifting, restricting }) => [
        identities,
        lifting,
        restricting.some(({ signal }) => signal === 'gpc'),
      ]),
      [[['a', 'b'], ['lmt'], true]],
    )
  })
})
