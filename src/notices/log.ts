/**
 * The rules over the tables, in the one thread that owns them. An address is sealed under its subject's key and lost with it.
 * A notice's text is sealed under a key of its own, in a separate file; the key is destroyed when the notice ends. After a
 * subject's last notice, nothing identifies the subject.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import { createAddressLog } from './address-log.ts'
import { createEarlierLog } from './earlier-log.ts'
import { createPendingChoices } from './pending-choices.ts'
import type { AddressKeys, DueNotice, NewNotice, NoticeLog, NoticeRow, NoticeText } from './ports.ts'
import type { NoticeTables } from './store.ts'

const DAY_MS = 86_400_000
const MARK_BYTES = 16
const KEY_BYTES = 32

export interface NoticeLogParts {
  readonly tables: NoticeTables
  readonly keys: AddressKeys
  /** HMAC key of marks and finders. */
  readonly bookKey: KeyObject
  /** Wraps the notices' own keys. */
  readonly wrappingKey: KeyObject
  readonly random: RandomBytes
  /** 0…1 */
  readonly chance: () => number
  readonly now: () => EpochMs
  /** Milliseconds over which notices are spread. */
  readonly withinMs: number
}

export function openNoticeLog(parts: NoticeLogParts): NoticeLog {
  const { tables, keys, bookKey, wrappingKey, random, now } = parts
  const nonce = nonceSource(random)
  const markOf = (...of: readonly (string | number)[]): Buffer =>
    createHmac('sha256', bookKey).update(of.join('\0')).digest().subarray(0, MARK_BYTES)
  const choices = createPendingChoices({ tables, wrappingKey, nonce, digestOf: (text) => markOf('asked', text) })
  const finderOf = (identity: IdentityKey): Buffer => markOf('finder', identity)
  /** The oldest key of these identities: the same for any subset that includes it. */
  const oldestOf = (identities: readonly IdentityKey[]): number | undefined =>
    identities
      .flatMap((identity) => keys.all(identity))
      .reduce<number | undefined>((oldest, { id }) => Math.min(oldest ?? id, id), undefined)
  /** True for a repetition, and for an opt-in after an opt-out that never reached the partner. */
  const isRedundant = ({ verb, ends, isAnew = false }: NewNotice, mark: Uint8Array): boolean => {
    if (isAnew) return false
    const last = tables.lastAbout(mark)
    if (last?.verb !== verb) return verb === 'opt_in' && (last === undefined || wasNotTold(last))
    if (last.phase !== 'ended') return true
    if (last.state === 'cannot_be_told') return ends?.why === last.why
    return last.state !== 'expired'
  }

  resume(parts)
  return {
    ...createAddressLog({ tables, keys, nonce, markOf, finderOf }),
    ...createEarlierLog({ tables, keys, finderOf }),
    addPending: choices.addPending,
    pending: choices.pending,
    countPending: () => tables.countAsks(),
    queue: ({ origin, taken, notices, planned = [] }) => {
      const made = notices.map((notice) => ({
        notice,
        key: notice.text === undefined ? undefined : createSecretKey(random(KEY_BYTES)),
        // Undefined for an erasure: nothing may identify the subject.
        subject: notice.owner === undefined ? oldestOf(notice.reached ?? []) : keys.newest(notice.owner)?.id,
      }))
      // Keys first: a notice without its key could never be sent; a key without a notice is harmless.
      tables.putKeys(
        made.flatMap(({ notice: { id }, key }) =>
          key === undefined ? [] : [{ id, wrapped: seal(wrappingKey, nonce(), id, key.export()) }],
        ),
      )
      const today = dayOf(now())
      return tables.transact(() => {
        if (origin !== undefined && !tables.beginOrigin(markOf('origin', origin).toString('hex'), today)) return []
        tables.removeAddresses(taken)
        tables.removeAsks(planned)
        return made.flatMap(({ notice, key, subject }) => {
          const { reached } = notice
          const whose = reached === undefined ? [] : [subject ?? 0]
          const mark = subject === undefined ? null : markOf('notice', ...whose, notice.about)
          if (mark !== null && isRedundant(notice, mark)) return []
          const { id, ref, partner, verb, day, due, text, ends } = notice
          tables.putNotice({
            ...{ id, ref, partner, verb, class: notice.class ?? '', day, due, queued: today, attempts: 0 },
            phase: ends === undefined ? 'waiting' : 'ended',
            state: ends?.state ?? '',
            why: ends?.why ?? '',
            subject: subject ?? null,
            mark,
            sealed: key === undefined ? null : seal(key, nonce(), id, JSON.stringify(text)),
          })
          return [id]
        })
      })
    },
    due: (at) =>
      tables.due(at).map(
        ({ id, ref, partner, verb, day, queued, attempts, phase }): DueNotice => ({
          // Sound: only `queue` writes the table.
          ...{ id, ref: ref as EventRef, partner: partner as PartnerId, verb: verb as ToldVerb, day, queued, attempts },
          phase: phase === 'polling' ? 'polling' : 'waiting',
        }),
      ),
    textOf: (id) => {
      const wrapped = tables.keyOf(id)
      const raw = wrapped && unseal(wrappingKey, id, wrapped)
      const sealed = tables.sealedOf(id)
      const text = raw && sealed && unseal(createSecretKey(raw), id, sealed)
      return text && (JSON.parse(text.toString('utf8')) as NoticeText)
    },
    nextDue: () => tables.nextDue(),
    begin: (id, repeatable) => tables.begin(id, repeatable),
    defer: (id, { due, phase }) => tables.defer(id, due, phase),
    end: (id, { state, why, day, task }) => {
      const isNew = tables.end(id, state, why, day, task)
      tables.removeKeys([id])
      return isNew
    },
    unrecorded: (limit) => tables.unrecorded(limit),
    recorded: (ids) => tables.recorded(ids),
    forget: (identities, subjects) => {
      keys.forget(identities)
      tables.transact(() => {
        choices.forget(identities)
        tables.removeBefore(identities.map(finderOf))
      })
      tables.forget(identities, identities.map(finderOf), subjects)
    },
    ofIdentities: (identities) => tables.ofSubjects(identities.flatMap((one) => keys.all(one).map(({ id }) => id))),
    byIds: (ids) => tables.byIds(ids),
    counts: () => tables.counts(),
    list: (filter) => tables.list(filter),
    prune: ({ addresses, ended }) => {
      tables.pruneAddresses(addresses)
      // The ledger is pruned too, so stored results are out of date.
      tables.removeAllBefore()
      tables.pruneEnded(ended)
    },
    close: () => tables.close(),
  }
}

function wasNotTold({ phase, state }: Pick<NoticeRow, 'phase' | 'state'>): boolean {
  return phase === 'ended' && ['cannot_be_told', 'expired', 'refused', 'no_match'].includes(state)
}

/**
 * Recovers from the last run. An attempt that was under way is repeated only if that is idempotent. Overdue notices get new
 * random times, so that one subject's notices do not leave together after an outage.
 */
function resume({ tables, chance, now, withinMs }: NoticeLogParts): void {
  const at = now()
  for (const { id, repeatable } of tables.interrupted()) {
    if (repeatable) tables.defer(id, at + chance() * withinMs, 'waiting')
    else tables.end(id, 'unresolved', '', dayOf(at), true)
  }
  for (const { id, phase } of tables.overdue(at)) tables.defer(id, at + chance() * withinMs, phase)
  tables.removeStrayKeys()
}

/** Midnight UTC. */
export function dayOf(at: EpochMs): EpochMs {
  return at - (at % DAY_MS)
}
