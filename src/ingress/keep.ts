/**
 * Keeps a request: first its observations are in force, then its events are on disk. Only then is it answered with 200.
 */
import { acceptedEvent } from '../flow/accept.ts'
import { type Steps, unitsOf, type Work } from '../flow/work.ts'
import type { AppendItem, AppendResult } from '../intake/ports.ts'
import type { Arrival } from '../live/ports.ts'
import type { IdentityKey } from '../model/brand.ts'
import type { RejectionCode } from '../model/errors.ts'
import type { Standing } from '../model/event.ts'
import type { Accepting, ToKeep } from './accepting.ts'
import type { HotDeps } from './deps.ts'
import { EVENT_UNITS } from './take-in.ts'

/** Observations handed over at once: one step. */
const OBSERVED_AT_ONCE = 100
const OBSERVATION_UNITS = 5

export function createAccepting(
  deps: Pick<HotDeps, 'intake' | 'choices' | 'newEventSecret' | 'tail' | 'children'>,
  work: Work,
): Accepting {
  const { intake, choices, newEventSecret, tail, children } = deps
  return {
    keep: async (taken) => {
      const late = await lateChildren(taken)
      // A turn of its own only for more than one step.
      if (taken.said.length <= OBSERVED_AT_ONCE) await choices.observe(taken.said)
      else await Promise.all(await work.run(observe(taken)))
      children.count(taken.app.id, late)
      if (taken.refusal !== undefined) throw taken.refusal
      const items = await work.run(itemsOf(taken))
      const appending = intake.append({ app: taken.app.id, items, rejected: countByCode(taken.rejected) })
      return tail.isOn ? shown(taken, items, appending) : appending
    },
  }

  /** Rare: skips the query if no event asks for it. */
  function lateChildren({ said }: ToKeep): Promise<number> | number {
    const people = said.filter(({ restricting }) => restricting.some(({ child }) => child))
    return people.length === 0 ? 0 : children.late(people.map(({ identities }) => identities))
  }

  /** Live views are notified once it is known how each was kept. */
  async function shown(
    { app, good, rejected }: ToKeep,
    items: readonly AppendItem[],
    appending: Promise<AppendResult>,
  ): Promise<AppendResult> {
    for (const [index, { watched, classified }] of good.entries())
      if (watched !== undefined) tail.arrives(watched, items[index]!.event, classified.partners)
    const tell = (arrivalOf: (index: number) => Arrival): void => {
      for (const [index, { watched }] of good.entries())
        if (watched !== undefined) tail.kept(items[index]!.event, arrivalOf(index))
    }
    for (const [code, events] of Object.entries(countByCode(rejected))) tail.refused(app.id, code, events)
    try {
      const kept = await appending
      tell((index) => kept[index] ?? 'not_kept')
      return kept
    } catch (error) {
      tell(() => 'not_kept')
      throw error
    }
  }

  /** Includes refused events. */
  function* observe({ said }: ToKeep): Steps<readonly Promise<void>[]> {
    const observed: Promise<void>[] = []
    for (let first = 0; first < said.length; first += OBSERVED_AT_ONCE) {
      const some = said.slice(first, first + OBSERVED_AT_ONCE)
      const observing = choices.observe(some)
      // Awaited once all are handed over; until then, this keeps a rejection from going unhandled.
      observing.catch(() => undefined)
      observed.push(observing)
      yield some.length * OBSERVATION_UNITS
    }
    return observed
  }

  /** What is kept of each, as text. */
  function* itemsOf({ revision, good }: ToKeep): Steps<readonly AppendItem[]> {
    const items: AppendItem[] = []
    const standings = new Map<string, Standing>()
    let last: { readonly keys: readonly IdentityKey[]; readonly standing: Standing } | undefined
    const standingOf = (keys: readonly IdentityKey[]): Standing => {
      // Consecutive events are mostly of one subject and share a list of keys.
      if (last?.keys === keys) return last.standing
      const together = keys.join()
      const standing = standings.get(together) ?? choices.lookup(keys).standing
      standings.set(together, standing)
      last = { keys, standing }
      return standing
    }
    for (const { classified, keys } of good) {
      const event = acceptedEvent(classified, newEventSecret(), keys, { revision, standing: standingOf(keys) })
      const body = JSON.stringify(event)
      items.push({
        event,
        body,
        partners: classified.partners,
        ...(classified.messageId === undefined ? {} : { dedupeKey: classified.messageId }),
      })
      yield EVENT_UNITS + unitsOf(body.length)
    }
    return items
  }
}

function countByCode(rejected: ToKeep['rejected']): Partial<Record<RejectionCode, number>> {
  const counts: Partial<Record<RejectionCode, number>> = {}
  for (const { code } of rejected) counts[code] = (counts[code] ?? 0) + 1
  return counts
}
