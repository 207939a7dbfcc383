/** What the last-hop scanner costs an item, by how much of the event it has met before. */
import { createScanner } from '../src/guard/index.ts'
import { BATCH_EVENTS } from './support/event.ts'
import { cpuMicrosOfSteps, MICRO_COLUMNS, microRow, QUICK_MICRO } from './support/micro.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { createStory } from './support/story.ts'
import { createZipf } from './support/zipf.ts'

/** Made at once; about as many as are under way in a busy gateway. */
const EVENTS = 1_000
const SUBJECTS = 100_000
/** Seen before anything counts, so that what is remembered is what a gateway would remember. */
const SEEN_BEFORE = 40_000
const QUICK_SEEN_BEFORE = 4_000

interface Traffic {
  readonly name: string
  readonly device: (serial: number) => number
  readonly first: number
  readonly further: number
}

export async function run({ quick }: BenchOptions): Promise<Report> {
  const seenBefore = quick === true ? QUICK_SEEN_BEFORE : SEEN_BEFORE
  const rows = trafficKinds().flatMap(({ name, device, first, further }) => {
    const { events, scanInputs } = createStory()
    const scan = createScanner()
    for (let seen = 0; seen < seenBefore; seen += EVENTS)
      for (const one of scanInputs(events(EVENTS, device))) scan(one.first)
    const [ofFirst, ofFurther] = cpuMicrosOfSteps(
      () => scanInputs(events(EVENTS, device)),
      [(one) => scan(one.first), (one) => scan(one.second)],
      quick === true ? QUICK_MICRO : undefined,
    )
    return [
      microRow(`${name}: first partner`, ofFirst!, first),
      microRow(`${name}: further partner`, ofFurther!, further),
    ]
  })
  return {
    question: 'guard: what does looking through an item cost?',
    method:
      'CPU of one thread, medians over rounds of events of 1,338 bytes in batches of 20, the scanner’s memory as shipped. ' +
      'Every class is kept with the event and most of it is withheld from the partner.',
    columns: MICRO_COLUMNS,
    rows,
    notes: [`${seenBefore.toLocaleString('en')} events were looked through before; targets are what is asked at most`],
  }
}

function trafficKinds(): readonly Traffic[] {
  const draw = createZipf(SUBJECTS, 1)
  let drawn = 0
  const byBatch = (serial: number): number => {
    if (serial % BATCH_EVENTS === 0) drawn = draw()
    return drawn
  }
  return [
    { name: 'Zipf over 100,000 subjects', device: byBatch, first: 8, further: 5 },
    { name: 'a new subject each batch', device: (serial) => Math.floor(serial / BATCH_EVENTS), first: 60, further: 60 },
    { name: 'a new subject each event', device: (serial) => serial, first: 60, further: 60 },
  ]
}
