/** Configurations are examined off the main thread: the same answers, nothing else waits, and a failure changes nothing. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Plans } from '../../src/contracts/config.ts'
import { loadConfig } from '../../src/contracts/load.ts'
import type { PartnerId } from '../../src/model/brand.ts'
import type { ContractPlan } from '../../src/model/contract.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { createExaminer, type Examiner } from '../../src/publish/examiner.ts'
import { type ExaminerOptions, startExaminer } from '../../src/threads/examiner-client.ts'
import { until } from '../support/until.ts'
import { NOW } from './fixture.ts'

const CONFIG = join(import.meta.dirname, '..', '..', 'config')
/** So many contracts of one publish, all changed. */
const MANY = 50
const FEW = 4

async function shipped(): Promise<Plans> {
  const loaded = await loadConfig(CONFIG, partnerTypes(), NOW)
  ok(loaded.ok)
  return loaded.config.plans
}

/** Every partner loses its operating system and gains its language. */
async function change(count: number): Promise<{ readonly before: Plans; readonly after: Plans; readonly now: number }> {
  const plans = await shipped()
  const northwind = plans.contracts.find(({ id }) => id === 'northwind')
  ok(northwind)
  const contracts = Array.from(
    { length: count },
    (_, index): ContractPlan => ({ ...northwind, id: `p${index}` as PartnerId, share: { ...northwind.share, os: 2 } }),
  )
  const changed = contracts.map((one): ContractPlan => ({ ...one, share: { ...one.share, os: 0, locale: 2 } }))
  return { before: { ...plans, contracts }, after: { ...plans, contracts: changed }, now: NOW }
}

function started(t: TestContext, options: Partial<ExaminerOptions> = {}) {
  const failures: unknown[] = []
  const examiner = startExaminer({ failed: (error) => failures.push(error), ...options })
  t.after(() => examiner.close())
  return { examiner, failures }
}

/** Requests to a server on this thread that were answered, one after another, while `work` ran. */
async function answeredDuring(work: () => Promise<unknown>): Promise<number> {
  const server = createServer((_, response) => response.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const ask = async () => (await fetch(url)).arrayBuffer()
  await ask()
  let running = true
  const worked = work().finally(() => {
    running = false
  })
  let answered = 0
  while (running) {
    await ask()
    if (running) answered++
  }
  await worked
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  return answered
}

describe('the examiner’s thread', () => {
  test('requests are answered while the change of many contracts is worked out, and none where it is done here', async (t) => {
    const pair = await change(MANY)
    const { examiner } = started(t)
    const off = await answeredDuring(() => examiner.narrowing(pair))
    ok(off >= 20, `only ${off} were answered`)
    const here = await answeredDuring(() => createExaminer(partnerTypes()).narrowing(pair))
    ok(here <= 2, `${here} were answered: the change is too small to say anything`)
  })

  test('says the same as where it is asked on this thread', async (t) => {
    const pair = await change(FEW)
    const { examiner } = started(t)
    const here = createExaminer(partnerTypes())
    const meaning = await examiner.meaning(pair)
    equal(meaning.change, 'mixed')
    match(meaning.words, /will no longer receive os of/)
    match(meaning.words, /will newly receive locale of/)
    const questions: ((of: Examiner) => Promise<unknown>)[] = [
      (of) => of.meaning(pair),
      (of) => of.differences(pair),
      (of) => of.narrowing(pair),
      (of) => of.staged({ ...pair, stage: { percent: 10 } }),
      (of) => of.staged({ ...pair, after: { ...pair.after, apps: [] }, stage: { until: NOW + 1 } }),
      (of) => of.withoutLapsed({ live: pair.before, now: NOW }),
      (of) => of.load({ folder: CONFIG, now: NOW }),
      (of) => of.load({ folder: join(CONFIG, 'nowhere'), now: NOW }),
    ]
    for (const ask of questions) deepEqual(await ask(examiner), await ask(here))
  })

  test('starts with the first question and ends when none comes', async (t) => {
    const { examiner } = started(t, { idleMs: 0 })
    equal(examiner.threadId(), undefined)
    const plans = await shipped()
    const asked = examiner.meaning({ before: plans, after: plans, now: NOW })
    ok(examiner.threadId() !== undefined)
    equal((await asked).change, 'same')
    await until('the thread to end', () => examiner.threadId() === undefined)
  })

  test('a question that needs more memory than it may have fails, and the next one is answered', async (t) => {
    const { examiner, failures } = started(t, { limits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 } })
    const plans = await shipped()
    const apps = Array.from({ length: 24_000 }, (_, id) => `  - { id: app-${id}, name: App, write_keys: [key-${id}] }`)
    await rejects(
      examiner.load({ folder: CONFIG, drafted: { 'apps.yaml': `apps:\n${apps.join('\n')}\n` }, now: NOW }),
      {
        code: 'ERR_EXAMINER_UNAVAILABLE',
      },
    )
    equal(failures.length, 1)
    equal((await examiner.meaning({ before: plans, after: plans, now: NOW })).change, 'same')
  })

  test('a question that takes too long, one that breaks and one at the end fail with the same code', async (t) => {
    const pair = await change(MANY)
    const slow = started(t, { answerMs: 1 }).examiner
    await rejects(slow.narrowing(pair), { code: 'ERR_EXAMINER_UNAVAILABLE' })
    const { examiner, failures } = started(t)
    // Sound: what no caller would ask.
    await rejects(examiner.meaning({ now: NOW } as never), { code: 'ERR_EXAMINER_UNAVAILABLE' })
    equal(failures.length, 1)
    const asked = rejects(examiner.narrowing(pair), { code: 'ERR_EXAMINER_UNAVAILABLE' })
    await examiner.close()
    await asked
    await rejects(examiner.narrowing(pair), { code: 'ERR_STOPPING' })
  })
})
