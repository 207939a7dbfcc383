/**
 * The live tail: the newest events, for watchers. Without a watcher it is off: every hook checks one flag, and nothing is
 * held. When on, it shows a few events per second in a ring that readers read at their own pace; a slow reader misses some
 * and gets their number. Bodies are held only while a watcher may open them, and no longer than their records.
 */
import type { EpochMs, IdentityKey, JsonObject } from '../model/brand.ts'
import { ERROR_CODES, type ErrorCode, REJECTION_CODES, type RejectionCode } from '../model/errors.ts'
import { sentenceOfEvent } from '../model/reason.ts'
import { type DescribeDeps, describeDecision, describeEvent, showName } from './describe.ts'
import type { PairEnd, PairResult, Tail, TailReader, TailRecord } from './ports.ts'
import { createRing } from './ring.ts'

/** Maximum records; an event adds one, and one for each of its pairs. */
const MAX_RECORDS = 1_000
/** Maximum events whose pairs are shown. */
const MAX_EVENTS = 300
/** Events shown per second, and at once after a pause. */
const EVENTS_A_SECOND = 5
const BURST = 15
/** The watch ends after this time without a read. The console reads every second. */
const WATCHED_MS = 30_000
/** Interval for checking whether the watch has ended. */
const CHECK_MS = 5_000
/** Maximum records per answer. */
const MAX_PAGE = 100
/** Earlier records shown to a new reader. */
const FIRST_PAGE = 30

export interface TailDeps extends DescribeDeps {
  readonly now: () => EpochMs
  /** Id of this run: cursors of other runs are not valid. */
  readonly epoch: string
  readonly after: (ms: number, call: () => void) => () => void
  readonly nextTurn: () => Promise<void>
}

interface Passing {
  readonly id: number
  readonly app: string
  readonly raw: JsonObject
  readonly partners: readonly string[]
}
interface Body {
  readonly raw: JsonObject
  readonly subjects: readonly IdentityKey[]
}

export function createTail(deps: TailDeps): Tail & TailReader & { forget(): void; passed(events: number): void } {
  const { now, epoch } = deps
  const ring = createRing({ ...deps, most: MAX_RECORDS })
  let nextId = 1
  /** By the event's reference, which never leaves this module. */
  const passing = new Map<string, Passing>()
  const bodies = new Map<number, Body>()
  const counts = { passed: 0, shown: 0 }
  let tokens = { left: BURST, at: 0 }
  const watch = createWatch(deps, {
    began: () => {
      tokens = { left: BURST, at: now() }
    },
    noBodies: () => bodies.clear(),
    ended: () => {
      ring.clear()
      passing.clear()
      bodies.clear()
      counts.passed = 0
      counts.shown = 0
    },
  })

  return {
    get isOn() {
      return watch.isOn
    },
    takes: () => {
      counts.passed++
      const isShown = takesOne(tokens, now())
      if (isShown) counts.shown++
      return isShown
    },
    passed: (events) => {
      counts.passed += events
    },
    arrives: (raw, { app, eventRef, identityKeys }, partners) => {
      const id = nextId++
      setWithin(passing, MAX_EVENTS, eventRef as string, { id, app, raw, partners })
      if (watch.holdsBodies) setWithin(bodies, MAX_EVENTS, id, { raw, subjects: identityKeys })
    },
    kept: ({ eventRef, kind, accepted, receivedAt }, arrival) => {
      const known = passing.get(eventRef)
      if (known === undefined) return
      const { id, app, raw, partners } = known
      if (arrival !== 'accepted') passing.delete(eventRef)
      // From now on only the pending description holds the event.
      else passing.set(eventRef, { id, app, raw: {}, partners })
      const describe = (at: { readonly seq: number; readonly at: EpochMs }): TailRecord => ({
        ...at,
        kind: 'event',
        id,
        app,
        event: showName(kind === 'track' ? String(raw.event) : `@${kind}`),
        type: kind,
        arrival,
        partners,
        stopped: accepted.stopped ?? [],
        ...describeEvent(app, raw, receivedAt, deps),
      })
      ring.push(describe, true)
    },
    refused: (app, code, events) => {
      // Sound: every refusal has a code from one of these tables.
      const says = REJECTION_CODES[code as RejectionCode] ?? ERROR_CODES[code as ErrorCode]?.says ?? ''
      ring.push((at) => ({ ...at, kind: 'refused', app, code, says, events }))
    },
    pair: (partner, { eventRef, fields }, end) => {
      const known = passing.get(eventRef)
      if (known === undefined) return
      const { id } = known
      const treated = describeDecision(end.decision, Object.keys(fields))
      ring.push((at) => ({ ...at, kind: 'pair', id, partner, ...wordsOf(end), fields: treated }))
    },
    read: async ({ after: cursor, waitMs, mayOpen }) => {
      watch.renew(mayOpen)
      const since = seqOf(cursor, epoch)
      // A cursor of another run starts from the beginning.
      const from = since === undefined ? Math.max(0, ring.last() - FIRST_PAGE) : since > ring.last() ? 0 : since
      if (ring.last() === from && waitMs > 0) await ring.wait(waitMs)
      const missed = since === undefined ? 0 : Math.max(0, ring.oldest() - 1 - from)
      const items = await ring.since(from, MAX_PAGE)
      watch.renew(mayOpen)
      const last = items.at(-1)?.seq ?? Math.max(from, ring.oldest() - 1)
      return { items, next: `${epoch}.${last}`, more: last < ring.last(), missed, ...counts }
    },
    body: (id) => bodies.get(id),
    forget: () => {
      bodies.clear()
      passing.clear()
      ring.forget()
    },
    close: () => {
      watch.end()
      ring.wake()
    },
  }
}

