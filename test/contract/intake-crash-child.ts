/**
 * Lives only to be killed: appends and settles as fast as it can in a small data folder whose files turn over all the
 * time, and says on standard output what was promised to it. Arguments: the folder, a prefix for names.
 */
import { writeSync } from 'node:fs'
import type { Intake, PulledEvent, Settle } from '../../src/intake/ports.ts'
import type { PartnerId } from '../../src/model/brand.ts'
import { startIntake } from '../../src/threads/intake-client.ts'
import { endOf, META, requestOf, TIKTOK } from './intake-events.ts'

export const CRASH_KEY = Buffer.alloc(32, 9)
/** Files of 60 events at most, unlinked as soon as they are settled. */
export const CRASH_OPTIONS = { segmentRows: 60, keepHours: 0, maintainEveryMs: 3, maxAgeHours: 1 }

if (import.meta.main) {
  const [dataFolder, prefix] = process.argv.slice(2) as [string, string]
  const intake = await startIntake({ dataFolder, keyEncryptionKey: CRASH_KEY, options: CRASH_OPTIONS })
  await Promise.all([appendForEver(intake, prefix), settleForEver(intake, META, 1), settleForEver(intake, TIKTOK, 4)])
}

async function appendForEver(intake: Intake, prefix: string): Promise<void> {
  for (let n = 0; ; n++) {
    const name = `${prefix}-${n}`
    const wanted = [
      { name: `${name}-a`, subject: `s${n % 7}`, partners: [META, TIKTOK] },
      { name: `${name}-b`, partners: [META] },
      // Twice in one request: one duplicate.
      { name: `${name}-b`, partners: [META] },
    ]
    const results = await intake.append(requestOf(wanted, Date.now(), n % 5 === 0 ? { EVENT_NO_ID: 1 } : {}))
    say(`accepted ${name}-a`, `accepted ${name}-b`)
    if (results.join() !== 'accepted,accepted,duplicate') say(`wrong ${results.join()}`)
  }
}

/** Settles every `n`th pull in another way, so that all places of a queue are in use. */
async function settleForEver(intake: Intake, partner: PartnerId, slow: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const pulled = await intake.pull(partner, 10)
    const settled = pulled.filter((_, index) => index % slow === 0)
    say(...settled.map(({ event }) => `trying ${partner} ${event.eventRef}`))
    await intake.settle(
      partner,
      settled.map((one) => settleOf(one, turn)),
      turn,
    )
    const ended = settled.filter(({ attempt }) => attempt > 1 || turn % 3 !== 0)
    say(...ended.map(({ event }) => `ended ${partner} ${event.eventRef}`))
  }
}

function settleOf(one: PulledEvent, turn: number): Settle {
  if (one.attempt === 1 && turn % 3 === 0)
    return { position: one.position, retryAt: Date.now() + (turn % 20), attempt: 2 }
  return turn % 2 === 0 ? endOf(one) : { position: one.position, end: { state: 'withheld', why: 'choice' } }
}

/** Synchronous: what was said before the kill is in the pipe. */
function say(...lines: string[]): void {
  if (lines.length > 0) writeSync(1, `${lines.join('\n')}\n`)
}
