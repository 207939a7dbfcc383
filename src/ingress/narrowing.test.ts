import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import { GatewayError } from '../model/errors.ts'
import { createNarrowing } from './narrowing.ts'

const SAID: ChoiceStatement = { denies: 1, permits: 0, child: false, channel: 'app', saidBy: 'app', at: 0 }
const APP = 'messenger' as AppId

/** A writer of opt-outs that takes a turn for each; `seen` begins the names of identities that the gateway knows. */
function bench() {
  const written: string[] = []
  const refused: string[] = []
  const narrow = createNarrowing({
    choices: { isSeen: ([key]) => key!.startsWith('linked') },
    intake: { hasKeys: async ([key]) => key!.startsWith('seen') },
    stateChoice: async ([key]) => {
      await new Promise((resolve) => setImmediate(resolve))
      written.push(key!)
    },
  })
  const ask = (from: string, key: string): Promise<void> =>
    narrow(from, [key as IdentityKey], SAID, APP).catch((error: unknown) => {
      ok(error instanceof GatewayError && error.code === 'ERR_CHOICES_UNAVAILABLE')
      refused.push(key)
    })
  return { written, refused, ask }
}

describe('opt-outs by the write key alone', () => {
  test('5,000 honest ones of one address are all written while another address floods the same app', async () => {
    const { written, refused, ask } = bench()
    const flood = Array.from({ length: 20_000 }, (_, index) => ask('flood', `made up ${index}`))
    const honest: Promise<void>[] = []
    for (let index = 0; index < 5_000; index++) {
      honest.push(ask('home', index % 2 === 0 ? `seen ${index}` : `linked ${index}`))
      // As they come: not all in one turn.
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(honest)
    strictEqual(written.filter((key) => !key.startsWith('made up')).length, 5_000)
    await Promise.all(flood)
    deepStrictEqual(
      refused.filter((key) => !key.startsWith('made up')),
      [],
    )
    ok(refused.length > 10_000, `${refused.length} of the flood were sent away`)
  })

  test('people never seen wait behind the flood of nobody but their own address', async () => {
    const { written, refused, ask } = bench()
    const flood = Array.from({ length: 5_000 }, (_, index) => ask('flood', `made up ${index}`))
    await Promise.all(Array.from({ length: 500 }, (_, index) => ask('home', `new ${index}`)))
    strictEqual(written.filter((key) => key.startsWith('new')).length, 500)
    ok(written.filter((key) => key.startsWith('made up')).length <= 1_000)
    await Promise.all(flood)
    deepStrictEqual(
      refused.filter((key) => key.startsWith('new')),
      [],
    )
  })

  test('without a flood nobody is looked up', async () => {
    let asked = 0
    const narrow = createNarrowing({
      choices: { isSeen: () => ++asked > 0 },
      intake: { hasKeys: async () => ++asked > 0 },
      stateChoice: async () => {},
    })
    await narrow('home', ['one' as IdentityKey], SAID, APP)
    strictEqual(asked, 0)
  })
})
