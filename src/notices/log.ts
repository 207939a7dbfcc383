/**
 * The rules over the tables, in the one thread that has them. An address is sealed under its subject's key and goes with it.
 * A notice's text is sealed under a key of its own, in a file apart, that is destroyed when the notice ends: after the last
 * one of a person nothing is left that says whom it was about.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type {
  AddressEntry,
  AddressKeys,
  DueNotice,
  FoundAddress,
  NewNotice,
  NoticeRow,
  NoticeStore,
  NoticeText,
} from './ports.ts'
import type { AddressRecord, NoticeTables } from './store.ts'

const DAY_MS = 86_400_000
const MARK_BYTES = 16
const KEY_BYTES = 32

export interface NoticeLogParts {
  readonly tables: NoticeTables
  readonly keys: AddressKeys
  /** Marks and finders are made under it. */
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

/** The same calls as the port, each done when it returns. */
export type NoticeLog = {
  readonly [Name in keyof NoticeStore]: (
    ...given: Parameters<NoticeStore[Name]>
  ) => Awaited<ReturnType<NoticeStore[Name]>>
} & { close(): void }

/** What is sealed of an address. */
type AddressText = Pick<AddressEntry, 'app' | 'identifier'> & { readonly finder?: IdentityKey }

export function openNoticeLog(parts: NoticeLogParts): NoticeLog {
  const { tables, keys, bookKey, wrappingKey, random, now } = parts
  const nonce = nonceSource(random)
  const markOf = (...of: readonly (string | number)[]): Buffer =>
    createHmac('sha256', bookKey).update(of.join('\0')).digest().subarray(0, MARK_BYTES)
  const finderOf = (identity: IdentityKey): Buffer => markOf('finder', identity)
  const sealingKey = (key: Uint8Array): KeyObject =>
    createSecretKey(createHmac('sha256', key).update('sluice address book').digest())

  const opened = ({ row, subject, owner, partner, sealed }: AddressRecord): readonly FoundAddress[] => {
    // Sound: only `keep` writes the table.
    const kept = keys.all(owner as IdentityKey).find(({ id }) => id === subject)
    const text = kept && unseal(sealingKey(kept.key), partner, sealed)
    if (text === undefined) return []
    const { app, identifier, finder } = JSON.parse(text.toString('utf8')) as AddressText
    const found = { row, subject, owner: owner as IdentityKey, partner: partner as PartnerId, app, identifier }
    return [finder === undefined ? found : { ...found, finder }]
  }

  /** The oldest key of any of these: the same, whoever is named beside them. */
  const oldestOf = (identities: readonly IdentityKey[]): number | undefined =>
    identities
      .flatMap((identity) => keys.all(identity))
      .reduce<number | undefined>((oldest, { id }) => Math.min(oldest ?? id, id), undefined)
  /** Said before; or takes back what the partner was never told. */
  const isNeedless = ({ verb, ends }: NewNotice, mark: Uint8Array): boolean => {
    const last = tables.lastAbout(mark)
    if (last?.verb !== verb) return verb === 'opt_in' && (last === undefined || wasNotTold(last))
    if (last.phase !== 'ended') return true
    if (last.state === 'cannot_be_told') return ends?.why === last.why
    return last.state !== 'expired'
  }

  resume(parts)
  return {
    keep: (entries) => {
      const rows = entries.flatMap((entry) => {
        const key = keys.newest(entry.owner)
        // Erased in the meantime: what was about to be sent is not sent, and nothing of it is kept.
        if (key === undefined) return []
        const { partner, app, owner, finder, identifier, day } = entry
        const { class: of, kind, value } = identifier
        const text: AddressText = finder === undefined ? { app, identifier } : { app, identifier, finder }
        return [
          {
            subject: key.id,
            owner,
            mark: markOf('address', key.id, partner, app, of, kind, value),
            partner,
            finder: finder === undefined ? null : finderOf(finder),
            sealed: seal(sealingKey(key.key), nonce(), partner, JSON.stringify(text)),
            day,
          },
        ]
      })
      if (rows.length > 0) tables.transact(() => rows.forEach(tables.putAddress))
    },
    find: ({ keys: identities, foundBy }) => {
      const subjects = new Set(identities.flatMap((identity) => keys.all(identity).map(({ id }) => id)))
      const found = [...tables.addressesOf([...subjects]), ...tables.addressesFoundBy(foundBy.map(finderOf))]
      return [...new Map(found.map((one) => [one.row, one])).values()].flatMap(opened)
    },
    queue: ({ origin, taken, notices }) => {
      const made = notices.map((notice) => ({
        notice,
        key: notice.text === undefined ? undefined : createSecretKey(random(KEY_BYTES)),
        // Once they are erased, nothing says whom it is about.
        subject: notice.owner === undefined ? oldestOf(notice.reached ?? []) : keys.newest(notice.owner)?.id,
      }))
      // The key first: a notice whose key is lost could never be sent, a key without a notice opens nothing.
      tables.putKeys(
        made.flatMap(({ notice: { id }, key }) =>
          key === undefined ? [] : [{ id, wrapped: seal(wrappingKey, nonce(), id, key.export()) }],
        ),
      )
      const today = dayOf(now())
      return tables.transact(() => {
        if (origin !== undefined && !tables.beginOrigin(markOf('origin', origin).toString('hex'), today)) return []
        tables.removeAddresses(taken)
        return made.flatMap(({ notice, key, subject }) => {
          const { reached } = notice
          const whose = reached === undefined ? [] : [subject ?? 0]
          const mark = subject === undefined ? null : markOf('notice', ...whose, notice.about)
          if (mark !== null && isNeedless(notice, mark)) return []
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
      tables.forget(identities, identities.map(finderOf), subjects)
    },
    ofPerson: (identities) => tables.ofSubjects(identities.flatMap((one) => keys.all(one).map(({ id }) => id))),
    byIds: (ids) => tables.byIds(ids),
    counts: () => tables.counts(),
    list: (filter) => tables.list(filter),
    prune: ({ addresses, ended }) => {
      tables.pruneAddresses(addresses)
      tables.pruneEnded(ended)
    },
    close: () => tables.close(),
  }
}

function wasNotTold({ phase, state }: Pick<NoticeRow, 'phase' | 'state'>): boolean {
  return phase === 'ended' && ['cannot_be_told', 'expired', 'refused', 'no_match'].includes(state)
}

/**
 * What the last run left: a request that may have gone is repeated only where that does the same as once; all others that
 * are late are spread anew, so that a person's do not leave side by side after an outage.
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
