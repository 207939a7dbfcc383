/**
 * Traffic as SDKs make it: batches that are sent again with the same message ids until they get a 200, and people who opt
 * out in between. Remembers what was acknowledged, and from when on nobody may be sent unrestricted any more.
 */
import { type Arrivals, arrivedBefore } from './arrivals.ts'
import type { Line } from './line.ts'
import { BAD_EVENTS, bodyOf, createEvent, createPerson, type Person, type SentEvent } from './people.ts'
import type { Dice } from './random.ts'

/** What the senders know. */
export interface Memory {
  /** By message id; every valid event that was ever sent. */
  readonly sent: Map<string, SentEvent>
  readonly acknowledged: Set<string>
  /** User → arrivals that had begun when the opt-out had been acknowledged; what arrives later began later. */
  readonly optedOut: Map<string, number>
  /** Events in requests that got a 200, bad and repeated ones included. */
  receivedAtLeast: number
  /** Answers by status; 0 for none. */
  readonly answers: Map<number, number>
  /** Batches answered with a status that makes an SDK throw them away. */
  readonly thrownAway: string[]
}

export interface Senders {
  readonly memory: Memory
  /** Makes nothing new, and resolves when everything made was acknowledged. */
  finish(): Promise<void>
  /** Gives up at once: for a campaign that failed. */
  abandon(): void
}

const SENDERS = 3
/** How many people at once are opting out. */
const LEAVING = 2
const PEOPLE = 60
const MAX_BATCH = 20
/** Pauses between two batches of a sender, and between two opt-outs, in milliseconds. */
const PAUSE_MS = [5, 60] as const
const OPT_OUT_PAUSE_MS = [0, 40] as const
/** Between the 200 of a person's last batch and their opt-out, in milliseconds: about what a delivery takes to begin. */
const SECOND_THOUGHT_MS = [0, 25] as const
const RETRY_MS = 25
/** Share of batches with a bad event, with the same event twice, and of batches that are sent again after their 200. */
const BAD = 0.1
const TWICE = 0.1
const AGAIN = 0.05
/** Share of opt-outs after which the person goes on sending. */
const STAYS = 0.4

export function startSenders(line: Line, arrivals: Arrivals, dice: Dice): Senders {
  const memory: Memory = {
    sent: new Map(),
    acknowledged: new Set(),
    optedOut: new Map(),
    receivedAtLeast: 0,
    answers: new Map(),
    thrownAway: [],
  }
  let isFinishing = false
  let isAbandoned = false
  let serial = 0
  let people = 0
  const newPerson = (from: Dice): Person => createPerson(++people, from)
  const active = Array.from({ length: PEOPLE }, () => newPerson(dice))

  const untilHeeded = async (method: 'POST' | 'PUT', path: string, body: object): Promise<boolean> => {
    while (!isAbandoned) {
      const status = await line.call(method, path, body)
      memory.answers.set(status ?? 0, (memory.answers.get(status ?? 0) ?? 0) + 1)
      if (status === 200) return true
      if (status !== undefined && status < 500 && status !== 429) {
        memory.thrownAway.push(`${method} ${path} was answered ${status}`)
        return false
      }
      await pause(RETRY_MS)
    }
    return false
  }

  const sendBatch = async (people: readonly Person[], own: Dice): Promise<void> => {
    const events = people.map((person) => createEvent(`m-${++serial}`, person, own))
    for (const event of events) memory.sent.set(event.messageId, event)
    const batch: object[] = events.map((event) => bodyOf(event, own.between(1, 1_000_000)))
    if (own.chance(TWICE)) batch.push(batch[0]!)
    if (own.chance(BAD)) batch.splice(own.between(0, batch.length), 0, own.pick(BAD_EVENTS))
    for (let times = own.chance(AGAIN) ? 2 : 1; times > 0; times--) {
      if (!(await untilHeeded('POST', '/v1/batch', { batch }))) continue
      memory.receivedAtLeast += batch.length
      for (const { messageId } of events) memory.acknowledged.add(messageId)
    }
  }
  const sendBatches = async (own: Dice): Promise<void> => {
    while (!isFinishing && !isAbandoned) {
      await sendBatch(
        Array.from({ length: own.between(1, MAX_BATCH) }, () => own.pick(active)),
        own,
      )
      await pause(own.between(...PAUSE_MS))
    }
  }
  /** Somebody who is just sending says no, so that what they sent is on its way to the partners in that very moment. */
  const optOut = async (own: Dice): Promise<void> => {
    while (!isFinishing && !isAbandoned) {
      const index = own.between(0, active.length - 1)
      const person = active[index]!
      if (!memory.optedOut.has(person.user)) {
        await sendBatch(
          Array.from({ length: own.between(1, MAX_BATCH) }, () => person),
          own,
        )
        await pause(own.between(...SECOND_THOUGHT_MS))
        const identities = own.chance(0.5) ? { user: person.user } : { anonymous: person.anonymous }
        if (await untilHeeded('PUT', '/v1/me/choices', { identities, opt_out: true })) {
          const order = await arrivedBefore(arrivals)
          memory.optedOut.set(person.user, memory.optedOut.get(person.user) ?? order)
        }
      }
      if (!own.chance(STAYS)) active[index] = newPerson(own)
      await pause(own.between(...OPT_OUT_PAUSE_MS))
    }
  }

  const working = [
    ...Array.from({ length: SENDERS }, (_, index) => sendBatches(dice.of(`sender ${index}`))),
    ...Array.from({ length: LEAVING }, (_, index) => optOut(dice.of(`leaving ${index}`))),
  ]
  return {
    memory,
    finish: async () => {
      isFinishing = true
      await Promise.all(working)
    },
    abandon: () => {
      isAbandoned = true
    },
  }
}

/** How fast traffic comes, not a wait for something to have happened. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
