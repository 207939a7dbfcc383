/** The notices' tables in memory: a second implementation of the port, which outlives the log that is opened over it. */
import type { NoticeRow } from '../../src/notices/ports.ts'
import type {
  AddressRecord,
  AskRecord,
  BeforeRecord,
  NewAddress,
  NewAsk,
  NewNoticeRecord,
  NoticeTables,
} from '../../src/notices/store.ts'

type KeptAddress = NewAddress & { readonly row: number }
interface KeptNotice extends Omit<NewNoticeRecord, 'ref'> {
  readonly ref: string | undefined
  readonly turn: number
  readonly repeatable: boolean
  readonly recorded: boolean
  readonly task: boolean
  readonly ended: number | undefined
}
interface Kept {
  rows: number
  readonly addresses: Map<number, KeptAddress>
  readonly notices: Map<string, KeptNotice>
  readonly origins: Map<string, number>
  readonly keptFor: Map<string, { readonly partner: string; readonly told: string; readonly above: number }>
  readonly before: Map<string, Map<string, BeforeRecord>>
  readonly asks: Map<number, NewAsk>
}

const hex = (bytes: Uint8Array | null): string | undefined => (bytes && Buffer.from(bytes).toString('hex')) || undefined
const isOpen = ({ phase }: KeptNotice): boolean => phase === 'waiting' || phase === 'polling'

const NOTHING = () => ({ keptFor: new Map(), before: new Map(), asks: new Map() })

