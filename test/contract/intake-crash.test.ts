import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { startIntake } from '../../src/threads/intake-client.ts'
import { CRASH_KEY, CRASH_OPTIONS } from './intake-crash-child.ts'
import { META, namesOf, openSums, pullAll, requestOf, TIKTOK } from './intake-events.ts'

/** How many accepted events each child lives to see. */
const LIVES = [40, 250, 120]

test('kill -9 at any moment: both sums close, nothing accepted is lost, nothing settled comes again', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sluice-intake-crash-'))
  try {
    const said: string[] = []
    for (const [cycle, accepted] of LIVES.entries()) {
      said.push(...(await runUntilKilled(dataFolder, `c${cycle}`, accepted)))
    }
    deepEqual(
      said.filter((line) => line.startsWith('wrong')),
      [],
    )
    const wordsOf = (word: string): string[] =>
      said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
    const accepted = wordsOf('accepted')
    ok(accepted.length >= LIVES.reduce((sum, life) => sum + life, 0))

    const options = { ...CRASH_OPTIONS, maintainEveryMs: 60_000 }
    const intake = await startIntake({ dataFolder, keyEncryptionKey: CRASH_KEY, options })
    const totals = await intake.totals()
    deepEqual(openSums(totals), [])
    // One request of two new events may have been kept in each life whose answer nobody heard.
    ok(totals.events.accepted >= accepted.length && totals.events.accepted <= accepted.length + 2 * LIVES.length)
    equal(totals.events.duplicate, totals.events.accepted / 2)

    const stillThere: string[] = []
    // A retry is due within 20 ms of the kill, which is past.
    for (const partner of [META, TIKTOK]) {
      const waiting = namesOf(await pullAll(intake, partner))
      const again = new Set(waiting)
      stillThere.push(...waiting)
      equal(waiting.length, again.size, `${partner}: a pair came twice`)
      equal(waiting.length, totals.pairs[partner]?.pending)
      const tried = new Set(wordsOf(`trying ${partner}`))
      const routed = accepted.filter((name) => partner === META || name.endsWith('-a'))
      deepEqual(
        routed.filter((name) => !again.has(name) && !tried.has(name)),
        [],
        `${partner}: accepted, never given out, and gone`,
      )
      deepEqual(
        wordsOf(`ended ${partner}`).filter((name) => again.has(name)),
        [],
        `${partner}: settled durably, and there again`,
      )
    }

    // What still waits is in a kept file, and so in the window of duplicates.
    const resent = await intake.append(
      requestOf(
        stillThere.map((name) => ({ name })),
        Date.now(),
      ),
    )
    deepEqual(new Set(resent), new Set(['duplicate']))
    await intake.close()
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
})

async function runUntilKilled(dataFolder: string, prefix: string, accepted: number): Promise<string[]> {
  const script = join(import.meta.dirname, 'intake-crash-child.ts')
  const child = spawn(process.execPath, [script, dataFolder, prefix], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const said: string[] = []
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line)
    if (line.startsWith('accepted') && ++seen === accepted) child.kill('SIGKILL')
  }
  const [, signal] = await ended
  equal(signal, 'SIGKILL')
  return said
}
