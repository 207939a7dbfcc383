/** What the ledger says of a notice: that it was about to leave, how that went, how it ended; and no disclosure of an event. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { purchase } from '../support/house.ts'
import { until } from '../support/until.ts'
import { allEnded, startTelling, toldAt } from './telling.ts'

const IDFA = '4D92078A-8246-4BA4-AE5B-76104861E7DC'
const DAY_MS = 86_400_000
const SLUICE = join(import.meta.dirname, '..', '..', 'bin', 'sluice.js')

interface Row {
  readonly [name: string]: unknown
  readonly seq: number
  readonly time: number
  readonly id: string
}

test('each request is on record as a NOTICE, its answer as a NOTICE OUTCOME, its end once; none is a disclosure of an event', async (t) => {
  const { house, partners } = await startTelling(t, { contracts: [{ share: { advertising_id: 'pass' } }] })
  const partner = partners[0]!
  const answers = [503, 200]
  partner.answerTo = ({ path }) => ({ status: path === '/privacy' ? answers.shift()! : 200, body: 'OK' })
  const device = { type: 'ios', advertisingId: IDFA, adTrackingEnabled: true, attTrackingStatus: 3 }
  const event = purchase({ userId: 'ann' }, { device })
  await house.send([event])
  await house.settled()
  const list = async (query: string): Promise<readonly Row[]> =>
    (await house.staff('GET', `/api/v1/disclosures?${query}`)).body.items
  const disclosures = async () => ({
    books: (await house.staff('GET', '/api/v1/accounting')).body,
    counted: (await house.staff('GET', '/api/v1/aggregates?by=partner,field&people=true')).body,
    listed: await list('limit=100'),
    why: (await house.staff('POST', '/api/v1/why', { message_id: event.messageId })).body.pairs,
  })
  const before = await disclosures()
  deepEqual([before.listed.length, before.why.length], [1, 1])

  await house.call('PUT', '/v1/me/choices', { identities: { advertising_id: IDFA }, opt_out: true })
  await allEnded(house)
  const ends = await until('the end on record', async () => {
    const found = await list('kind=notice_end')
    return found.length > 0 && found
  })
  const { notice } = toldAt(partner)[0]!
  const sent = await list('kind=notice')
  deepEqual(
    sent.map(({ partner: to, verb, identifier, attempt, type, outcome }) => {
      const { kind, status } = outcome as { kind: string; status: number }
      return [to, verb, identifier, attempt, type, kind, status]
    }),
    [
      ['acme', 'opt_out', 'advertising_id', 1, 'webhook', 'refused', 503],
      ['acme', 'opt_out', 'advertising_id', 2, 'webhook', 'delivered', 200],
    ],
  )
  const answered = await list('kind=notice_outcome')
  deepEqual(
    answered.map(({ id, attempt }) => [id, attempt]),
    sent.map(({ id, attempt }) => [id, attempt]),
  )
  const refs = new Set([...sent, ...answered].map(({ eventRef }) => eventRef))
  equal(refs.size, 1)
  deepEqual(
    ends.map(({ action, facts }) => ({ action, facts })),
    [{ action: 'notice_ended', facts: { notice: [...refs][0], partner: 'acme', state: 'accepted', verb: 'opt_out' } }],
  )
  notEqual([...refs][0], notice.replaceAll('-', ''), 'the partner’s name for it ties nothing on record to it')
  for (const { seq, time } of [...sent, ...answered, ...ends]) equal(time % DAY_MS, 0, `record ${seq} is of a moment`)
  const said = JSON.stringify([sent, answered, ends])
  ok(!said.includes(IDFA) && !said.includes(IDFA.toLowerCase()))

  // What an event's disclosures are asked of is as it was.
  deepEqual(await disclosures(), before)
  for (const { seq } of [...sent, ...ends])
    equal((await house.staff('GET', `/api/v1/ledger/records/${seq}/explanation`)).status, 404, `record ${seq}`)
  // The command reads the files themselves, and finds the same.
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[SLUICE, 'ledger', 'export', '--data', house.folder.data],
  ])
  const exported = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
    .filter(({ kind }) => String(kind).startsWith('notice'))
  deepEqual(
    exported.map(({ kind, seq }) => [kind, seq]),
    [...sent, ...answered, ...ends].map(({ kind, seq }) => [kind, seq]).toSorted((a, b) => Number(a[1]) - Number(b[1])),
  )
})