export function createMemoryNotices(): NoticeTables {
  let kept: Kept = { rows: 0, addresses: new Map(), notices: new Map(), origins: new Map(), ...NOTHING() }
  const keys = new Map<string, Uint8Array>()
  const notices = (): readonly KeptNotice[] => [...kept.notices.values()]
  const change = (id: string, to: (one: KeptNotice) => Partial<KeptNotice> | undefined): boolean => {
    const one = kept.notices.get(id)
    const changed = one && to(one)
    if (changed !== undefined) kept.notices.set(id, { ...one!, ...changed })
    return changed !== undefined
  }
  const dropAddresses = (isGone: (one: KeptAddress) => boolean): void => {
    for (const one of [...kept.addresses.values()]) if (isGone(one)) kept.addresses.delete(one.row)
  }
  const found = (isFound: (one: KeptAddress) => boolean): readonly AddressRecord[] =>
    [...kept.addresses.values()].filter(isFound)
  /** One that was said before by the same identifier has not reached the partner. */
  const waitsForAnother = ({ mark, turn }: KeptNotice): boolean =>
    notices().some(
      (one) =>
        mark !== null && hex(one.mark) === hex(mark) && one.turn < turn && ['waiting', 'trying'].includes(one.phase),
    )

  const asksOf = (isOf: (one: NewAsk, row: number) => boolean): readonly AskRecord[] =>
    [...kept.asks].flatMap(([row, one]) => (isOf(one, row) ? [{ row, sealed: one.sealed }] : []))

  return {
    keptFor: () => [...kept.keptFor.values()],
    putKeptFor: (partner, told, above) => {
      kept.keptFor.set(partner, { partner, told, above })
      kept.before.clear()
    },
    removeKeptFor: (partner) => void kept.keptFor.delete(partner),
    before: (finder) => [...(kept.before.get(hex(finder)!)?.values() ?? [])],
    putBefore: (finder, had) => {
      const all = kept.before.get(hex(finder)!) ?? new Map()
      kept.before.set(hex(finder)!, all.set(JSON.stringify(had), had))
    },
    removeBefore: (finders) => {
      for (const one of finders) kept.before.delete(hex(one)!)
    },
    removeAllBefore: () => kept.before.clear(),
    askOf: (digest) => asksOf((one) => hex(one.digest) === hex(digest))[0],
    putAsk: (ask) => void kept.asks.set(++kept.rows, ask),
    asksAfter: (after, limit) => asksOf((_, row) => row > after).slice(0, limit),
    asksAbout: (identity) => asksOf(({ keys: of }) => of.includes(identity)),
    removeAsks: (rows) => {
      for (const row of rows) kept.asks.delete(row)
    },
    countAsks: () => kept.asks.size,
    transact: (work) => {
      const before = structuredClone(kept)
      try {
        return work()
      } catch (error) {
        kept = before
        throw error
      }
    },
    putAddress: (address) => {
      const same = found(({ mark }) => hex(mark) === hex(address.mark))[0] as KeptAddress | undefined
      const row = same?.row ?? ++kept.rows
      kept.addresses.set(row, same ? { ...same, day: Math.max(same.day, address.day) } : { ...address, row })
    },
    addressesOf: (subjects) => found(({ subject }) => subjects.includes(subject)),
    addressesFoundBy: (finders) =>
      found(({ finder }) => finder !== null && finders.some((one) => hex(one) === hex(finder))),
    sealAddress: (row, sealed) => void kept.addresses.set(row, { ...kept.addresses.get(row)!, sealed }),
    removeAddresses: (rows) => dropAddresses(({ row }) => rows.includes(row)),
    beginOrigin: (origin, day) => {
      if (kept.origins.has(origin)) return false
      kept.origins.set(origin, day)
      return true
    },
    putNotice: (notice) => {
      if (kept.notices.has(notice.id)) throw new Error('there is one of this id')
      const { mark, phase, day } = notice
      const turns = notices().flatMap((one) => (mark !== null && hex(one.mark) === hex(mark) ? [one.turn] : []))
      const turn = mark === null ? 0 : 1 + Math.max(0, ...turns)
      const rest = { turn, repeatable: false, recorded: false, task: false }
      kept.notices.set(notice.id, { ...notice, ...rest, ended: phase === 'ended' ? day : undefined })
    },
    lastAbout: (mark) =>
      notices()
        .filter((one) => hex(one.mark) === hex(mark))
        .toSorted((a, b) => b.turn - a.turn)[0],
    due: (now) => {
      const first = new Map<string, KeptNotice>()
      for (const one of notices().toSorted((a, b) => a.due - b.due))
        if (isOpen(one) && one.due <= now && !waitsForAnother(one) && !first.has(one.partner))
          first.set(one.partner, one)
      return [...first.values()] as readonly (KeptNotice & { readonly ref: string })[]
    },
    sealedOf: (id) => {
      const one = kept.notices.get(id)
      return one === undefined || one.phase === 'ended' ? undefined : (one.sealed ?? undefined)
    },
    nextDue: () => {
      const dues = notices().flatMap((one) => (isOpen(one) ? [one.due] : []))
      return dues.length === 0 ? undefined : Math.min(...dues)
    },
    begin: (id, repeatable) => {
      change(id, ({ phase, attempts }) =>
        phase === 'ended'
          ? undefined
          : { phase: phase === 'polling' ? phase : 'trying', attempts: attempts + 1, repeatable },
      )
    },
    defer: (id, due, phase) => {
      change(id, (one) => (one.phase === 'ended' ? undefined : { due, phase }))
    },
    interrupted: () => notices().filter(({ phase }) => phase === 'trying'),
    overdue: (before) =>
      notices().flatMap(({ id, phase, due }) =>
        (phase === 'waiting' || phase === 'polling') && due < before ? [{ id, phase }] : [],
      ),
    end: (id, state, why, day, task) =>
      change(id, (one) => {
        if (one.phase !== 'ended') return { phase: 'ended', state, why, ended: day, task, sealed: null }
        return one.task && !task ? { state, task: false, recorded: false } : undefined
      }),
    unrecorded: (limit) =>
      notices()
        .filter(({ phase, recorded }) => phase === 'ended' && !recorded)
        .slice(0, limit) as unknown as ReturnType<NoticeTables['unrecorded']>,
    recorded: (ids) => {
      for (const id of ids)
        change(id, ({ phase, task, ref }) =>
          phase === 'ended' ? { recorded: true, ref: task ? ref : undefined } : undefined,
        )
    },
    forget: (owners, finders, subjects) => {
      dropAddresses(({ owner, subject }) => owners.includes(owner) || subjects.includes(subject))
      for (const one of kept.addresses.values())
        if (finders.some((finder) => hex(finder) === hex(one.finder)))
          kept.addresses.set(one.row, { ...one, finder: null })
      for (const { id, subject } of notices())
        if (subject !== null && subjects.includes(subject)) change(id, () => ({ subject: null, mark: null, turn: 0 }))
    },
    ofSubjects: (subjects) =>
      notices()
        .filter(({ subject }) => subject !== null && subjects.includes(subject))
        .map(rowOf),
    byIds: (ids) =>
      notices()
        .filter(({ id }) => ids.includes(id))
        .map(rowOf),
    counts: () => {
      const named = Map.groupBy(notices(), ({ partner, verb, phase, state }) =>
        JSON.stringify([partner, verb, phase === 'ended' ? state : phase]),
      )
      return [...named]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, of]) => {
          const [partner, verb, state] = JSON.parse(name) as [string, string, string]
          return { partner, verb, state, count: of.length }
        })
    },
    list: ({ partner, verb, state, tasks = false, after = '', limit }) =>
      notices()
        .filter((one) => one.id > after && (partner ?? one.partner) === one.partner && (verb ?? one.verb) === one.verb)
        .filter((one) => state === undefined || (one.phase === 'ended' ? one.state : one.phase) === state)
        .filter(({ task }) => task || !tasks)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit)
        .map(rowOf),
    pruneAddresses: (before) => dropAddresses(({ day }) => day < before),
    pruneEnded: (before) => {
      for (const { id, phase, recorded, task, ended } of notices())
        if (phase === 'ended' && recorded && !task && ended! < before) kept.notices.delete(id)
      for (const [origin, day] of kept.origins) if (day < before) kept.origins.delete(origin)
    },
    putKeys: (added) => {
      for (const { id, wrapped } of added) keys.set(id, wrapped)
    },
    keyOf: (id) => keys.get(id),
    removeKeys: (ids) => {
      for (const id of ids) keys.delete(id)
    },
    removeStrayKeys: () => {
      for (const id of [...keys.keys()]) if ((kept.notices.get(id)?.phase ?? 'ended') === 'ended') keys.delete(id)
    },
    close: () => undefined,
  }
}

function rowOf({ id, partner, verb, class: of, day, phase, state, why, attempts, ended, task }: KeptNotice): NoticeRow {
  return { id, partner, verb, class: of, day, phase, state, why, attempts, ended, task }
}
