/** Disclosures made outside the gateway: who is told of one, when, and what is left of whom it was about. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { purchase } from '../support/house.ts'
import { handleOf, officer } from '../support/officers.ts'
import { sluice } from '../support/sluice.ts'
import { formsOf, tracesIn } from '../support/traces.ts'
import { startWithUsers } from '../support/users.ts'

const ORDER = {
  ground: 'legal_process',
  recipient: 'District court of Entenhausen',
  basis: 'Order 4711 of 2026',
  classes: ['user_id', 'ip'],
  scope: 'Your account and the addresses it was used from.',
  document: 'Legal archive 2026/4711',
}

test('it is in the statement of those it is about, as JSON and as a page, and of nobody else; never in clear on disk', async (t) => {
  const { house, person } = await startWithUsers(t)
  const staff = await officer(house, 'ann-of-staff')
  await house.send([purchase({ userId: 'ann' }), purchase({ userId: 'ben' }), purchase({ userId: 'cleo' })])
  await house.settled()
  const people = [{ user: 'ann' }, { user: 'never-seen' }]
  const made = await staff('POST', 'disclosures/by-hand', { ...ORDER, at: '2026-03-02', people })
  deepEqual([made.status, made.body.people, made.body.unknown], [201, 1, 1])
  const more = { handles: [await handleOf(staff, { user: 'ben' })] }
  equal((await staff('POST', `disclosures/by-hand/${made.body.id}/people`, more)).body.people, 2)
  const shown = async (user: string) =>
    (await house.call('GET', '/v1/me/disclosures', undefined, await person.token(user))).body.by_hand
  const { document: _, ...stated } = ORDER
  for (const user of ['ann', 'ben']) deepEqual(await shown(user), [{ at: '2026-03-02T00:00:00.000Z', ...stated }], user)
  equal(await shown('cleo'), undefined)
  const page = await house.call('GET', '/v1/me/disclosures', undefined, {
    ...(await person.token('ann')),
    accept: 'text/html',
  })
  ok(String(page.body).includes(ORDER.recipient))

  const texts = new Map([ORDER.recipient, ORDER.basis, ORDER.scope, ORDER.document].flatMap((one) => [...formsOf(one)]))
  deepEqual(tracesIn(house.folder.data, texts), [])
  const records = (await house.staff('GET', '/api/v1/disclosures?kind=by_hand')).body.items
  deepEqual(
    records.map(({ action }: { action: string }) => action),
    ['disclosed', 'disclosed_person', 'disclosed_person'],
  )
  ok(records.every(({ time }: { time: number }) => time % 86_400_000 === 0))

  equal((await house.call('POST', '/v1/me/erasure', undefined, await person.token('ann'))).status, 200)
  await house.send([purchase({ userId: 'ann' })])
  await house.settled()
  equal(await shown('ann'), undefined, 'whoever has the name after an erasure is not told')
  equal((await shown('ben')).length, 1)
})

test('a stated bar keeps it back until its day, and no longer; everybody is told of a merger', async (t) => {
  const { house, person } = await startWithUsers(t)
  const staff = await officer(house, 'ann-of-staff')
  await house.send([purchase({ userId: 'ann' })])
  await house.settled()
  const shown = async () =>
    (await house.call('GET', '/v1/me/disclosures', undefined, await person.token('ann'))).body.by_hand?.length ?? 0
  const bar = { until: '2099-01-01', reason: 'section 3 of the order' }
  const { body } = await staff('POST', 'disclosures/by-hand', { ...ORDER, people: [{ user: 'ann' }], bar })
  equal(await shown(), 0)
  await staff('PUT', `disclosures/by-hand/${body.id}/bar`, { bar: { ...bar, until: '2026-01-01' } })
  equal(await shown(), 1, 'its day has come')
  await staff('PUT', `disclosures/by-hand/${body.id}/bar`, { bar })
  equal(await shown(), 0)
  await staff('PUT', `disclosures/by-hand/${body.id}/bar`, { bar: null })
  equal(await shown(), 1)
  const merger = { ...ORDER, ground: 'merger', recipient: 'The new owner' }
  equal((await staff('POST', 'disclosures/by-hand', { ...merger, everyone: true })).status, 201)
  equal(await shown(), 2)
  for (const wrong of [merger, { ...merger, everyone: true, people: [{ user: 'ann' }] }, { ...merger, people: [{}] }])
    equal((await staff('POST', 'disclosures/by-hand', wrong)).body.code, 'ERR_IDENTITY_INVALID')
  const auditor = await officer(house, 'cleo', ['auditor'])
  equal((await auditor('GET', 'disclosures/by-hand')).body.items.length, 2)
})

test('sluice disclosure records a file of people, lists and bars', async (t) => {
  const { house } = await startWithUsers(t)
  await house.send([purchase({ userId: 'ann' })])
  await house.settled()
  const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
  const file = join(house.folder.root, 'people.jsonl')
  const lines = ['ann', ...Array.from({ length: 1_200 }, (_, i) => `u-${i}`)].map((user) => JSON.stringify({ user }))
  await writeFile(file, `${lines.join('\n')}\n`)
  const flags = ['--ground', 'safety', '--recipient', 'Rescue', '--basis', 'law', '--scope', 'what', '--document', 'x']
  const args = ['disclosure', 'record', ...at, ...flags, '--classes', 'user_id', 'ip', '--people', file]
  const recorded = await sluice([...args, '--json'])
  equal(recorded.code, 0, recorded.err)
  const { id, people, unknown } = JSON.parse(recorded.out)
  deepEqual([people, unknown], [1, 1_200])
  const barred = await sluice(['disclosure', 'bar', id, ...at, '--until', '2099-01-01', '--reason', 'order'])
  ok(barred.out.endsWith('barred until 2099-01-01'), barred.out + barred.err)
  ok((await sluice(['disclosure', 'list', ...at])).out.startsWith(`${id}  `))
  await writeFile(file, '{"user":"ann"}\nBobby Tables\n')
  const wrong = await sluice(args)
  deepEqual([wrong.code, wrong.err.includes('people.jsonl:2'), wrong.err.includes('Bobby')], [1, true, false])
})
