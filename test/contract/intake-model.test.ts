/** Any order of calls, restarts and file turnover against a plain list of what should be there. */
import { deepEqual } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { intakeOver } from '../../src/intake/intake-over.ts'
import type { IntakeLog } from '../../src/intake/log.ts'
import { requireOptions } from '../../src/intake/options.ts'
import type { Intake, PulledEvent } from '../../src/intake/ports.ts'
import type { IdentityKey, PartnerId } from '../../src/model/brand.ts'
import { openIntakeFiles } from '../../src/threads/intake-host.ts'
import { endOf, META, openSums, pullAll, requestOf, TIKTOK } from './intake-events.ts'

const MINUTE = 60_000
/** Shorter than files are kept, so that a restart forgets none. */
const WINDOW_MINUTES = 24
const OPTIONS = requireOptions({
  appendLingerMs: 0,
  settleLingerMs: 0,
  segmentRows: 5,
  keepHours: 0.5,
  dedupeWindowMs: WINDOW_MINUTES * MINUTE,
  windowBytes: 2_000,
})
const PARTNERS = [META, TIKTOK]
const ROUTES = [[META], [TIKTOK], [META, TIKTOK], []]

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      events: fc.array(fc.record({ name: fc.integer({ min: 0, max: 60 }), route: fc.integer({ min: 0, max: 3 }) }), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('work' as const),
      partner: fc.constantFrom(...PARTNERS),
      max: fc.integer({ min: 1, max: 8 }),
      ends: fc.array(fc.constantFrom('delivered', 'withheld', 'retry', 'leave'), { minLength: 8, maxLength: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('purge' as const), subject: fc.integer({ min: 0, max: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 90 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never

/** Found by this property: an erasure takes the key of the event from the disk, and a restart reads what is there. */
const ERASED_AND_SENT_AGAIN: Step[] = [
  { kind: 'append', events: [{ name: 0, route: 0 }] },
  { kind: 'purge', subject: 0 },
  { kind: 'append', events: [{ name: 0, route: 0 }] },
  { kind: 'restart' },
  { kind: 'append', events: [{ name: 0, route: 0 }] },
]

test('whatever happens in whatever order, each pair is there until it ends, and ends once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-intake-model-'))
      try {
        await follow(folder, steps)
      } finally {
        await rm(folder, { recursive: true })
      }
    }),
    { numRuns: 30, examples: [[ERASED_AND_SENT_AGAIN]] },
  )
})

function portOver(log: IntakeLog): Intake {
  const methods = log as unknown as Record<string, (argument: unknown) => unknown>
  const call = async (method: string, argument: unknown): Promise<never> =>
    structuredClone(await methods[method]!(structuredClone(argument))) as never
  return intakeOver({ call, onLost: () => undefined, close: async () => log.close() }, OPTIONS.windowBytes)
}

async function follow(dataFolder: string, steps: readonly Step[]): Promise<void> {
  let now = Date.UTC(2026, 0, 1)
  const counted = { received: 0, accepted: 0, duplicate: 0 }
  /** When each key was accepted last. */
  const known = new Map<number, number>()
  /** Keys that are in memory alone: what is erased keeps none on disk. */
  const inMemory = new Set<number>()
  let serial = 0
  /** Pairs that have not ended, by partner, with the subject of each. */
  const open = new Map<PartnerId, Map<string, number>>(PARTNERS.map((partner) => [partner, new Map()]))
  const ended = new Map(PARTNERS.map((partner) => [partner, { delivered: 0, withheld: 0, erased: 0 }]))
  let log = openLog()
  let intake = portOver(log)
  const start = (): void => {
    log = openLog()
    intake = portOver(log)
  }
  function openLog(): IntakeLog {
    return openIntakeFiles({ dataFolder, keyEncryptionKey: Buffer.alloc(32, 4), options: OPTIONS }, () => now)
  }
  const check = async (): Promise<void> => {
    const totals = await intake.totals()
    deepEqual(openSums(totals), [])
    deepEqual(totals.events, { ...counted, rejected: 0 })
    for (const partner of PARTNERS) {
      const pairs = totals.pairs[partner]
      const { delivered = 0, withheld = 0, erased = 0 } = pairs?.settled ?? {}
      deepEqual({ delivered, withheld, erased }, ended.get(partner))
      deepEqual(pairs?.pending ?? 0, open.get(partner)!.size)
    }
  }

  for (const one of steps) {
    switch (one.kind) {
      case 'append': {
        const wanted = one.events.map(({ name, route }) => ({
          name: `${name}#${serial++}`,
          dedupeKey: String(name),
          subject: `s${name % 5}`,
          partners: ROUTES[route]!,
        }))
        const expected = one.events.map(({ name, route }, index) => {
          counted.received += 1
          if (now - (known.get(name) ?? 0) <= WINDOW_MINUTES * MINUTE) {
            counted.duplicate += 1
            return 'duplicate'
          }
          known.set(name, now)
          inMemory.delete(name)
          counted.accepted += 1
          for (const partner of ROUTES[route]!) open.get(partner)!.set(wanted[index]!.name, name % 5)
          return 'accepted'
        })
        deepEqual(await intake.append(requestOf(wanted, now)), expected)
        break
      }
      case 'work': {
        const pulled = await intake.pull(one.partner, one.max)
        await intake.settle(
          one.partner,
          pulled.flatMap((pair, index) => settleOne(one.partner, pair, one.ends[index]!)),
          0,
        )
        break
      }
      case 'purge': {
        let gone = 0
        for (const partner of PARTNERS) {
          for (const [name, subject] of open.get(partner)!) {
            if (subject !== one.subject) continue
            open.get(partner)!.delete(name)
            ended.get(partner)!.erased += 1
            gone += 1
          }
        }
        for (const name of known.keys()) if (name % 5 === one.subject) inMemory.add(name)
        deepEqual((await intake.purge([`s${one.subject}` as IdentityKey])).ended, gone)
        break
      }
      case 'wait':
        now += one.minutes * MINUTE
        log.maintain()
        break
      case 'restart':
        await intake.close()
        start()
        for (const name of inMemory) known.delete(name)
        inMemory.clear()
        break
    }
    await check()
  }

  await intake.close()
  start()
  // All retries are due by then, and nothing is too old.
  now += 10 * MINUTE
  for (const partner of PARTNERS) {
    const left = (await pullAll(intake, partner)).map(({ event }) => event.eventRef as string)
    deepEqual(left.sort(), [...open.get(partner)!.keys()].sort())
  }
  await intake.close()

  function settleOne(partner: PartnerId, pair: PulledEvent, end: 'delivered' | 'withheld' | 'retry' | 'leave') {
    const name = pair.event.eventRef as string
    // A pair that the list does not know fails the comparison at the next check.
    if (end === 'leave') return []
    if (end === 'retry') return [{ position: pair.position, retryAt: now + 5 * MINUTE, attempt: pair.attempt + 1 }]
    open.get(partner)!.delete(name)
    ended.get(partner)![end] += 1
    return end === 'delivered'
      ? [endOf(pair)]
      : [{ position: pair.position, end: { state: 'withheld' as const, why: 'choice' as const } }]
  }
}
