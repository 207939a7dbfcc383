import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postgresBinaries } from '../support/postgres.ts'
import { runCampaign } from './campaign.ts'

const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: the campaign of cells did not run' : false
const say = (): void => undefined

describe('cells that die, stand still and are cut off', { skip }, () => {
  test('begin no send after an opt-out was acknowledged, and lose no event', async () => {
    const verdict = await runCampaign({ binaries: binaries!, rounds: 1, seed: 'a', say })
    const { ignored, sends, acknowledged, events, items, findings } = verdict
    equal(ignored, 0)
    deepEqual(findings, [])
    ok(sends > 100 && acknowledged === 30, `${sends} sends, ${acknowledged} opt-outs`)
    ok(events === 240 && items > 0, `${events} events, ${items} items`)
  })
  test('and the judge finds cells that act without a lease', async () => {
    const { ignored } = await runCampaign({ binaries: binaries!, rounds: 1, seed: 'b', say, withoutLease: true })
    ok(ignored > 0)
  })
})
