/** Requests of other systems, as their own documentation shows them, and what is not read of them. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DeskSystem } from '../../model/desk-system.ts'
import { readSystemRequest } from './systems.ts'

const KETCH: DeskSystem = {
  name: 'ketch',
  format: 'ketch',
  identities: { account_id: 'user', idfa: 'advertising_id' },
  laws: { gdpr: 'eea', ccpaca: 'california' },
}
/** The example of Ketch's specification. */
const ketch = (kind: string, part: object = {}) => ({
  apiVersion: 'dsr/v1',
  kind,
  metadata: { uid: '22880925-aac5-42f9-a653-cb6921d361ff', tenant: 'axonic' },
  request: {
    controller: 'axonic',
    property: 'axonic.io',
    environment: 'production',
    regulation: 'gdpr',
    jurisdiction: 'eugdpr',
    identities: [{ identitySpace: 'account_id', identityFormat: 'raw', identityValue: '123' }],
    callbacks: [{ url: 'https://dsr.ketch.com/callback', headers: { Authorization: 'Bearer $auth' } }],
    subject: { email: 'test@subject.com', firstName: 'Test', lastName: 'Subject', description: 'Delete my data' },
    claims: { account_id: '123' },
    submittedTimestamp: 1_767_225_600,
    dueTimestamp: 1_769_904_000,
    ...part,
  },
})

describe('Ketch', () => {
  for (const [kind, ours] of [
    ['AccessRequest', 'access'],
    ['DeleteRequest', 'deletion'],
    ['CorrectionRequest', 'correction'],
    ['RestrictProcessingRequest', 'restriction'],
  ] as const)
    test(`${kind} is a case of ${ours}, and nothing of the subject is read`, () => {
      const read = readSystemRequest(KETCH, ketch(kind))
      deepEqual(read, {
        ok: true,
        request: {
          kind: ours,
          reference: '22880925-aac5-42f9-a653-cb6921d361ff',
          received: Date.parse('2026-01-01T00:00:00Z'),
          law: 'eea',
          identities: { user: '123' },
          context: { tenant: 'axonic' },
        },
      })
      ok(!JSON.stringify(read).includes('subject.com'))
    })

  const bad: readonly (readonly [string, object, string])[] = [
    ['another version', { ...ketch('AccessRequest'), apiVersion: 'dsr/v2' }, '/apiVersion: must be dsr/v1'],
    ['an unknown kind', ketch('toString'), '/kind: must be one of AccessRequest'],
    [
      'a hashed identity alone',
      ketch('AccessRequest', {
        identities: [{ identitySpace: 'account_id', identityFormat: 'md5', identityValue: 'x' }],
      }),
      'identities: must be at least one of account_id, idfa, not hashed',
    ],
    ['no list of identities', ketch('AccessRequest', { identities: 'account_id' }), 'identities: must be'],
    ['a reference that is none', { ...ketch('AccessRequest'), metadata: { uid: 'a b\n' } }, '/metadata/uid: must be'],
  ]
  for (const [what, body, says] of bad)
    test(`${what} is refused, with the place`, () => {
      const read = readSystemRequest(KETCH, body)
      ok(!read.ok && read.problem.startsWith(says), JSON.stringify(read))
    })
})

describe('Fides', () => {
  const FIDES: DeskSystem = { name: 'fides', format: 'fides', identities: { external_id: 'user' }, laws: {} }
  test('a webhook of a privacy request: its action, id and identity', () => {
    const body = {
      privacy_request_id: 'pri_0a1b2c',
      privacy_request_status: 'in_processing',
      direction: 'one_way',
      callback_type: 'pre',
      identity: { email: 'ann@example.com', phone_number: null, external_id: 'u-42' },
      policy_action: 'erasure',
      privacy_request: {},
      timestamp: '2026-11-30T10:00:00Z',
    }
    deepEqual(readSystemRequest(FIDES, body), {
      ok: true,
      request: {
        kind: 'deletion',
        reference: 'pri_0a1b2c',
        received: Date.parse('2026-11-30T10:00:00Z'),
        law: undefined,
        identities: { user: 'u-42' },
        context: {},
      },
    })
    equal(readSystemRequest(FIDES, { ...body, identity: { email: 'ann@example.com' } }).ok, false)
  })
})

describe('a template', () => {
  test('reads places of any JSON, such as another vendor’s webhook', () => {
    const system: DeskSystem = {
      name: 'other',
      format: 'template',
      identities: { data_subject_identifier: 'user' },
      laws: { EU: 'eea' },
      template: {
        kind: '/operation',
        kinds: { read: 'access', delete: 'deletion' },
        reference: '/meta/re~1f',
        identities: '',
        received: '/received_at',
        law: '/law',
      },
    }
    const body = {
      data_subject_identifier: 'u-1',
      operation: 'delete',
      received_at: '2022-07-21T12:49:36.224Z',
      law: 'EU',
      meta: { 're/f': 'r:1' },
    }
    const read = readSystemRequest(system, body)
    ok(read.ok)
    deepEqual(
      [read.request.kind, read.request.reference, read.request.law, read.request.identities],
      ['deletion', 'r:1', 'eea', { user: 'u-1' }],
    )
    for (const odd of [undefined, null, 3, 'text', [], { operation: ['delete'] }, { __proto__: body }])
      equal(readSystemRequest(system, odd).ok, false)
  })
})
