/** Publishing over real sockets: what a partner receives before and after a second person's word. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const run = promisify(execFile)
const SHARE = { message_id: 'pass', advertising_id: 'pass', os: 'pass', ip: [24, 48] }

describe('publishing', () => {
  test('a wider file waits; approved, it holds for what is accepted from then on', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    await house.folder.write({
      contracts: [webhookContract('acme', partners[0]!.origin, { share: { ...SHARE, user_id: 'pass' } })],
    })
    const read = await house.staff('POST', '/api/v1/reload')
    deepEqual([read.body.changed, read.body.revision, read.body.waiting], [false, 1, 1])
    const shown = await house.staff('GET', '/api/v1/proposals/1')
    match(shown.body.words, /will newly receive user_id of everyone who did not opt out/)
    await house.send([purchase()])
    await house.settled()
    equal(partners[0]!.items()[0]?.user, undefined)

    await partners[0]!.goDown()
    await house.send([purchase()])
    const command = (token: string, ...args: readonly string[]): Promise<{ readonly stdout: string }> =>
      run(process.execPath, [
        ...[join(import.meta.dirname, '..', '..', 'bin', 'sluice.js'), ...args],
        ...['--control', house.gateway.controlUrl, '--token-file', token],
      ])
    const own = join(house.folder.data, 'keys', 'staff.token')
    const ben = join(house.folder.root, 'ben.token')
    await writeFile(ben, (await command(own, 'token', 'add', 'ben', '--roles', 'approver')).stdout)
    const sluice = (...args: readonly string[]) => command(ben, 'proposals', ...args)
    match((await sluice('list')).stdout, /^1 {2}waiting {2}wider, to revision 1, by files/)
    match((await sluice('show', '1')).stdout, /newly receive user_id/)
    // Whoever had the files read handed them in.
    await rejects(command(own, 'proposals', 'approve', '1'), /Another person/)
    match((await sluice('approve', '1', '--note', 'seen')).stdout, /^1 {2}approved/)
    await partners[0]!.comeBack()
    await house.send([purchase()])
    await house.settled()
    const users = partners[0]!.items().map(({ user }) => user !== undefined)
    deepEqual(users.toSorted(), [false, false, true])
    const { body } = await house.staff('GET', '/api/v1/revisions/live')
    deepEqual([body.revision, body.author, body.approvals.length, body.change], [2, 'files', 1, 'wider'])
  })

  test('the API narrows at once and saves back; what it widens the same person cannot approve', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    const edit = (path: readonly string[], value: unknown, part: object = {}) => ({
      edits: [{ file: 'partners/acme.yaml', path, value }],
      ...part,
    })
    const less = await house.staff('POST', '/api/v1/publish', edit(['share', 'ip'], null), { 'if-match': '"1"' })
    deepEqual([less.status, less.body.result, less.body.revision], [200, 'published', 2])
    ok(!(await readFile(join(house.folder.config, 'partners', 'acme.yaml'), 'utf8')).includes('ip:'))
    await house.send([purchase()])
    await house.settled()
    equal(partners[0]!.items()[0]?.ip, undefined)

    const stale = await house.staff('POST', '/api/v1/publish', edit(['contact'], 'dpo@partner.example'), {
      'if-match': '"1"',
    })
    equal(stale.status, 412)
    deepEqual(
      stale.body.theirs.map(({ path }: { path: string }) => path),
      ['share.ip'],
    )
    deepEqual(
      stale.body.yours.map(({ path }: { path: string }) => path),
      ['contact'],
    )
    deepEqual(stale.body.conflicts, [])

    const more = await house.staff('POST', '/api/v1/publish', edit(['share', 'email'], 'pass', { reason: 'a test' }), {
      'if-match': '"2"',
    })
    deepEqual([more.status, more.body.result], [202, 'proposed'])
    const own = await house.staff('POST', `/api/v1/proposals/${more.body.proposal}/approve`, {})
    deepEqual([own.status, own.body.code], [403, 'ERR_FOUR_EYES'])
  })

  test('a stop says which workers it holds on; a partner that is resumed begins with what comes from then on', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
    }))
    const stop = await house.staff('PUT', '/api/v1/partners/acme/stop', { stopped: true, reason: 'incident' })
    const workers = 1 + (house.gateway.dataThreads?.readings().length ?? 0)
    const confirmed = Array.from({ length: workers }, (_, worker) => ({ worker, inForce: true }))
    deepEqual([stop.status, stop.body.workers], [200, confirmed])
    await house.send([purchase()])
    await house.settled()
    equal((await house.staff('PUT', '/api/v1/partners/acme/stop', { stopped: false })).status, 200)
    const later = purchase()
    await house.send([later])
    await house.settled()
    deepEqual(
      partners[0]!.items().map(({ message_id }) => message_id),
      [later.messageId],
    )
  })

  test('a change on disk is seen without being asked for', async (t) => {
    const { house, partners } = await startHouse(t, ([partner]) => ({
      contracts: [webhookContract('acme', partner!.origin)],
      gateway: { watch_seconds: 1 },
    }))
    await house.folder.write({
      contracts: [
        webhookContract('acme', partners[0]!.origin, {
          share: { message_id: 'pass' },
          when_restricted: { send: 'nothing' },
        }),
      ],
      gateway: { watch_seconds: 1 },
    })
    await until('the narrower files to be live', () => house.gateway.revision().number === 2)
  })
})
