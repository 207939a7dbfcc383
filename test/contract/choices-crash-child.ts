/** Stores opt-outs and sticky signals until it is killed; prints the number of each one that was acknowledged. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { createFreshness } from '../../src/choices/freshness.ts'
import type { Finding } from '../../src/model/signal.ts'
import { startChoices } from '../../src/threads/choices-client.ts'

export const CRASH_INDEX_KEY = createSecretKey(Buffer.alloc(32, 3))
const AT_ONCE = 16

const LIMITED: Finding = {
  signal: 'lmt',
  denies: 7,
  permits: 0,
  deviceLimit: true,
  child: false,
  countryOnly: false,
  withdrawal: true,
  why: 'lmt',
}

/** A pipe that is full for a moment refuses the bytes: the reader is behind. */
function tell(number: number): void {
  for (;;) {
    try {
      writeSync(1, `${number}\n`)
      return
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') throw error
    }
  }
}

async function storeForEver(dataFolder: string, from: number): Promise<void> {
  const freshness = createFreshness(1)
  freshness.registerDataThread()
  const choices = await startChoices({ dataFolder, indexKey: CRASH_INDEX_KEY, freshness, now: Date.now, randomBytes })
  const storeOne = async (number: number): Promise<void> => {
    const user = choices.keyOf({ kind: 'user', value: `user-${number}` })
    const device = choices.keyOf({ kind: 'vendor_id', value: `device-${number}` })
    const said = { permits: 0, child: false, channel: 'app', saidBy: 'test', at: number } as const
    // Even numbers choose, odd ones send a signal: either must restrict the linked identity as well.
    if (number % 2 === 0) {
      await choices.observe([{ identities: [user, device], device, restricting: [], lifting: [], at: number }])
      await choices.put([user], { ...said, denies: 7 })
    } else {
      await choices.observe([{ identities: [user, device], device, restricting: [LIMITED], lifting: [], at: number }])
    }
    tell(number)
  }
  for (let next = from; ; next += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => storeOne(next + index)))
  }
}

const [dataFolder, from] = process.argv.slice(2)
if (dataFolder !== undefined && process.argv[1] === import.meta.filename) await storeForEver(dataFolder, Number(from))
