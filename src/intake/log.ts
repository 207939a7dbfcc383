/** The intake on this machine: its rules over a store. One thread owns it. */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Settlement } from '../model/disclosure.ts'
import type { RandomBytes } from '../platform/seal.ts'
import { createAppender } from './append.ts'
import { openBooks, totalsOf } from './books.ts'
import type { Reader } from './claims.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import { createDedupeWindow } from './dedupe.ts'
import { createGiveOut } from './give-out.ts'
import { createKeyring, epochOf } from './keyring.ts'
import { createLookBack, createMessageFinder } from './look-back.ts'
import { HOUR_MS, type IntakeOptions } from './options.ts'
import type { IntakeTotals, Purged } from './ports.ts'
import { maintain } from './retention.ts'
import { createSettler } from './settle.ts'
import type { EventStore, StateStore, SubjectKeyStore, WindowKeyStore } from './store.ts'
import { createWindowKeys } from './window-keys.ts'
import type {
  AppendAnswer,
  BodiesCall,
  FindAnswer,
  FindCall,
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
  readonly subjectKeys: SubjectKeyStore & WindowKeyStore
  readonly keyEncryptionKey: Uint8Array
  /** See `WindowKeysParts.earlier`. */
  readonly indexKey?: Uint8Array | undefined
  readonly options: IntakeOptions
  readonly now: () => EpochMs
  readonly random: RandomBytes
}

/** The `Intake` port as it crosses threads: see `wire.ts`. */
export interface IntakeLog extends DeadLetters {
  append(request: PackedAppend, reader?: Reader): Promise<AppendAnswer>
  pull(call: PackedPull, reader?: Reader): PullAnswer
  bodies(call: BodiesCall): (string | null)[]
  settle(packed: PackedSettle, reader?: Reader): Promise<SettleAnswer>
  /** The lowest `resume` of everything that this reader has in flight; undefined if nothing is. */
  resumeOf(reader: Reader): number | undefined
  /** A reader has ended and nothing that it sent is in flight: others are given its pairs. */
  leave(reader: Reader): void
  recent(call: RecentCall): RecentAnswer
  findMessage(call: FindCall): FindAnswer
  resumeFrom(partner: PartnerId): number
  purge(call: PurgeCall): Purged
  requireKeys(identities: readonly IdentityKey[]): void
  hasKeys(identities: readonly IdentityKey[]): boolean
  totals(): IntakeTotals
  /** Retention; see `retention.ts`. */
  maintain(): void
  probe(): Health
  /** Writes what is pending, then closes the files. */
  close(): void
}

/** Reads the state from the files. Throws if they are inconsistent or the key is wrong. */
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
    // Found twice only if the window had forgotten the first one.
    if (!dedupe.has(key)) dedupe.add(key, receivedAt)
  }
  dedupe.trim(now())
  const windowKeys = createWindowKeys({
    store: subjectKeys,
    keyEncryptionKey: parts.keyEncryptionKey,
    random,
    windowMs: options.dedupeWindowMs,
    now,
    earlier: parts.indexKey && { indexKey: parts.indexKey, hasRows: dedupe.size() > 0 },
  })
  const appender = createAppender({ events, books, keyring, dedupe, windowKeys, options, now, random })
  /** Subjects still named in rows of a file that another program holds open. */
  let owed: readonly number[] = []
  const settler = createSettler({ events, state, books, lingerMs: options.settleLingerMs, now })
  const giveOut = createGiveOut({ events, books, keyring, settler, maxAgeMs: options.maxAgeHours * HOUR_MS, now })

  return {
    append: appender.append,
    pull: giveOut.pull,
    bodies: giveOut.bodies,

    settle: async (packed, reader) => {
      await settler.settle(packed, reader)
      const due = books.queues.get(packed.partner)?.nextDue()
      return { dueInMs: due === undefined ? undefined : Math.max(0, due - now()) }
    },

    resumeOf: (reader) => {
      const resumes = [...books.queues.values()].flatMap((queue) => queue.claims.resumeOf(reader) ?? [])
      return resumes.length === 0 ? undefined : Math.min(...resumes)
    },
    leave: (reader) => {
      for (const queue of books.queues.values()) queue.leave(reader)
    },

    recent: createLookBack({ events, keyring }),
    findMessage: createMessageFinder({ events, keyring }, windowKeys),
    resumeFrom: (partner) => books.queues.get(partner)?.resume ?? 0,

    purge: ({ identities, subjects }) => {
      // Appends from before the purge must not be written after it.
      appender.flush()
      const ids = [...new Set([...subjects, ...keyring.destroy(identities)])]
      if (ids.length === 0) return { ended: 0, subjects: ids, overwritten: subjectKeys.overwrite() }
      let ended = 0
      for (const { seq, route } of events.rowsOf(ids, 0)) {
        for (const partner of route.partners) {
          if (books.queueOf(partner, seq).endAnywhere(seq, ERASED)) ended += 1
          else if (state.deadLetter(seq, partner) !== undefined) settler.unlist(seq, partner)
        }
      }
      settler.flush()
      // After their pairs have durably ended: a start would find these rows by subject.
      owed = events.forget([...owed, ...ids]) ? [] : [...owed, ...ids]
      return { ended, subjects: ids, overwritten: subjectKeys.overwrite() }
    },

    requireKeys: (identities) => {
      keyring.require(identities)
    },

    hasKeys: (identities) => identities.some(subjectKeys.has),

    totals: () => totalsOf(books),

    ...createDeadLetters({ events, state, books, settler, now }),

    maintain: () => {
      windowKeys.turn()
      subjectKeys.overwrite()
      if (owed.length > 0 && events.forget(owed)) owed = []
      maintain({ events, books, settler, options, now })
    },
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
