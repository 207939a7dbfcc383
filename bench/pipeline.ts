/**
 * What an event costs from the SDK's batch to the recorded answer of its partner: accepted durably, decided, recorded,
 * sent, settled; beside what others cost who do less with the same batches.
 */
import { join } from 'node:path'
import type { Contender } from './support/contenders.ts'
import { CONTENDER_COLUMNS, contenderRow, interleave } from './support/contenders.ts'
import { BATCH_EVENTS, batchText, deviceOf, messageIdOf } from './support/event.ts'
import { shown } from './support/figures.ts'
import { inFolder } from './support/folder.ts'
import { rawLogContender, startPeers, YARDSTICK } from './support/peers.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { peerRound, SENDERS, startLoad, startRig, type Work } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const FULL = { rounds: 7, batches: 300, warmUp: 1_000 }
const QUICK = { rounds: 3, batches: 150, warmUp: 250 }
/** Phones that come back again and again, all of them known after the warm-up. */
const RETURNING = 1_000
const RECORD_BYTES = Buffer.byteLength(
  batchText(
    deviceOf(0),
    Array.from({ length: BATCH_EVENTS }, (_, n) => messageIdOf('00000000', n)),
    new Date(0).toISOString(),
  ),
)
export const GATEWAY = 'the gateway'

export function run({ quick, against }: BenchOptions): Promise<Report> {
  const size = quick === true ? QUICK : FULL
  return withStops((stops) =>
    inFolder(async (folder) => {
      const load = await startLoad(stops)
      const rig = await startRig(load, stops)
      const other = against === undefined ? undefined : await startRig(load, stops, { tree: against })
      const { proxies, skipped } = await startPeers(folder, rig.sinkOrigin, stops)
      const work: Work = { batches: size.batches, devices: { kind: 'in turn', first: 0, count: RETURNING } }
      const records = { records: size.batches, recordBytes: RECORD_BYTES }
      const contenders: readonly Contender[] = [
        ...proxies.map((peer) => ({ name: peer.name, round: () => peerRound(load, peer, work) })),
        await rawLogContender(join(folder, 'raw.log'), records, BATCH_EVENTS, stops),
        { name: GATEWAY, round: () => rig.round(work) },
        ...(other === undefined ? [] : [{ name: `the gateway of ${against}`, round: () => other.round(work) }]),
      ]
      for (const one of [rig, other]) await one?.round({ ...work, batches: size.warmUp })
      const measured = await interleave(contenders, size.rounds)
      const base = measured.find(({ name }) => name === YARDSTICK)
      const allocated = await rig.allocated(work)
      const checked = await rig.check()
      await other?.check()
      return {
        question: 'pipeline: what does an event cost from batch to recorded answer?',
        method:
          `Batches of ${BATCH_EVENTS} (events of 1,338 bytes) of ${RETURNING.toLocaleString('en')} returning phones from ${SENDERS} ` +
          `senders in a closed loop, one webhook partner; ${size.rounds} rounds of ${(size.batches * BATCH_EVENTS).toLocaleString('en')} ` +
          'events in turn, after a warm-up, the gateway’s counted until its last pair has settled. CPU µs are for one event: ' +
          'user and system time of the whole process tree. Senders and partner are other processes on the same machine.',
        columns: ['', ...CONTENDER_COLUMNS],
        rows: measured.map((one) => contenderRow(one, base)),
        notes: [
          ...skipped,
          `the gateway’s heaps allocate ${shown(allocated / 1_024)} KB for an event`,
          `the gateway’s peak of private memory (RssAnon): ${shown(rig.peakPrivateMb())} MB`,
          checked,
        ],
        figures: { allocatedBytes: allocated, peakPrivateMb: rig.peakPrivateMb() },
      }
    }),
  )
}
