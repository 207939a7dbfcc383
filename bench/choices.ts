/** What it costs to ask what stands for somebody, and to note an event that says nothing new. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { createFreshness } from '../src/choices/freshness.ts'
import type { IdentityKey } from '../src/model/brand.ts'
import type { Observation } from '../src/model/choice.ts'
import { ADVERTISING_DIMENSIONS } from '../src/model/signal.ts'
import { startChoices } from '../src/threads/choices-client.ts'
import { deviceOf } from './support/event.ts'
import { figuresOf } from './support/figures.ts'
import { inFolder, stopwatch } from './support/folder.ts'
import { cpuMicrosEach, MICRO_COLUMNS, microRow } from './support/micro.ts'
import type { Report } from './support/report.ts'

const PEOPLE = 5_000
const ASKED = 2_000
const ROUNDS = 7
const NOW = Date.UTC(2026, 10, 24, 12)

export function run(): Promise<Report> {
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
        'is it still current',
        cpuMicrosEach(
          () => somePeople(true),
          () => freshness.isCurrent(freshness.stamp()),
        ),
      ),
      microRow(
        'note an event that says nothing new',
        await noteKnown(choices.observe, () => somePeople(false).map(observationOf)),
      ),
    ]
    await choices.close()
    freshness.close()
    return {
      question: 'choices: what does it cost to ask what stands for somebody?',
      method:
        `${PEOPLE.toLocaleString('en')} people with 4 identities each, one in ten opted out; CPU of the asking thread, ` +
        `medians over rounds of ${ASKED.toLocaleString('en')} calls.`,
      columns: MICRO_COLUMNS,
      rows,
      notes: [],
    }
  })
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
