import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postgresBinaries } from '../support/postgres.ts'
import { runCampaign } from './campaign.ts'

const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: the campaign of cells did not run' : false
const say = (): void => undefined

describe('cells that die, stand still and are cut off', { skip }, () => {
  test('begin no send after an opt-out was acknowledged', async () => {
    const { ignored, sends, acknowledged } = await runCampaign({ binaries: binaries!, rounds: 1, seed: 'a', say })
    equal(ignored, 0)
    ok(sends > 100 && acknowledged === 30, `${sends} sends, ${acknowledged} opt-outs`)
  })
  test('and the judge finds cells that act without a lease', async () => {
    const { ignored } = await runCampaign({ binaries: binaries!, rounds: 1, seed: 'b', say, withoutLease: true })
    ok(ignored > 0)
  })
})
