import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import {
  type NoticeCall,
  type NoticeParts,
  noticeAbilities,
  noticesProblem,
  takesIdentifier,
  tokenPlaceholder,
} from './notices.ts'

interface Settings {
  readonly key: string
}
const ERASE: NoticeCall<Settings> = {
  takes: { advertising_id: ['idfa', 'aaid'], user_id: 'any' },
  reversible: false,
  idempotent: ({ key }) => key === 'twice',
  certainty: 'A',
  doc: 'A page, 2026-11-01',
  under: ({ key }) => ({
    request: ({ identifier }) => ({
      method: 'POST',
      origin: 'https://acme.example',
      path: '/',
      headers: {},
      body: `{"key":"${key}","jwt":"${tokenPlaceholder('id')}"}`,
      tokens: [{ name: 'id', claims: { sub: identifier.value } }],
    }),
    answer: () => ({ state: 'accepted' }),
  }),
}
const APP = { id: 'app' }
const ABILITIES = { advertising_id: 2, user_id: 2 }

function problemOf(call: Partial<NoticeCall<Settings>>, otherwise = ''): string | undefined {
  const parts: NoticeParts<Settings> = { calls: { erase: { ...ERASE, ...call } }, otherwise }
  return noticesProblem(
    noticeAbilities(parts, () => ({ key: 'k' })),
    {},
    APP,
    ABILITIES,
  )
}

test('a call takes the kinds that it names, and of `any` all', () => {
  for (const [of, kind, taken] of [
    ['advertising_id', 'idfa', true],
    ['advertising_id', 'oaid', false],
    ['user_id', '', true],
    ['user_id', 'whatever', true],
    ['email', '', false],
  ] as const)
    equal(takesIdentifier(ERASE, { class: of, kind }), taken, `${of} ${kind}`)
})

test('a setting may say whether telling twice is the same as once', () => {
  for (const key of ['once', 'twice']) {
    const { calls } = noticeAbilities({ calls: { erase: ERASE }, otherwise: '' }, () => ({ key }))
    equal(calls.erase?.idempotent({}), key === 'twice')
  }
})

test('a half-made declaration says what it lacks', () => {
  equal(problemOf({}), undefined)
  equal(problemOf({ doc: '' }), 'its call erase does not say what it was built from')
  equal(problemOf({ takes: {} }), 'its call erase takes no identifier')
  equal(problemOf({ under: () => undefined }), 'its call erase is not set up by the sample connection')
  equal(
    problemOf({ takes: { ...ERASE.takes, email: 'any' } }),
    'its call erase takes email, which `abilities` has no place for: the partner never had one',
  )
  const mute: NoticeCall<Settings>['under'] = () => ({
    request: () => undefined,
    answer: () => ({ state: 'accepted' }),
  })
  equal(problemOf({ under: mute }), 'its call erase takes advertising_id and makes no request of it')
  const lost: NoticeCall<Settings>['under'] = (settings) => {
    const encoder = ERASE.under(settings)!
    return { ...encoder, request: (facts) => ({ ...encoder.request(facts)!, body: '{}' }) }
  }
  equal(problemOf({ under: lost }), 'its call erase signs the token id, which has no place in its request')
  const none = noticeAbilities({ calls: {}, otherwise: '' }, () => 0)
  equal(
    noticesProblem(none, {}, APP, ABILITIES),
    '`notices` has no call, and does not say in words what there is in its stead',
  )
})
