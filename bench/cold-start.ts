/** How long a start takes until the first batch is accepted, on an empty folder and on one with a history. */

import { request } from 'undici'
import { createConfigFolder, type TestFolder, WRITE_KEY } from '../test/support/config-folder.ts'
import { type Contender, interleave, type Round } from './support/contenders.ts'
import { BATCH_EVENTS, batchText, deviceOf, messageIdOf } from './support/event.ts'
import { figuresOf, shown, shownRange } from './support/figures.ts'
import { cpuMicrosOf, tickMicrosOf } from './support/kernel.ts'
import { startAsked, startGatewayProcess } from './support/processes.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { eventConfig, SENDERS, startLoad } from './support/rig.ts'
import { type Stops, withStops } from './support/stops.ts'

const FULL = { rounds: 5, batches: 2_500 }
const QUICK = { rounds: 3, batches: 250 }
const RUN = '0a1b2c3d'

export function run({ quick }: BenchOptions): Promise<Report> {
  const { rounds, batches } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const sink = await stops.later(Promise.resolve(startAsked<object, object>('./sink.ts')))
    const { port } = (await sink.hello()) as { readonly port: number }
    const config = eventConfig({ partners: ['partner-0'], idle: [], origin: `http://127.0.0.1:${port}` })
    const history = await folderOf(config, stops)
    let serial = await fill(history, batches, stops)
    const starting = (folder: () => Promise<TestFolder>) => async (): Promise<Round> => {
      const one = await folder()
      const round = await startOnce(one, serial)
      serial += BATCH_EVENTS
      return round
    }
    const contenders: readonly Contender[] = [
      { name: 'an empty folder', round: starting(() => folderOf(config, stops)) },
      {
        name: `a folder with ${(batches * BATCH_EVENTS).toLocaleString('en')} events`,
        round: starting(async () => history),
      },
    ]
    const measured = await interleave(contenders, rounds)
    return {
      question: 'cold-start: how long does a start take?',
      method:
        `From the start of the process until a batch of ${BATCH_EVENTS} is accepted, durably; ${rounds} rounds in turn after one that ` +
        'fills the compile cache. CPU of the whole process, all threads.',
      columns: ['on', 'CPU ms', 'min..max', 'wall ms', 'min..max'],
      rows: measured.map(({ name, cpu, rounds: made }) => {
        const wall = figuresOf(made.map(({ p50Ms = 0 }) => p50Ms))
        const ms = { median: cpu.median / 1_000, min: cpu.min / 1_000, max: cpu.max / 1_000 }
        return [name, shown(ms.median), shownRange(ms), shown(wall.median), shownRange(wall)]
      }),
      notes: ['checked: each first batch was answered 200'],
    }
  })
}

async function folderOf(config: Parameters<typeof createConfigFolder>[0], stops: Stops): Promise<TestFolder> {
  const folder = await createConfigFolder(config)
  stops.add(folder.remove)
  return folder
}

/** Gives the folder a past. Resolves to the serial number of the next event. */
async function fill(folder: TestFolder, batches: number, stops: Stops): Promise<number> {
  const gateway = await startGatewayProcess(folder.config)
  const load = await startLoad(stops)
  const { failed } = await load.ask({
    origins: [gateway.dataUrl],
    writeKey: WRITE_KEY,
    run: RUN,
    firstSerial: 0,
    batches,
    batchEvents: BATCH_EVENTS,
    senders: SENDERS,
    devices: { kind: 'in turn', first: 0, count: batches },
  })
  await gateway.stop()
  if (Object.keys(failed).length > 0) throw new Error(`answers were not 200: ${JSON.stringify(failed)}`)
  return batches * BATCH_EVENTS
}

/** `p50Ms` is the one wait that there is. */
async function startOnce(folder: TestFolder, serial: number): Promise<Round> {
  const from = performance.now()
  const gateway = await startGatewayProcess(folder.config)
  try {
    const ids = Array.from({ length: BATCH_EVENTS }, (_, event) => messageIdOf(RUN, serial + event))
    const { statusCode, body } = await request(`${gateway.dataUrl}/v1/batch`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
      },
      body: batchText(deviceOf(serial % 1_000), ids, new Date().toISOString()),
    })
    await body.dump()
    if (statusCode !== 200) throw new Error(`the first batch was answered ${statusCode}`)
    const p50Ms = performance.now() - from
    // Threads that only the start needs have ended: the ticks have them.
    const cpuMicros = Math.max(tickMicrosOf(gateway.pid), cpuMicrosOf(gateway.pid))
    return { cpuMicros, perSecond: 1_000 / p50Ms, p50Ms }
  } finally {
    await gateway.stop()
  }
}
