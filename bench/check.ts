/** The quick form that a build can afford: a few ratios and sizes, to be held against `bounds.ts`. */
import { createScanner } from '../src/guard/index.ts'
import type { Figures } from './bounds.ts'
import { type Contender, interleave, type Measured, ratioOf } from './support/contenders.ts'
import { deviceOf, eventText, messageIdOf } from './support/event.ts'
import { inFolder } from './support/folder.ts'
import { cpuMicrosEach, cpuMicrosOfSteps, QUICK_MICRO } from './support/micro.ts'
import { missingPackages, startEditor, startSink } from './support/nginx.ts'
import { BARE_NODE, skippedNote, startPeers, YARDSTICK } from './support/peers.ts'
import { relayRound, startRelayRig } from './support/relayed.ts'
import { peerRound, startLoad, startRig, type Work } from './support/rig.ts'
import { withStops } from './support/stops.ts'
import { createStory } from './support/story.ts'
import { missingWrk } from './support/wrk.ts'

const ROUNDS = 3
const BATCHES = 100
const WARM_UP = 200
const RELAY_SECONDS = 1
const RELAY_WARM_UPS = 4
const EVENTS = 1_000
const GATEWAY = 'the gateway'

export interface Checked {
  readonly figures: Figures
  /** What could not be measured here, and why. */
  readonly skipped: readonly string[]
}

export async function measureForCheck(): Promise<Checked> {
  const missing = [...missingPackages(), ...missingWrk()]
  const figures = {
    ...stepFigures(),
    ...(await eventFigures()),
    ...(missing.length === 0 ? await relayFigures() : {}),
  }
  return { figures, skipped: missing.length === 0 ? [] : [skippedNote('ratios to nginx', missing)] }
}

function eventFigures(): Promise<Figures> {
  return withStops((stops) =>
    inFolder(async (folder) => {
      const load = await startLoad(stops)
      const rig = await startRig(load, stops)
      const { proxies } = await startPeers(folder, rig.sinkOrigin, stops)
      const work: Work = { batches: BATCHES, devices: { kind: 'in turn', first: 0, count: BATCHES } }
      await rig.round({ ...work, batches: WARM_UP })
      const contenders: readonly Contender[] = [
        ...proxies
          .filter(({ name }) => name === BARE_NODE || name === YARDSTICK)
          .map((peer) => ({ name: peer.name, round: () => peerRound(load, peer, work) })),
        { name: GATEWAY, round: () => rig.round(work) },
      ]
      const measured = await interleave(contenders, ROUNDS)
      const allocated = await rig.allocated(work)
      await rig.check()
      const toLua = ratioTo(measured, YARDSTICK)
      return {
        'event, to node:http and undici': ratioTo(measured, BARE_NODE)!,
        ...(toLua === undefined ? {} : { 'event, to nginx with Lua': toLua }),
        'KB allocated an event': allocated / 1_024,
        'peak RssAnon, MB': rig.peakPrivateMb(),
      }
    }),
  )
}

function relayFigures(): Promise<Figures> {
  return withStops((stops) =>
    inFolder(async (folder) => {
      const bidder = (await stops.later(startSink(folder))).origin
      const rig = await startRelayRig(folder, bidder, stops)
      const { pid, origin } = await stops.later(startEditor(folder, new URL(bidder).host, false))
      for (let n = 0; n < RELAY_WARM_UPS; n++) await rig.round(RELAY_SECONDS)
      const measured = await interleave(
        [
          { name: YARDSTICK, round: () => relayRound(folder, { pid, url: `${origin}/bid` }, RELAY_SECONDS) },
          { name: GATEWAY, round: () => rig.round(RELAY_SECONDS) },
        ],
        ROUNDS,
      )
      await rig.check()
      return { 'relayed request, to nginx with Lua': ratioTo(measured, YARDSTICK)! }
    }),
  )
}

/** Steps of the main thread beside what only reading the event's JSON costs, by the same processor in the same minute. */
function stepFigures(): Figures {
  const { rawEvents, classified, events, scanInputs } = createStory()
  const texts = (): string[] =>
    Array.from({ length: EVENTS }, (_, n) => eventText(deviceOf(n), messageIdOf('0a1b2c3d', n), AT))
  const scan = createScanner()
  const parse = cpuMicrosEach(texts, (text) => JSON.parse(text), QUICK_MICRO).median
  const acceptance = cpuMicrosEach(() => rawEvents(EVENTS), classified, QUICK_MICRO).median
  const [first, further] = cpuMicrosOfSteps(
    () => scanInputs(events(EVENTS)),
    [(one) => scan(one.first), (one) => scan(one.second)],
    QUICK_MICRO,
  )
  return {
    'acceptance, to JSON.parse of the event': acceptance / parse,
    'guard, first partner, to JSON.parse of the event': first!.median / parse,
    'guard, further partner, to JSON.parse of the event': further!.median / parse,
  }
}

const AT = '2026-11-24T12:00:00.000Z'

/** Undefined where there is no such contender. */
function ratioTo(measured: readonly Measured[], base: string): number | undefined {
  const [of, to] = [GATEWAY, base].map((wanted) => measured.find(({ name }) => name === wanted))
  return of === undefined || to === undefined ? undefined : ratioOf(of, to).median
}
