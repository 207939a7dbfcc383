/** What a person is shown of it: whom we told, by which kind of identifier, and what they answered. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { purchase } from '../support/house.ts'
import { hidden, visitor } from '../support/pages.ts'
import { allEnded, startTelling } from './telling.ts'

const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const DEVICE = { type: 'ios', advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3 }

test('a person sees whom we told and what they answered, in their language; nobody else does, and nobody after an erasure', async (t) => {
  const share = { advertising_id: 'pass' }
  const { house, partners, person } = await startTelling(t, { contracts: [{ share }, { share }] })
  partners[1]!.answerTo = ({ path }) =>
    path === '/privacy' ? { status: 404, body: '{"state":"no_match"}' } : { status: 200, body: 'OK' }
  await house.send([purchase({ userId: 'ann' }, { device: DEVICE }), purchase({ userId: 'ben' })])
  await house.settled()
  const [ann, ben] = [visitor(house.gateway.dataUrl), visitor(house.gateway.dataUrl)]
  await ann.post('/me', {}, await person.token('ann'))
  await ben.post('/me', {}, await person.token('ben'))
  ok(!(await ann.get('/me/data')).text.includes('Whom we told'))
  const mark = hidden((await ann.get('/me')).text, 'mark')
  equal((await ann.post('/me/choices', { mark, act: 'deny', what: 'all' })).status, 200)
  await allEnded(house)

  const english = (await ann.get('/me/data?lang=en')).text
  match(english, /<h2>Whom we told of your decision, and what they answered<\/h2>/)
  match(
    english,
    /<strong>Partner acme<\/strong>\. Your opt-out, by your device&#39;s advertising identifier: it took this/,
  )
  match(english, /<strong>Partner bolt<\/strong>\. Your opt-out, by .+: it says that it knows nobody by this\./)
  const spanish = (await ann.get('/me/data?lang=es')).text
  match(spanish, /<h2>A quién comunicamos tu decisión, y qué respondió<\/h2>/)
  match(spanish, /Tu oposición, mediante el identificador de publicidad de tu dispositivo: lo aceptó, y no dice más\./)
  const { told } = JSON.parse((await ann.get('/me/data.json')).text)
  const today = new Date().toISOString().slice(0, 10)
  deepEqual(
    told.map(({ recipient, verb, state }: Record<string, string>) => [recipient, verb, state]),
    [
      ['acme', 'opt_out', 'accepted'],
      ['bolt', 'opt_out', 'no_match'],
    ],
  )
  for (const { asked } of told) ok(asked <= today && /^\d{4}-\d\d-\d\d$/u.test(asked))
  ok(![english, spanish, JSON.stringify(told)].some((text) => text.includes(IDFA)))

  const { body } = await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'ann' } })
  const staff = await house.staff('GET', `/api/v1/subjects/${body.handle}/disclosures`)
  deepEqual([staff.status, staff.body.told], [200, told])
  ok(!(await ben.get('/me/data')).text.includes('Whom we told'))

  const asked = hidden((await ann.get('/me/delete')).text, 'mark')
  const erased = await ann.post('/me/delete', { mark: asked, confirm: 'erase', lang: 'en' })
  match(erased.text, /Your data is deleted/)
  match(erased.text, /<strong>Partner acme<\/strong>: .*We tell it ourselves, too\./)
  await allEnded(house)
  const again = visitor(house.gateway.dataUrl)
  await again.post('/me', {}, await person.token('ann'))
  ok(!(await again.get('/me/data')).text.includes('Whom we told'))
})
