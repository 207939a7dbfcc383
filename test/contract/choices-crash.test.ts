import { equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { createFreshness } from '../../src/choices/freshness.ts'
import { startChoices } from '../../src/threads/choices-client.ts'
import { CRASH_INDEX_KEY } from './choices-crash-child.ts'

const CYCLES = 3
const ACKNOWLEDGED_A_CYCLE = 150

test('every choice and signal that was acknowledged stands after kill -9', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sluice-choices-'))
  try {
    const acknowledged: number[] = []
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      acknowledged.push(...(await storeUntilKilled(dataFolder, cycle * 100_000)))
      const choices = await startChoices({
        dataFolder,
        indexKey: CRASH_INDEX_KEY,
        freshness: createFreshness(1),
        now: Date.now,
        randomBytes,
      })
      const lost = acknowledged.filter((number) =>
        [
          choices.keyOf({ kind: 'user', value: `user-${number}` }),
          choices.keyOf({ kind: 'vendor_id', value: `device-${number}` }),
        ].some((key) => choices.lookup([key]).standing.findings.every(({ denies }) => denies !== 7)),
      )
      await choices.close()
      equal(lost.length, 0, `cycle ${cycle}: ${lost.length} of ${acknowledged.length} lost`)
    }
    ok(acknowledged.length >= CYCLES * ACKNOWLEDGED_A_CYCLE)
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
})

async function storeUntilKilled(dataFolder: string, from: number): Promise<readonly number[]> {
  const script = join(import.meta.dirname, 'choices-crash-child.ts')
  const child = spawn(process.execPath, [script, dataFolder, String(from)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const numbers: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    numbers.push(Number(line))
    if (numbers.length === ACKNOWLEDGED_A_CYCLE) child.kill('SIGKILL')
  }
  const [, signal] = await ended
  equal(signal, 'SIGKILL')
  return numbers
}
