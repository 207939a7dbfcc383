/** What it costs to ask what stands for somebody, and to note an event that says nothing new. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createFreshness } from '../src/choices/freshness.ts'
import type { IdentityKey } from '../src/model/brand.ts'
import type { Observation } from '../src/model/choice.ts'
import { ADVERTISING_DIMENSIONS } from '../src/model/signal.ts'
import { startChoices } from '../src/threads/choices-client.ts'
import { deviceOf } from './support/event.ts'
import { figuresOf } from './support/figures.ts'
import { inFolder, stopwatch } from './support/folder.ts'
import { cpuMicrosEach, MICRO_COLUMNS, microRow } from './support/micro.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { absentKey, storeChoices, storedKey } from './support/stored-choices.ts'

const PEOPLE = 5_000
const ASKED = 2_000
const ROUNDS = 7
const SIZES = [10_000, 10_000_000]
const QUICK_SIZES = [10_000, 200_000]
const TARGET_LOOK_UP_MICROS = 12
const NOW = Date.UTC(2026, 10, 24, 12)

export function run({ quick }: BenchOptions): Promise<Report> {
  return inFolder(async (dataFolder) => {
    const freshness = createFreshness()
    const choices = await startChoices({
      dataFolder,
      indexKey: createSecretKey(randomBytes(32)),
      freshness,
      now: () => NOW,
      randomBytes,
    })
    const keysOf = (index: number): IdentityKey[] => {
      const { userId, anonymousId, androidId, advertisingId } = deviceOf(index)
      return [
        choices.keyOf({ kind: 'user', value: userId }),
        choices.keyOf({ kind: 'anonymous', value: anonymousId }),
        choices.keyOf({ kind: 'vendor_id', value: androidId }),
        choices.keyOf({ kind: 'advertising_id', value: advertisingId }),
      ]
    }
    const observationOf = (index: number): Observation => {
      const identities = keysOf(index)
      return { identities, device: identities[2]!, restricting: [], lifting: ['lmt'], at: NOW }
    }
    const people = Array.from({ length: PEOPLE }, (_, index) => index)
    // Everybody is known; one in ten has opted out.
    for (let first = 0; first < PEOPLE; first += 20)
      await choices.observe(people.slice(first, first + 20).map(observationOf))
    await Promise.all(
      people
        .filter((index) => index % 10 === 0)
        .map((index) =>
          choices.put(keysOf(index), {
            denies: ADVERTISING_DIMENSIONS,
            permits: 0,
            child: false,
            channel: 'user_token',
            saidBy: 'user',
            at: NOW,
          }),
        ),
    )
    // What was learnt before the last choice is forgotten: said once more, everybody is known again.
    for (let first = 0; first < PEOPLE; first += 20)
      await choices.observe(people.slice(first, first + 20).map(observationOf))

    let round = 0
    const somePeople = (optedOut: boolean): number[] => {
      round++
      return Array.from({ length: ASKED }, (_, index) => {
        const person = ((index + round * 37) * 10) % PEOPLE
        return optedOut ? person : person + 1
      })
    }
    /** Once is less than can be measured. */
    const checkOften = ({ stamp, keys }: { readonly stamp: number; readonly keys: readonly IdentityKey[] }): number => {
      let current = 0
      for (let time = 0; time < 100; time++) if (freshness.isCurrent(stamp, keys)) current++
      return current
    }
    const lookup = (keys: readonly IdentityKey[]) => choices.lookup(keys)
    const rows = [
      microRow(
        'key of an identity that is remembered',
        cpuMicrosEach(
          () => somePeople(false).map((index) => deviceOf(index)),
          ({ advertisingId }) => choices.keyOf({ kind: 'advertising_id', value: advertisingId }),
        ),
      ),
      microRow(
        'look-up, 4 identities, nothing stands',
        cpuMicrosEach(() => somePeople(false).map(keysOf), lookup),
      ),
      microRow(
        'look-up, 4 identities, opted out',
        cpuMicrosEach(() => somePeople(true).map(keysOf), lookup),
      ),
      microRow(
        'is it still current, 4 identities: nothing changed at all, 100 times',
        cpuMicrosEach(
          () => somePeople(true).map((person) => ({ stamp: freshness.stamp(), keys: keysOf(person) })),
          checkOften,
        ),
      ),
      microRow(
        'the same, others changed since, 100 times',
        cpuMicrosEach(() => {
          const read = somePeople(true).map((person) => ({ stamp: freshness.stamp(), keys: keysOf(person) }))
          for (const person of somePeople(false)) freshness.outdate(keysOf(person))
          return read
        }, checkOften),
      ),
      microRow(
        'note an event that says nothing new',
        await noteKnown(choices.observe, () => somePeople(false).map(observationOf)),
      ),
    ]
    await choices.close()
    freshness.close()
    for (const count of quick === true ? QUICK_SIZES : SIZES) rows.push(sizeRow(dataFolder, count))
    return {
      question: 'choices: what does it cost to ask what stands for somebody?',
      method:
        `${PEOPLE.toLocaleString('en')} people with 4 identities each, one in ten opted out; CPU of the asking thread, ` +
        `medians over rounds of ${ASKED.toLocaleString('en')} calls.`,
      columns: MICRO_COLUMNS,
      rows,
      notes: ['the last rows ask the database alone, one identity of four opted out, each time other ones'],
    }
  })
}

/** What a look-up costs when the database is as large as `count` opt-outs make it. */
function sizeRow(folder: string, count: number): string[] {
  const reader = storeChoices(join(folder, `choices-${count}.db`), count)
  let draw = 0
  const asked = (): IdentityKey[][] =>
    Array.from({ length: ASKED }, () => {
      // Prime to every size: each draw is another place of the whole table.
      draw = (draw + 7_368_787) % count
      return [storedKey(draw, count), ...[1, 2, 3].map((n) => absentKey((draw + n * 104_729) % count, count))]
    })
  if (reader.standing(asked()[0]!).length !== 1) throw new Error('an opt-out was not found')
  const row = microRow(
    `look-up, 4 identities, ${count.toLocaleString('en')} choices`,
    cpuMicrosEach(asked, (keys) => reader.standing(keys)),
    TARGET_LOOK_UP_MICROS,
  )
  reader.close()
  return row
}

/** Awaited in one go, as a request's events are. */
async function noteKnown(
  observe: (observations: readonly Observation[]) => Promise<void>,
  observations: () => readonly Observation[],
) {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const made = observations()
    const spent = stopwatch()
    for (const observation of made) await observe([observation])
    rounds.push(spent().cpuMicros / made.length)
  }
  return figuresOf(rounds)
}
