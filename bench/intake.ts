/** What it costs to keep an event durably, to give it out once and to settle it. */
import { randomBytes } from 'node:crypto'
import type { AppendItem, Intake } from '../src/intake/ports.ts'
import type { AppId, EventRef, IdentityKey, PartnerId, Revision } from '../src/model/brand.ts'
import { NO_STANDING } from '../src/model/event.ts'
import { startIntake } from '../src/threads/intake-client.ts'
import { BATCH_EVENTS, deviceOf, messageIdOf } from './support/event.ts'
import { figuresOf, shown, shownRange } from './support/figures.ts'
import { inFolder, stopwatch } from './support/folder.ts'
import type { Report } from './support/report.ts'

const ROUNDS = 7
const BATCHES_A_ROUND = 300
/** Requests under way at once. */
const SENDERS = 32
const MAX_PULL = 320
const APP = 'puzzle-android' as AppId
const PARTNER = 'northwind' as PartnerId

export function run(): Promise<Report> {
  return inFolder(async (dataFolder) => {
    const intake = await startIntake({ dataFolder, keyEncryptionKey: randomBytes(32) })
    const rounds = { append: [] as number[], pull: [] as number[], settle: [] as number[], perSecond: [] as number[] }
    let serial = 0
    const events = BATCHES_A_ROUND * BATCH_EVENTS
    for (let round = -2; round < ROUNDS; round++) {
      const batches = Array.from({ length: BATCHES_A_ROUND }, (_, index) => {
        serial += BATCH_EVENTS
        return batchOf(index, serial)
      })
      const spent = stopwatch()
      await inTurns(batches, (items) => intake.append({ app: APP, items, rejected: {} }))
      const append = spent()
      const pulled = await pullAll(intake, events)
      const pull = spent()
      const ends = pulled.map(({ position }) => ({ position, end: { state: 'delivered', why: '' } as const }))
      await inTurns(groupsOf(ends, BATCH_EVENTS), (group) => intake.settle(PARTNER, group, 0))
      const settle = spent()
      if (round < 0) continue
      rounds.append.push(append.cpuMicros / events)
      rounds.pull.push(pull.cpuMicros / events)
      rounds.settle.push(settle.cpuMicros / events)
      rounds.perSecond.push((events * 1_000) / append.wallMs)
    }
    const totals = await intake.totals()
    await intake.close()
    const { routed, settled, pending } = totals.pairs[PARTNER]!
    if (routed !== serial || settled.delivered !== serial || pending !== 0)
      throw new Error(`the books do not close: ${JSON.stringify({ sent: serial, routed, settled, pending })}`)
    const row = (what: string, values: readonly number[], note: string): string[] => {
      const figures = figuresOf(values)
      return [what, shown(figures.median), shownRange(figures), note]
    }
    return {
      question: 'intake: what does it cost to keep, give out and settle an event?',
      method:
        `Batches of ${BATCH_EVENTS} from ${SENDERS} senders at once, one partner, settled by ${BATCH_EVENTS}; ${ROUNDS} rounds of ` +
        `${events.toLocaleString('en')} events. CPU of the process, all threads.`,
      columns: ['step', 'CPU µs/event', 'min..max', 'events/s'],
      rows: [
        row('append, durable', rounds.append, shown(figuresOf(rounds.perSecond).median)),
        row('pull', rounds.pull, '-'),
        row('settle, durable', rounds.settle, '-'),
      ],
      notes: [`checked: all ${serial.toLocaleString('en')} pairs delivered; the sum closes`],
    }
  })
}

/** Runs `work` over all of them, `SENDERS` at a time. */
async function inTurns<One>(all: readonly One[], work: (one: One) => Promise<unknown>): Promise<void> {
  let next = 0
  const sender = async (): Promise<void> => {
    while (next < all.length) await work(all[next++]!)
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
}

async function pullAll(intake: Intake, events: number) {
  const all = []
  while (all.length < events) all.push(...(await intake.pull(PARTNER, MAX_PULL)))
  return all
}

function groupsOf<One>(all: readonly One[], size: number): One[][] {
  const groups: One[][] = []
  for (let first = 0; first < all.length; first += size) groups.push(all.slice(first, first + size))
  return groups
}

/** What is kept of the event of `event.ts` where one measurement partner is to receive it. */
function batchOf(device: number, firstSerial: number): AppendItem[] {
  const { advertisingId, ip } = deviceOf(device)
  const key = (kind: string): IdentityKey => `${kind}${String(device).padStart(31, '0')}` as IdentityKey
  const identityKeys = ['a', 'b', 'c', 'd'].map(key)
  return Array.from({ length: BATCH_EVENTS }, (_, index): AppendItem => {
    const eventRef = (firstSerial + index).toString(16).padStart(32, '0') as EventRef
    return {
      event: {
        app: APP,
        eventRef,
        kind: 'track',
        eventKey: 'Order Completed',
        receivedAt: Date.now(),
        identityKeys,
        fields: {
          advertising_id: { id: advertisingId, kind: 'aaid' },
          message_id: messageIdOf('0a1b2c3d', firstSerial + index),
          ip,
          place: { country: 'US', city: 'San Francisco' },
          os: { name: 'Android', version: '14' },
          property: { revenue: 24.95, currency: 'USD' },
        },
        tainted: [],
        signals: { lmt: ['0'], os: ['Android'], os_version: ['14'], advertising_id: ['present'], country: ['US'] },
        accepted: { revision: 1 as Revision, standing: NO_STANDING },
      },
      dedupeKey: eventRef,
      partners: [PARTNER],
    }
  })
}
