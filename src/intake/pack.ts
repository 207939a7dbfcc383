/** Requests and settlements in the form sent to the intake's thread; see `wire.ts`. */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import type { AppendRequest, Settle } from './ports.ts'
import type { PackedAppend, PackedSettle } from './wire.ts'

/** For an event without any identity, which no erasure can concern. */
const NOBODY = '' as IdentityKey

export function packAppend({ app, items, rejected }: AppendRequest): PackedAppend {
  const places = new Map<string, number>()
  const routes: { event: string; partners: readonly PartnerId[] }[] = []
  const route = items.map(({ event: { eventKey }, partners }) => {
    const key = `${eventKey}\0${partners.join()}`
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, routes.length)
    return routes.push({ event: eventKey, partners }) - 1
  })
  let bodies = ''
  const bodyEnd = items.map(({ event, body }) => {
    bodies += body ?? JSON.stringify(event)
    return bodies.length
  })
  return {
    app,
    rejected,
    routes,
    route,
    subject: items.map(({ event }) => event.identityKeys[0] ?? NOBODY),
    // Whole milliseconds: the store accepts nothing else.
    receivedAt: items.map(({ event }) => Math.floor(event.receivedAt)),
    dedupe: items.map(({ dedupeKey }) => dedupeKey),
    bodies,
    bodyEnd,
  }
}

/** Throws a RangeError if `resume`, an attempt or a time is not a number the store can hold. */
export function packSettle(partner: PartnerId, settles: readonly Settle[], resume: number): PackedSettle {
  requireCount('resume', resume)
  const places = new Map<string, number>()
  const ends: Settlement[] = []
  const retryAt: EpochMs[] = []
  const attempt: number[] = []
  const end = settles.map((settle) => {
    if ('retryAt' in settle) {
      requireCount('attempt', settle.attempt)
      requireCount('retryAt', Math.ceil(settle.retryAt))
      retryAt.push(Math.ceil(settle.retryAt))
      attempt.push(settle.attempt)
      return -1
    }
    const { state, why, cause } = settle.end
    const key = `${state}:${why}:${cause ?? ''}`
    const known = places.get(key)
    if (known !== undefined) return known
    places.set(key, ends.length)
    return ends.push({ state, why, ...(cause === undefined ? {} : { cause }) }) - 1
  })
  return { partner, seqs: settles.map(({ position }) => Number(position)), ends, end, retryAt, attempt, resume }
}

function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} must be a whole number from 0 upwards`)
}
