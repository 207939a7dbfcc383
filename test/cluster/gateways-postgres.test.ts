/** Two gateways over one database: what one acknowledges binds the other, whatever becomes of it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { cp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startGatewayProcess } from '../faults/gateway-process.ts'
import { until } from '../support/until.ts'
import {
  askAgain,
  cluster,
  code,
  erase,
  erased,
  LEASE_SECONDS,
  leaveGatewayAlone,
  metric,
  optOut,
  pending,
  received,
  send,
  settled,
  skip,
  startCell,
  startCells,
  useServer,
} from './gateways.ts'

describe('two gateways as cells', { skip }, () => {
  const prepared = useServer()

  test('start on a safe database alone, and only where somebody added them', async (t) => {
    const { folders, allowing } = await prepared(t, 'one')
    await folders[0]!.write(await allowing(0, false))
    const refused = await cluster(folders[0]!, 'init')
    equal(refused.code, 1)
    match(refused.err, /^synchronous_standby_names is empty, .* name the standbys, or set allow_single_copy: true$/)
    await folders[0]!.write(await allowing(0, true))
    const filed = startGatewayProcess(folders[0]!.config)
    equal(await filed.ended, 1)
    match(
      filed.said(),
      /apps\.yaml, partners\/acme\.yaml, policy\.yaml: a cell takes contracts, .* `sluice publish DIR`/,
    )
    const files = `${folders[0]!.root}/files`
    await cp(folders[0]!.config, files, { recursive: true })
    for (const folder of folders) await leaveGatewayAlone(folder)
    const early = startGatewayProcess(folders[0]!.config)
    equal(await early.ended, 1)
    match(early.said(), /the database has no schema, .* run `sluice cluster init`/)
    deepEqual((await cluster(folders[0]!, 'init')).code, 0)
    const stranger = startGatewayProcess(folders[1]!.config)
    equal(await stranger.ended, 1)
    match(stranger.said(), /cell 1 is not in the cluster: add it with `sluice cluster add 1`/)
    equal((await cluster(folders[0]!, 'add', '1')).code, 0)
    const empty = startGatewayProcess(folders[1]!.config)
    equal(await empty.ended, 1)
    match(empty.said(), /the database holds no revision: `sluice cluster init DIR` publishes/)
    equal(JSON.parse((await cluster(folders[0]!, 'init', files)).out).revision, 1)
    const own = join(folders[1]!.data, 'choices.db')
    await writeFile(own, '')
    const used = startGatewayProcess(folders[1]!.config)
    equal(await used.ended, 1)
    match(used.said(), /this folder has choices of its own, which no other cell would know/)
    await rm(own)
    // A start that was refused stands in no later one's way.
    const cell = startCell(folders[1]!)
    await cell.ready
    const { cells, leaseSeconds } = JSON.parse((await cluster(folders[0]!, 'status')).out)
    equal(leaseSeconds, LEASE_SECONDS)
    deepEqual(
      cells.map(({ cell, state }: { cell: string; state: string }) => [cell, state]),
      [
        ['0', 'new'],
        ['1', 'acts'],
      ],
    )
    match((await cluster(folders[0]!, 'leave', '1')).err, /^cell 1 acts, or did a moment ago/)
    cell.kill('SIGTERM')
    await cell.ended
    equal((await cluster(folders[0]!, 'leave', '1')).code, 0)
    equal((await cluster(folders[0]!, 'leave', '1')).err, 'cell 1 is not in the cluster.')
    equal((await cluster(folders[0]!, 'add', '1')).code, 0)
  })

  test('what one acknowledges is in force at the other, however it ends and begins again', async (t) => {
    const { folders, partner } = await prepared(t, 'two')
    const [a, b] = await startCells(folders)

    for (const number of ['1', '2', '3', '4']) {
      await optOut(await a.ready, `restricted-${number}`)
      equal((await send(await b.ready, `restricted-${number}`, `stays ${number}`)).status, 200)
      equal((await send(await b.ready, `open-${number}`, `goes ${number}`)).status, 200)
    }
    await settled(await b.ready)
    deepEqual(received(partner).toSorted(), ['goes 1', 'goes 2', 'goes 3', 'goes 4'])
  })

  test('one that is cut off neither sends nor accepts, and the other waits for that', async (t) => {
    const { folders, partner, wire } = await prepared(t, 'three')
    const [a, b] = await startCells(folders)
    wire.cut()
    await optOut(await a.ready, 'ann')
    const refused = await send(await b.ready, 'ann', 'early')
    deepEqual([refused.status, await code(refused)], [503, 'ERR_CHOICES_UNAVAILABLE'])
    ok(Number(refused.headers.get('retry-after')) > 0)
    const readyz = await fetch(`${(await b.ready).control}/readyz`)
    deepEqual([readyz.status, ((await readyz.json()) as { problems: unknown }).problems], [503, [NOT_FRESH]])
    equal(await metric(await b.ready, 'sluice_cluster_lease_seconds{cell="1"}'), 0)
    deepEqual(received(partner), [])
    wire.mend()
    await until('the cell to be ready again', async () => (await fetch(`${(await b.ready).control}/readyz`)).ok)
    equal((await send(await b.ready, 'ann', 'of who opted out')).status, 200)
    equal((await send(await b.ready, 'ben', 'of another')).status, 200)
    await settled(await b.ready)
    deepEqual(received(partner), ['of another'])
  })

  test('one that is killed is waited for until its lease is over, and catches up before it sends', async (t) => {
    const { folders, partner } = await prepared(t, 'four')
    const [a, b] = await startCells(folders)
    await partner.goDown()
    equal((await send(await b.ready, 'ann', 'of who opts out')).status, 200)
    equal((await send(await b.ready, 'ben', 'of another')).status, 200)
    b.kill('SIGKILL')
    await b.ended
    await optOut(await a.ready, 'ann')
    const { cells } = JSON.parse((await cluster(folders[0]!, 'status')).out)
    const { state, renewedSecondsAgo } = cells[1] as { state: string; renewedSecondsAgo: number }
    equal(state, 'silent')
    ok(renewedSecondsAgo >= LEASE_SECONDS, `acknowledged ${renewedSecondsAgo} s after its last renewal`)
    // Nobody waits for it any more, though it has confirmed nothing since.
    await optOut(await a.ready, 'cy')

    await partner.comeBack()
    const again = startCell(folders[1]!)
    await settled(await again.ready)
    deepEqual(received(partner), ['of another'])
  })

  test('an erasure at one ends what waits at the other, and what waited at one that was down', async (t) => {
    const { folders, partner } = await prepared(t, 'five')
    const [a, b] = await startCells(folders)
    await partner.goDown()
    for (const user of ['dora', 'emil', 'fay'])
      equal((await send(await b.ready, user, `of ${user.length} letters`)).status, 200)
    const answer = await erase(folders[0]!, await a.ready, { user: 'dora' })
    await until('the other cell to have done its part', async () => {
      return (await askAgain(await a.ready, answer)).unfinished === undefined
    })
    equal(await pending(await b.ready), 2)
    equal(await erased(folders[1]!, await b.ready), 1)
    b.kill('SIGKILL')
    await b.ended
    await erase(folders[0]!, await a.ready, { user: 'emil' })
    const refused = await until('its lease to be over', async () => {
      const { err } = await cluster(folders[0]!, 'leave', '1')
      return !err.startsWith('cell 1 acts') && err
    })
    equal(refused, 'cell 1 has 1 erasures to finish: start it once more, which does so, or say --lost.')
    await partner.comeBack()
    const again = startCell(folders[1]!)
    await settled(await again.ready)
    equal(await erased(folders[1]!, await again.ready), 2)
    deepEqual(received(partner), ['of 3 letters'])
  })
})

const NOT_FRESH = { part: 'choices', why: 'not_fresh' }
