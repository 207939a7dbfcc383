import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { callsIn, type FirstCall, openCalls } from './idempotency.ts'

const KEY = new Uint8Array(32).fill(7)
const ANSWER = { status: 200, body: { done: 'a-word-to-look-for' }, etag: '3' }

async function open(t: TestContext) {
  const folder = await temporaryFolder(t)
  const clock = { now: Date.now() }
  const start = () => openCalls(callsIn(join(folder, 'idempotency')), KEY, () => clock.now)
  return { folder: join(folder, 'idempotency'), clock, start }
}
async function first(begun: Promise<{ readonly kind: string }>): Promise<FirstCall> {
  const call = await begun
  equal(call.kind, 'first')
  return call as FirstCall
}

describe('idempotency keys', () => {
  test('the same call is answered as the first time, also after a restart, for its own actor alone', async (t) => {
    const { start, folder } = await open(t)
    const keys = await start()
    await (await first(keys.begin('ann', 'k', 'POST /x'))).answered(ANSWER)
    deepEqual(await keys.begin('ann', 'k', 'POST /x'), { kind: 'again', answer: ANSWER })
    const again = await start()
    deepEqual(await again.begin('ann', 'k', 'POST /x'), { kind: 'again', answer: ANSWER })
    await rejects(again.begin('ann', 'k', 'POST /y'), { code: 'ERR_IDEMPOTENCY_REUSED' })
    await first(again.begin('ben', 'k', 'POST /y'))
    for (const name of await readdir(folder)) ok(!(await readFile(join(folder, name), 'utf8')).includes('a-word'))
  })

  test('while the first has not ended, the second is told to wait', async (t) => {
    const keys = await (await open(t)).start()
    const both = await Promise.allSettled([keys.begin('ann', 'k', 'x'), keys.begin('ann', 'k', 'x')])
    deepEqual(both.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    await rejects(keys.begin('ann', 'k', 'x'), { code: 'ERR_IDEMPOTENCY_UNDER_WAY' })
  })

  test('a crash, a failure on the way and a damaged file leave it in doubt; a refusal leaves the key free', async (t) => {
    const { start, folder } = await open(t)
    const keys = await start()
    await first(keys.begin('ann', 'crash', 'x'))
    await rejects((await start()).begin('ann', 'crash', 'x'), { code: 'ERR_IDEMPOTENCY_UNKNOWN' })
    ;(await first(keys.begin('ann', 'lost', 'x'))).lost()
    await rejects(keys.begin('ann', 'lost', 'x'), { code: 'ERR_IDEMPOTENCY_UNKNOWN' })
    await (await first(keys.begin('ann', 'refused', 'x'))).refused()
    await (await first(keys.begin('ann', 'refused', 'y'))).answered(ANSWER)
    for (const name of await readdir(folder)) await writeFile(join(folder, name), 'damaged')
    await rejects(keys.begin('ann', 'refused', 'y'), { code: 'ERR_IDEMPOTENCY_UNKNOWN' })
  })

  test('is kept for a day', async (t) => {
    const { start, clock } = await open(t)
    const keys = await start()
    await (await first(keys.begin('ann', 'k', 'x'))).answered(ANSWER)
    clock.now += 86_400_001
    await first(keys.begin('ann', 'k', 'another'))
  })
})
