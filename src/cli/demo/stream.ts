/** After the scenes: sends a modest stream of events, and reports other incoming ones, until the demo is stopped. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '../../gateway/gateway.ts'
import type { JsonObject } from '../../model/brand.ts'
import { person, purchase } from './people.ts'

const EVERY_MS = 1_500

export interface StreamParts {
  readonly gateway: Pick<Gateway, 'totals'>
  readonly send: (events: readonly JsonObject[], headers?: Readonly<Record<string, string>>) => Promise<void>
  /** Waits until nothing is pending. */
  readonly settled: () => Promise<unknown>
  /** Clears the requests received so far. */
  readonly forget: () => void
  /** Reports what partners received and what was withheld since the last call. */
  readonly tell: () => Promise<void>
  readonly signal: AbortSignal
}

/** Sent in turn; most subjects allow. */
const PEOPLE: readonly (() => { readonly event: JsonObject; readonly headers?: Readonly<Record<string, string>> })[] = [
  () => ({ event: purchase(person('Kim')) }),
  () => ({ event: purchase(person('Lou'), { event: 'Application Opened', properties: {} }) }),
  () => ({ event: purchase(person('Ben')) }),
  () => ({ event: purchase(person('Mia')) }),
  () => ({ event: purchase(person('Nils', { location: { country: 'DE', city: 'Berlin' } })) }),
  () => ({ event: purchase(person('Oda'), { event: 'Sticker Pack Viewed', properties: { pack: 'cats' } }) }),
  () => ({ event: purchase(person('Cleo')), headers: { 'sec-gpc': '1' } }),
  () => ({ event: purchase(person('Pia')) }),
  () => ({ event: purchase(person('Dan', {}, { attTrackingStatus: 2, adTrackingEnabled: false })) }),
  () => ({ event: purchase(person('Eva', { traits: { age: 9 } })) }),
]

/** Resolves once `signal` is aborted. */
export async function streamEvents({ gateway, send, settled, forget, tell, signal }: StreamParts): Promise<void> {
  const { events } = await gateway.totals()
  let own = events.received
  for (let turn = 0; !signal.aborted; turn++) {
    const { event, headers } = PEOPLE[turn % PEOPLE.length]!()
    own++
    await send([event], headers)
    await settled()
    const before = await gateway.totals()
    if (before.events.received === own) forget()
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const { events: now } = await gateway.totals()
    if (now.received === own) continue
    own = now.received
    await settled()
    await tell()
  }
}