function takesOne(tokens: { left: number; at: number }, at: EpochMs): boolean {
  tokens.left = Math.min(BURST, tokens.left + (Math.max(0, at - tokens.at) * EVENTS_A_SECOND) / 1_000)
  tokens.at = at
  if (tokens.left < 1) return false
  tokens.left--
  return true
}

/** What a data thread tells the tail of, and nothing while nobody watches. `passed`: events that were not shown. */
export type TailTold = Pick<Tail, 'arrives' | 'kept' | 'refused' | 'pair'> & { passed(events: number): void }

export function createThreadTail(isOn: () => boolean, now: () => EpochMs, tell: TailTold): Tail & { flush(): void } {
  const tokens = { left: BURST, at: 0 }
  const shown = new Map<string, true>()
  let passed = 0
  return {
    get isOn() {
      return isOn()
    },
    takes: () => {
      if (takesOne(tokens, now())) return true
      passed++
      return false
    },
    arrives: (raw, event, partners) => {
      setWithin(shown, MAX_EVENTS, event.eventRef as string, true)
      tell.arrives(raw, event, partners)
    },
    kept: (event, arrival) => {
      if (shown.has(event.eventRef)) tell.kept(event, arrival)
    },
    refused: tell.refused,
    pair: (partner, event, end) => {
      if (shown.has(event.eventRef)) tell.pair(partner, event, end)
    },
    flush: () => {
      if (passed > 0) tell.passed(passed)
      passed = 0
    },
  }
}

/** Tracks whether there is a watcher, and one that may open bodies, from how recently they read. */
function createWatch(
  { now, after }: Pick<TailDeps, 'now' | 'after'>,
  on: { began(): void; noBodies(): void; ended(): void },
) {
  const state = { isOn: false, holdsBodies: false }
  let [offAt, bodiesUntil] = [0, 0]
  let isClosed = false
  let cancel = (): void => undefined
  const off = (): void => {
    cancel()
    state.isOn = false
    state.holdsBodies = false
    on.ended()
  }
  const check = (): void => {
    if (state.holdsBodies && now() >= bodiesUntil) {
      state.holdsBodies = false
      on.noBodies()
    }
    if (now() >= offAt) off()
    else cancel = after(CHECK_MS, check)
  }
  return {
    get isOn() {
      return state.isOn
    },
    get holdsBodies() {
      return state.holdsBodies
    },
    renew: (mayOpen: boolean): void => {
      if (isClosed) return
      offAt = now() + WATCHED_MS
      if (mayOpen) {
        bodiesUntil = offAt
        state.holdsBodies = true
      }
      if (state.isOn) return
      state.isOn = true
      on.began()
      cancel = after(CHECK_MS, check)
    },
    end: () => {
      isClosed = true
      off()
    },
  }
}

/** Sets a value and evicts the oldest beyond `most`. */
function setWithin<Key, Value>(map: Map<Key, Value>, most: number, key: Key, value: Value): void {
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value!)
}

/** Undefined without a cursor; 0 for a cursor of another run. */
function seqOf(cursor: string | undefined, epoch: string): number | undefined {
  const [, of, seq] = /^([0-9a-f]{1,16})\.(\d{1,15})$/.exec(cursor ?? '') ?? []
  if (seq === undefined) return undefined
  return of === epoch ? Number(seq) : 0
}

function wordsOf(end: PairEnd): {
  readonly result: PairResult
  readonly why: string
  readonly because: string
  readonly cause: string
} {
  if (end.kind === 'withheld')
    return { result: 'withheld', why: end.why, because: sentenceOfEvent(end.why), cause: end.hit }
  const { decision, outcome, cause } = end
  const isLimited = decision.kind === 'send' && decision.flags.restricted
  const why = decision.why
  // Sent despite a restriction: the partner gets a flag of the opt-out.
  const because = isLimited && why !== 'agreed' ? sentenceOfEvent(why) : ''
  return { result: resultOf(outcome, isLimited), why, because, cause }
}

function resultOf(outcome: Extract<PairEnd, { kind: 'tried' }>['outcome'], isLimited: boolean): PairResult {
  switch (outcome.kind) {
    case 'delivered':
      return isLimited ? 'limited' : 'sent'
    case 'refused':
      return outcome.retry ? 'again' : 'dead'
    case 'failed_before_write':
      return 'again'
    case 'cancelled_not_sent':
      return 'cancelled'
    default:
      return 'unknown'
  }
}
