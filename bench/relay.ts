/**
 * What a relayed request costs beside what others cost for the same request. The gateway runs as in production, its INTENT
 * durable before a byte leaves.
 */
import { join } from 'node:path'
import { CONTENDER_COLUMNS, type Contender, contenderRow, interleave, ratioOf } from './support/contenders.ts'
import { shown } from './support/figures.ts'
import { inFolder } from './support/folder.ts'
import { missingPackages, startSink } from './support/nginx.ts'
import { rawLogContender, skippedNote, startPeers, YARDSTICK } from './support/peers.ts'
import { BID_BYTES, PHONES, relayRound, startRelayRig } from './support/relayed.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { withStops } from './support/stops.ts'
import { missingWrk } from './support/wrk.ts'

const GOAL_RATIO = 2.7
const MOST_RATIO = 3.5
const FULL = { rounds: 5, seconds: 2, warmRequests: 60_000, warmRounds: 24 }
const QUICK = { rounds: 3, seconds: 1, warmRequests: 8_000, warmRounds: 8 }
const SYNCED = 2_000
const GATEWAY = 'the gateway, INTENT durable before send'
const QUESTION = 'relay: what does a relayed request cost beside nginx with Lua?'

export async function run({ quick, against }: BenchOptions): Promise<Report> {
  const missing = [...missingPackages(), ...missingWrk()]
  if (missing.length > 0) {
    const notes = [skippedNote('the whole question', missing)]
    return { question: QUESTION, method: 'Not measured.', columns: ['-'], rows: [], notes }
  }
  const { rounds, seconds, warmRequests, warmRounds } = quick === true ? QUICK : FULL
  return withStops((stops) =>
    inFolder(async (folder) => {
      const bidder = (await stops.later(startSink(folder))).origin
      const rig = await startRelayRig(folder, bidder, stops)
      const other = against === undefined ? undefined : await startRelayRig(folder, bidder, stops, against)
      const { proxies } = await startPeers(join(folder, 'peers'), bidder, stops)
      // Until the compiler has seen enough of it, however slow the machine is.
      for (const one of other === undefined ? [rig] : [rig, other])
        for (let n = 0; n < warmRounds && (await one.relayed()) < warmRequests; n++) await one.round(seconds)
      const raw = { records: SYNCED, recordBytes: BID_BYTES }
      const contenders: readonly Contender[] = [
        ...proxies.map(({ name, pid, origin }) => ({
          name,
          round: () => relayRound(folder, { pid, url: `${origin}/bid` }, seconds),
        })),
        await rawLogContender(join(folder, 'raw.log'), raw, 1, stops),
        { name: GATEWAY, round: () => rig.round(seconds) },
        ...(other === undefined ? [] : [{ name: `the gateway of ${against}`, round: () => other.round(seconds) }]),
      ]
      const measured = await interleave(contenders, rounds)
      const base = measured.find(({ name }) => name === YARDSTICK)!
      const ratio = ratioOf(measured.find(({ name }) => name === GATEWAY)!, base).median
      const from = await rig.relayed()
      const allocated = await rig.gateway.probe.counted(() => rig.round(seconds))
      const allocatedBytes = allocated / ((await rig.relayed()) - from)
      const checked = await rig.check()
      return {
        question: QUESTION,
        method:
          `Bid requests of ${BID_BYTES.toLocaleString('en')} bytes from ${PHONES.toLocaleString('en')} returning phones, in a ` +
          `closed loop (wrk), ${rounds} rounds of ${seconds} s in turn after a warm-up; the bidder is an nginx that answers 204. ` +
          'CPU µs are for one request: user and system time of the whole process tree.',
        columns: ['', ...CONTENDER_COLUMNS],
        rows: measured.map((one) => contenderRow(one, base)),
        notes: [
          `goal for the ratio: ${GOAL_RATIO}, at most ${MOST_RATIO}`,
          `the gateway’s heaps allocate ${shown(allocatedBytes / 1_024)} KB for a request`,
          `the gateway’s peak of private memory (RssAnon): ${shown(rig.peakPrivateMb())} MB`,
          checked,
        ],
        figures: { relayRatio: ratio },
      }
    }),
  )
}
