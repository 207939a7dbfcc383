/** Pairs that ended undelivered: listed, retried, or removed from the list, singly or by filter. */
import type { EpochMs, PartnerId, Position } from '../model/brand.ts'
import type { Books } from './books.ts'
import type { DeadCount, DeadLetter, RetriedDead } from './ports.ts'
import { mayTryAgain, type Settler } from './settle.ts'
import type { DeadLetterRow, EventStore, StateStore } from './store.ts'
import type { DeadCall, DeadListCall, DeadPageAnswer, DeadPageCall } from './wire.ts'

export interface DeadLetters {
  deadLetters(call: DeadListCall): DeadLetter[]
  deadCounts(): DeadCount[]
  retryDead(call: DeadCall): RetriedDead
  discardDead(call: DeadCall): boolean
  /** `retryDead` for one page of the filter's matches; other calls run between two pages. */
  retryDeadPage(call: DeadPageCall): DeadPageAnswer
  discardDeadPage(call: DeadPageCall): DeadPageAnswer
}

export interface DeadLettersParts {
  readonly events: Pick<EventStore, 'find'>
  readonly state: Pick<StateStore, 'deadLetter' | 'deadLetters' | 'deadCounts' | 'deadPage'>
  readonly books: Books
  readonly settler: Settler
  readonly now: () => EpochMs
}

/** Letters on one page. */
const PAGE = 200

export function createDeadLetters({ events, state, books, settler, now }: DeadLettersParts): DeadLetters {
  /** Durable after the next flush. */
  const reopen = (letter: DeadLetterRow): RetriedDead => {
    if (!mayTryAgain(letter)) return 'in_doubt'
    const row = events.find(letter.seq)
    if (row === undefined) return 'gone'
    if (books.queues.get(letter.partner)?.reopen(row, letter.attempts + 1, now()) !== true) return 'unknown'
    settler.unlist(letter.seq, letter.partner)
    return 'waits'
  }
  const discard = ({ seq, partner }: DeadLetterRow): RetriedDead => {
    settler.unlist(seq, partner)
    return 'waits'
  }
  const eachOf = ({ before, filter }: DeadPageCall, act: (letter: DeadLetterRow) => RetriedDead): DeadPageAnswer => {
    // Letters of the latest settlements are listed once written.
    settler.flush()
    const page = state.deadPage(before, PAGE, filter)
    const answer = { waits: 0, gone: 0, in_doubt: 0, unknown: 0 }
    const partners = new Set<PartnerId>()
    for (const letter of page) {
      const done = act(letter)
      answer[done]++
      if (done === 'waits') partners.add(letter.partner)
    }
    settler.flush()
    const { waits, gone, in_doubt: inDoubt } = answer
    return { waits, gone, inDoubt, partners: [...partners], next: page.length < PAGE ? undefined : page.at(-1)?.id }
  }
  const one = ({ seq, partner }: DeadCall, act: (letter: DeadLetterRow) => RetriedDead): RetriedDead => {
    settler.flush()
    const letter = state.deadLetter(seq, partner)
    if (letter === undefined) return 'unknown'
    const done = act(letter)
    settler.flush()
    return done
  }

  return {
    deadLetters: ({ after, max, filter }) =>
      state
        .deadLetters(after === undefined ? undefined : pairOf(after), max, filter)
        .map(({ seq, event, ...letter }) => ({ ...letter, position: String(seq) as Position, eventKey: event })),
    deadCounts: () => state.deadCounts(),
    retryDead: (call) => one(call, reopen),
    discardDead: (call) => one(call, discard) === 'waits',
    retryDeadPage: (call) => eachOf(call, reopen),
    discardDeadPage: (call) => eachOf(call, discard),
  }
}

/** A position and partner as a cursor of the list. */
function pairOf(cursor: string): { readonly seq: number; readonly partner: PartnerId } {
  const [seq = '', partner = ''] = cursor.split('/')
  return { seq: Number(seq), partner: partner as PartnerId }
}
