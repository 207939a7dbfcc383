/** The intake on this machine: the rules put together over a store. One thread owns it. */
import type { EpochMs, IdentityKey, PartnerId, Position } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import { createAppender } from './append.ts'
import { openBooks, totalsOf } from './books.ts'
import { createDedupeWindow } from './dedupe.ts'
import { createGiveOut } from './give-out.ts'
import { createKeyring, epochOf } from './keyring.ts'
import { createLookBack } from './look-back.ts'
import { HOUR_MS, type IntakeOptions } from './options.ts'
import type { DeadLetter, IntakeTotals, Purged, RetriedDead } from './ports.ts'
import { maintain } from './retention.ts'
import type { RandomBytes } from './seal.ts'
import { createSettler, mayTryAgain } from './settle.ts'
import type { EventStore, StateStore, SubjectKeyStore } from './store.ts'
import type {
  AppendAnswer,
  BodiesCall,
  DeadCall,
  Health,
  PackedAppend,
  PackedPull,
  PackedSettle,
  PullAnswer,
  PurgeCall,
  RecentAnswer,
  RecentCall,
  SettleAnswer,
} from './wire.ts'

const ERASED: Settlement = { state: 'erased', why: '' }

export interface LogParts {
  readonly events: EventStore
  readonly state: StateStore
  readonly subjectKeys: SubjectKeyStore
  readonly keyEncryptionKey: Uint8Array
  readonly options: IntakeOptions
  readonly now: () => EpochMs
  readonly random: RandomBytes
}

/** The `Intake` port as it crosses threads: see `wire.ts`. */
export interface IntakeLog {
  append(request: PackedAppend): Promise<AppendAnswer>
  pull(call: PackedPull): PullAnswer
  bodies(call: BodiesCall): (string | null)[]
  settle(packed: PackedSettle): Promise<SettleAnswer>
  recent(call: RecentCall): RecentAnswer
  resumeFrom(partner: PartnerId): number
  purge(call: PurgeCall): Purged
  requireKeys(identities: readonly IdentityKey[]): void
  totals(): IntakeTotals
  deadLetters(call: { readonly after: string | undefined; readonly max: number }): DeadLetter[]
  retryDead(call: DeadCall): RetriedDead
  discardDead(call: DeadCall): boolean
  /** Retention; see `retention.ts`. */
  maintain(): void
  probe(): Health
  /** Writes what waits, then closes the files. */
  close(): void
}

/** Reads what the files say. Throws where they do not fit together or the key is the wrong one. */
export function openIntakeLog(parts: LogParts): IntakeLog {
  const { events, state, subjectKeys, options, now, random } = parts
  const keyring = createKeyring({
    store: subjectKeys,
    keyEncryptionKey: parts.keyEncryptionKey,
    random,
    cached: options.subjectKeys,
    epoch: () => epochOf(now()),
  })
  const books = openBooks(events, state)
  const dedupe = createDedupeWindow(options.dedupeMaxKeys, options.dedupeWindowMs)
  for (const { key, receivedAt } of events.dedupeKeys(now() - options.dedupeWindowMs, options.dedupeMaxKeys)) {
    // Twice only where the window had forgotten the first one.
    if (!dedupe.has(key)) dedupe.add(key, receivedAt)
  }
  dedupe.trim(now())
  const appender = createAppender({ events, books, keyring, dedupe, options, now, random })
  const settler = createSettler({ events, state, books, lingerMs: options.settleLingerMs, now })
  const giveOut = createGiveOut({ events, books, keyring, settler, maxAgeMs: options.maxAgeHours * HOUR_MS, now })

  return {
    append: appender.append,
    pull: giveOut.pull,
    bodies: giveOut.bodies,

    settle: async (packed) => {
      await settler.settle(packed)
      const due = books.queues.get(packed.partner)?.nextDue()
      return { dueInMs: due === undefined ? undefined : Math.max(0, due - now()) }
    },

    recent: createLookBack({ events, keyring }),
    resumeFrom: (partner) => books.queues.get(partner)?.resume ?? 0,

    purge: ({ identities, subjects }) => {
      // What came before the purge must not slip in after it.
      appender.flush()
      const ids = [...new Set([...subjects, ...keyring.destroy(identities)])]
      if (ids.length === 0) return { ended: 0, subjects: ids }
      const lowest = Math.min(events.lastSeq(), ...[...books.queues.values()].map((queue) => queue.lowest()))
      let ended = 0
      for (const { seq, route } of events.rowsOf(ids, lowest - 1)) {
        for (const partner of route.partners) {
          if (books.queueOf(partner, seq).endAnywhere(seq, ERASED)) ended += 1
        }
      }
      settler.flush()
      return { ended, subjects: ids }
    },

    requireKeys: (identities) => {
      keyring.require(identities)
    },

    totals: () => totalsOf(books),

    deadLetters: ({ after, max }) =>
      state.deadLetters(after === undefined ? undefined : pairOf(after), max).map(({ seq, event, ...letter }) => ({
        ...letter,
        position: String(seq) as Position,
        eventKey: event,
      })),

    retryDead: ({ seq, partner }) => {
      // What has just ended is listed once it is written.
      settler.flush()
      const letter = state.deadLetter(seq, partner)
      if (letter === undefined) return 'unknown'
      if (!mayTryAgain(letter)) return 'in_doubt'
      const row = events.find(seq)
      if (row === undefined) return 'gone'
      if (books.queues.get(partner)?.reopen(row, letter.attempts + 1, now()) !== true) return 'unknown'
      settler.unlist(seq, partner)
      settler.flush()
      return 'waits'
    },
    discardDead: ({ seq, partner }) => {
      settler.flush()
      if (state.deadLetter(seq, partner) === undefined) return false
      settler.unlist(seq, partner)
      settler.flush()
      return true
    },

    maintain: () => maintain({ events, books, settler, options, now }),
    probe: appender.probe,

    close: () => {
      try {
        appender.flush()
        settler.flush({ cursors: true })
      } finally {
        settler.stop()
        events.close()
        state.close()
        subjectKeys.close()
      }
    },
  }
}

/** `position/partner`, as callers name the dead letter they have seen last. */
function pairOf(after: string): { readonly seq: number; readonly partner: string } {
  const slash = after.indexOf('/')
  return { seq: Number(after.slice(0, slash)), partner: after.slice(slash + 1) }
}
