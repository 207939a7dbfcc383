/** `sluice why`: one event at each partner, down to the contract's line; and what nobody can tell any more. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { sluice } from '../support/sluice.ts'

test('by messageId: sent with each field’s reason and line, withheld with its own, and who it was not for', async (t) => {
  const { house } = await startHouse(
    t,
    ([one, two]) => ({
      contracts: [
        webhookContract('acme', one!.origin),
        webhookContract('beta', two!.origin, { when_restricted: { send: 'nothing' } }),
        webhookContract('deaf', two!.origin, { events: { 'App Opened': { as: 'open' } } }),
      ],
    }),
    2,
  )
  await house.call('PUT', '/v1/me/choices', { identities: { user: 'out' }, opt_out: true })
  await house.send([
    purchase({ messageId: 'm-in', userId: 'in' }),
    purchase({ messageId: 'm-out', userId: 'out' }),
    purchase({ messageId: 'm-gone', userId: 'gone' }),
  ])
  await house.settled()
  const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
  const why = async (...args: readonly string[]) => {
    const { code, out, err } = await sluice(['why', ...args, ...at, '--json'])
    equal(code, 0, err)
    return JSON.parse(out)
  }
  const about = ({
    pairs,
  }: {
    readonly pairs: readonly { readonly partner: string; readonly result: string; readonly why?: string }[]
  }) => pairs.map((pair) => [pair.partner, pair.result, pair.why])

  const sent = await why('m-in')
  deepEqual([sent.event.app, sent.event.event], ['messenger-ios', 'Order Completed'])
  deepEqual(about(sent), [
    ['acme', 'sent', 'agreed'],
    ['beta', 'sent', 'agreed'],
    ['deaf', 'not_routed', undefined],
  ])
  const [acme, , deaf] = sent.pairs
  const ip = acme.explanation.fields.find(({ field }: { field: string }) => field === 'ip')
  deepEqual([ip.treatment, ip.line.file], ['24/48', 'partners/acme.yaml'])
  deepEqual([acme.outcome.kind, acme.explanation.again.same], ['delivered', true])
  deepEqual(
    [deaf.line.file, deaf.says],
    ['partners/deaf.yaml', 'Its contract does not name the event Order Completed.'],
  )
  ok(!JSON.stringify(sent).includes('"in"'), 'no value of the event')

  const out = await why('m-out')
  deepEqual(about(out).slice(0, 2), [
    ['acme', 'sent', 'choice'],
    ['beta', 'withheld', 'choice'],
  ])
  deepEqual([out.pairs[1].line.file, out.pairs[1].line.revision], ['partners/beta.yaml', 1])
  deepEqual(about(await why('m-out', '--partner', 'beta')), [['beta', 'withheld', 'choice']])

  // By partner and time: a record that is nearest, from either side.
  const { time } = out.pairs[1].record
  equal((await why('--partner', 'beta', '--at', new Date(time).toISOString())).pairs[0].record.time, time)
  const seqs = await Promise.all(
    ['2001-01-01', '2101-01-01'].map(async (day) => (await why('--partner', 'beta', '--at', day)).pairs[0].record.seq),
  )
  ok(seqs[0] < seqs[1], `the oldest and the newest: ${seqs.join()}`)

  const said = await sluice(['why', 'm-in', ...at])
  match(said.out, /^Order Completed of messenger-ios, received /)
  match(said.out, /acme {2}sent, .*, delivered: The contract grants it/)
  match(said.out, /ip +24\/48 +The contract grants it in coarser form\. +partners\/acme\.yaml:\d+/)
  match(
    said.out,
    /deaf {2}not for it: Its contract does not name the event Order Completed\.\n {2}partners\/deaf\.yaml:\d+, revision 1/,
  )

  for (const args of [
    ['nobody-sent-this'],
    ['m-in', '--partner', 'acme', '--at', '2026-01-01'],
    ['--at', '2026-01-01'],
    [],
  ]) {
    const { code, out: nothing, err } = await sluice(['why', ...args, ...at])
    deepEqual([code, nothing], [1, ''], args.join(' '))
    match(err, /ERR_NOT_FOUND|Name a messageId/)
  }

  // What an erasure takes away, nobody can ask by any more.
  const handle = (await house.staff('POST', '/api/v1/subjects/lookup', { identities: { user: 'gone' } })).body.handle
  equal(
    (
      await house.staff('POST', `/api/v1/subjects/${handle}/erasure`, {
        confirm: 'erase',
        with_shared_devices: true,
        accounts: 'leave',
      })
    ).status,
    200,
  )
  equal((await sluice(['why', 'm-gone', ...at])).code, 1)
})

test('a line that a contract has from the defaults is named in defaults.yaml', async (t) => {
  const { share: _, contact: __, ...rest } = webhookContract('acme', 'http://127.0.0.1:1')
  const { house, partners } = await startHouse(t, ([partner]) => ({
    contracts: [webhookContract('acme', partner!.origin)],
  }))
  const contract = { ...rest, profile: 'small', connection: { url: `${partners[0]!.origin}/hooks`, batch: true } }
  await writeFile(join(house.folder.config, 'partners', 'acme.yaml'), stringify(contract))
  await writeFile(
    join(house.folder.config, 'defaults.yaml'),
    'contact: privacy@partner.example\nprofiles:\n  small:\n    share:\n      message_id: pass\n      os: pass\n      ip: [16, 32]\n',
  )
  await house.publishFiles()
  await house.send([purchase({ messageId: 'm-1' })])
  await house.settled()
  const at = ['--control', house.gateway.controlUrl, '--token-file', join(house.folder.data, 'keys', 'staff.token')]
  const { out } = await sluice(['why', 'm-1', ...at, '--json'])
  const fields: readonly { readonly field: string; readonly line?: object }[] =
    JSON.parse(out).pairs[0].explanation.fields
  deepEqual(fields.find(({ field }) => field === 'ip')?.line, {
    revision: 2,
    file: 'defaults.yaml',
    lineNumber: 7,
    pointer: '/contracts/0/share/ip',
  })
})

test('an answer reads no more than its limit, says what is left, and is whole when it is gone on with', async (t) => {
  const { house } = await startHouse(
    t,
    ([one, two]) => ({ contracts: [webhookContract('acme', one!.origin), webhookContract('beta', two!.origin)] }),
    2,
  )
  await house.send(Array.from({ length: 60 }, (_, n) => purchase({ messageId: `m-${n}` })))
  await house.settled()
  const ask = async (more: object) => (await house.staff('POST', '/api/v1/why', { message_id: 'm-59', ...more })).body
  const whole = await ask({})
  deepEqual([whole.pairs.length, whole.next, whole.left], [2, undefined, undefined])
  const pairs: object[] = []
  const left: string[][] = []
  for (let cursor: string | undefined; ; ) {
    const answer = await ask({ limit: 25, ...(cursor === undefined ? {} : { cursor }) })
    pairs.push(...answer.pairs)
    left.push(answer.left ?? [])
    cursor = answer.next
    if (cursor === undefined) break
  }
  deepEqual(pairs, whole.pairs)
  // 60 INTENTs of each partner, 25 a time.
  ok(left.length >= 4, String(left.length))
  deepEqual([left[0], left.at(-2), left.at(-1)], [['acme', 'beta'], ['beta'], []])
  equal((await house.staff('POST', '/api/v1/why', { message_id: 'm-59', cursor: 'bm8' })).body.code, 'ERR_CURSOR')
})
