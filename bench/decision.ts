/** What deciding about one event for one partner costs, step by step, as delivery does it: nothing but pure functions. */
import { createDecisionCache } from '../src/decide/decision-cache.ts'
import { screen } from '../src/guard/index.ts'
import type { ContractPlan } from '../src/model/contract.ts'
import { type AcceptedEvent, NO_STANDING, type Standing } from '../src/model/event.ts'
import { createViewer } from '../src/transform/view.ts'
import { finding } from '../test/support/builders.ts'
import { MICRO_COLUMNS, microRow, cpuMicrosEach as microsEach, QUICK_MICRO } from './support/micro.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { createStory, MEASURED, NOW, types } from './support/story.ts'

/** Made at once; about as many as are under way in a busy gateway. */
const EVENTS = 1_000
const TARGET_DECISION_MICROS = 3
const TARGET_ACCEPTANCE_MICROS = 15
const TARGET_ENCODE_MICROS = 10

export async function run({ quick }: BenchOptions): Promise<Report> {
  const cpuMicrosEach = <Input>(inputs: () => readonly Input[], work: (input: Input) => unknown) =>
    microsEach(inputs, work, quick === true ? QUICK_MICRO : undefined)
  const { parts, partsOf, preparer, rawEvents, classified, inBatches, events, prepare, items } = createStory()
  const optedOut: Standing = { findings: [finding({ denies: 7, withdrawal: true })] }
  const decideCached = createDecisionCache()
  const viewOf = createViewer()
  const decideAndView = (event: AcceptedEvent, standing: Standing) => {
    const { verdict, key, finestCoarse } = preparer.judge(event, standing, parts.rules(event), NOW)
    const { accepted, now, pseudonymise } = partsOf(event)
    const { app, eventKey } = event
    const decision = decideCached({ accepted, now, app, eventKey, verdict, finestCoarse, at: NOW }, key)
    if (decision.kind !== 'send') throw new Error(`the event was withheld: ${decision.why}`)
    return viewOf(event.fields, event.kind, parts.app(event), decision, pseudonymise)
  }
  const [sample] = items(events(1))
  const encode = (type: string, connection: ContractPlan['connection']) => {
    const encoder = types.get(type)!.encoder(connection)
    return cpuMicrosEach(
      () =>
        items(events(EVENTS)).map(({ view, decision }) => ({ view: { ...view, partner_id: PARTNER_IDS }, decision })),
      ({ view, decision }) => encoder.item(view, decision.flags),
    )
  }

  return {
    question: 'decision: what does it cost to decide about one event for one partner?',
    method:
      'CPU of one thread, medians over rounds of events of 1,338 bytes, each event new. ' +
      `The item is ${Buffer.byteLength(sample!.bytes)} bytes; a second partner is granted everything, so that every class is ` +
      'kept with the event and has to be withheld from this one.',
    columns: MICRO_COLUMNS,
    rows: [
      microRow(
        'at acceptance: classify, read signals, screen (once an event)',
        cpuMicrosEach(() => rawEvents(EVENTS), classified),
        TARGET_ACCEPTANCE_MICROS,
      ),
      microRow(
        '… of a batch of 20, of one phone',
        cpuMicrosEach(
          () => inBatches(EVENTS),
          (classify) => classify(),
        ),
        TARGET_ACCEPTANCE_MICROS,
      ),
      microRow(
        '… alone, of which screen',
        cpuMicrosEach(
          () => rawEvents(EVENTS).map((raw) => ({ raw, fields: classified(raw).event.fields })),
          ({ raw, fields }) => screen(raw, fields),
        ),
      ),
      microRow(
        'verdict, decision, view',
        cpuMicrosEach(
          () => events(EVENTS),
          (event) => decideAndView(event, NO_STANDING),
        ),
        TARGET_DECISION_MICROS,
      ),
      microRow(
        '… of a person who opted out',
        cpuMicrosEach(
          () => events(EVENTS),
          (event) => decideAndView(event, optedOut),
        ),
        TARGET_DECISION_MICROS,
      ),
      microRow('encode webhook', encode('webhook', MEASURED.connection), TARGET_ENCODE_MICROS),
      microRow('encode pixel', encode('pixel', { url: PIXEL_URL }), TARGET_ENCODE_MICROS),
      microRow('encode appsflyer', encode('appsflyer', APPSFLYER), TARGET_ENCODE_MICROS),
      microRow(
        'all of it: from event to bytes',
        cpuMicrosEach(
          () => events(EVENTS),
          (event) => prepare(event, NO_STANDING),
        ),
      ),
    ],
    notes: [],
  }
}

const PARTNER_IDS = { appsflyer_id: '1732444800123-4567890123456789012' }
const PIXEL_URL =
  'https://partner.example/p?tx={transaction_id}&gaid={gps_adid}&ip={ip}&country={country}&amount={revenue}&lat={limit_ad_tracking}'
const APPSFLYER = { app_id: 'com.example.puzzle', key: { env: 'APPSFLYER_KEY' } }
