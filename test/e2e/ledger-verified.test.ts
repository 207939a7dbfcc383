/** A running gateway's ledger, verified by somebody who has nothing but its address, and by its operator beside it. */
import { deepEqual, equal, match } from 'node:assert/strict'
import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { webhookContract } from '../support/config-folder.ts'
import { purchase, startHouse } from '../support/house.ts'
import { ranSluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'

/** What a failing command says as well. */
async function sluice(...args: string[]): Promise<{ readonly status: number | null; readonly stdout: string }> {
  const { code, out, err } = await ranSluice(['ledger', ...args])
  return { status: code, stdout: code === 0 ? out : out + err }
}

describe('the ledger of a running gateway', () => {
  test('is verified by address and by folder while it is written', { timeout: 600_000 }, async (t) => {
    const { house } = await startHouse(t, ([partner]) => ({ contracts: [webhookContract('acme', partner!.origin)] }))
    const data = house.gateway.config.dataFolder
    const [trust, state] = [join(data, 'auditors-trust'), join(data, 'auditors-state')]
    copyFileSync(join(data, 'ledger', 'trust'), trust)
    const outside = ['--url', `${house.gateway.dataUrl}/ledger`, '--trust', trust]
    const audit = () => sluice('tail', '--state', state, ...outside)

    const first = await audit()
    equal(first.status, 0, first.stdout)
    match(first.stdout, /^Remembered /)
    await house.send(Array.from({ length: 150 }, (_, i) => purchase({ userId: `user-${i}` })))
    await house.settled()
    await until('a checkpoint of them', () => {
      const size = Number(readFileSync(join(data, 'ledger', 'checkpoint'), 'utf8').split('\n')[1])
      return size >= 300
    })
    const kept = join(data, 'kept')
    copyFileSync(state, kept)
    const second = await audit()
    match(second.stdout, /continues: \d{3} records, \d{3} more than remembered\.\n$/)

    // While more is written.
    const more = house.send(Array.from({ length: 200 }, (_, i) => purchase({ userId: `other-${i}` })))
    const fsck = await sluice('fsck', data, '--trust', trust, '--checkpoint', kept, state)
    equal(fsck.status, 0, fsck.stdout)
    const protocol = await sluice('protocol', data, '--trust', trust)
    equal(protocol.status, 0, protocol.stdout)
    await more
    await house.settled()

    const lines = (await sluice('export', '--data', data, '--from', '1', '--to', '2')).stdout
    const { seq, hash } = JSON.parse(lines) as { seq: number; hash: string }
    const verified = await sluice('verify', ...outside, '--checkpoint', kept, '--record', String(seq), '--hash', hash)
    equal(verified.status, 0, verified.stdout)
    const proof = await sluice('proof', String(seq), '--data', data)
    equal(proof.status, 0, proof.stdout)

    rmSync(kept)
    deepEqual(
      house.gateway.lanes().filter(({ breaker }) => breaker !== 'closed'),
      [],
    )
  })
})
