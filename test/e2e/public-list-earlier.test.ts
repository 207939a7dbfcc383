/** The public list of any earlier day, and every policy there ever was, over real HTTP. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import express from 'express'
import supertest from 'supertest'
import { createPublicList } from '../../src/ingress/public-list/handlers.ts'
import type { PartnerId, Revision } from '../../src/model/brand.ts'
import type { RevisionPlan } from '../../src/model/contract.ts'
import { topOf } from '../../src/model/field-class.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { contract, policy, revision } from '../support/builders.ts'

const at = (day: string, hour = 12): number => Date.parse(`${day}T${hour}:00:00Z`)
const numbered = (number: number, day: string, part: Partial<RevisionPlan>, hour?: number): RevisionPlan =>
  revision({ number: number as Revision, activatedAt: at(day, hour), ...part })

const FABRIKAM = contract({ id: 'fabrikam' as PartnerId, name: 'Fabrikam', share: { os: topOf('os') } })
const OLD = policy({ date: '2018-05-22', privacyPolicy: 'https://app.example/privacy/2018' })
const NEW = policy({ date: '2026-02-01', privacyPolicy: 'https://app.example/privacy/2026' })
const PLANS = [
  numbered(1, '2026-01-10', { policy: OLD }),
  numbered(2, '2026-02-01', { policy: NEW }, 10),
  numbered(3, '2026-02-01', { policy: NEW, contracts: [contract(), FABRIKAM] }, 20),
  // 4 was lost.
  numbered(5, '2026-03-01', { policy: NEW, contracts: [FABRIKAM] }),
]

function asked(today = '2026-04-01', plans = PLANS) {
  const planAt = (number: Revision): RevisionPlan | undefined => plans.find((one) => one.number === number)
  const app = express()
  const list = createPublicList({
    tables: { months: async () => [], table: async () => undefined },
    recentChoices: () => [],
    revisions: { current: () => plans.at(-1)!, at: planAt, kept: planAt, stopped: () => false },
    types: partnerTypes(),
    now: () => at(today),
  })
  app.get('/partners/on/:day', list.earlier)
  app.get(['/partners/changes', '/partners/changes.json'], list.changes)
  // Errors as Express answers them, without their text.
  app.use(((error: { status?: number }, _request, response, _next) => {
    response.status(error.status ?? 500).end()
  }) as express.ErrorRequestHandler)
  return supertest(app)
}

describe('the list of an earlier day', () => {
  const rows: [string, string, readonly string[] | undefined][] = [
    ['before the first revision', '2026-01-09', undefined],
    ['on the day of the first', '2026-01-10', ['northwind']],
    ['between two', '2026-01-31', ['northwind']],
    ['on a day of two revisions: as at its end', '2026-02-01', ['fabrikam', 'northwind']],
    ['long after, where a number is missing', '2026-03-31', ['fabrikam']],
    ['today, which is not over', '2026-04-01', undefined],
    ['a day to come', '2027-01-01', undefined],
    ['no day', '2026-13-45', undefined],
    ['no day at all', '1', undefined],
  ]
  for (const [what, day, partners] of rows)
    test(`${what}: ${partners ?? 'there is none'}`, async () => {
      const { status, body } = await asked().get(`/partners/on/${day}.json`)
      if (partners === undefined) return equal(status, 404)
      equal(status, 200)
      deepEqual([body.as_of, body.partners.map(({ id }: { id: string }) => id)], [day, partners])
    })

  test('it bears the policy and its address of then, and says that it is no more', async () => {
    const { text } = await asked().get('/partners/on/2026-01-31').set('accept', 'text/html')
    match(text, /as it was at the end of <time datetime="2026-01-31">31 January 2026<\/time>/)
    match(text, /href="https:\/\/app\.example\/privacy\/2018"/)
    match(text, /<time datetime="2018-05-22">/)
    ok(!text.includes('Last changed</dt>'))
  })
})

describe('every earlier policy', () => {
  test('is named with its address and the days on which it was in force, newest first', async () => {
    const { body } = await asked().get('/partners/changes.json')
    deepEqual(body.policies, [
      { date: '2026-02-01', url: 'https://app.example/privacy/2026', from: '2026-02-01' },
      { date: '2018-05-22', url: 'https://app.example/privacy/2018', from: '2026-01-10', until: '2026-02-01' },
    ])
    const { text } = await asked().get('/partners/changes').set('accept', 'text/html')
    match(text, /<a href="\/partners\/on\/2026-02-01">/)
    match(text, /privacy\/2018/)
  })

  test('is kept, with the lists of its days, beyond the changes that are told one by one', async () => {
    const many = Array.from({ length: 600 }, (_, index) =>
      numbered(index + 1, new Date(at('2020-01-01') + index * 86_400_000).toISOString().slice(0, 10), {
        policy: index === 0 ? OLD : NEW,
        contracts: index % 2 === 0 ? [contract()] : [FABRIKAM],
      }),
    )
    const agent = asked('2026-04-01', many)
    const { body } = await agent.get('/partners/changes.json')
    equal(body.policies.at(-1).date, '2018-05-22')
    deepEqual((await agent.get('/partners/on/2020-01-02.json')).body.partners[0].id, 'fabrikam')
  })
})
