/**
 * The newest of what passes through, for whoever watches. Off while nobody does: then every hook is one look at a flag, and
 * nothing is held. On, a few events a second are shown, in a ring that readers read at their own pace: who is too slow
 * misses some, and is told how many. Bodies are held while somebody watches who may open them, and no longer than the ring.
 */
import type { EpochMs, IdentityKey, JsonObject } from '../model/brand.ts'
import { ERROR_CODES, type ErrorCode, REJECTION_CODES, type RejectionCode } from '../model/errors.ts'
import { sentenceOfEvent } from '../model/reason.ts'
import { type DescribeDeps, describeDecision, describeEvent, showName } from './describe.ts'
import type { PairEnd, PairResult, Tail, TailReader, TailRecord } from './ports.ts'
import { createRing } from './ring.ts'

/** Records held; an event makes one, and one for each of its pairs. */
const MAX_RECORDS = 1_000
/** Events of which pairs are shown. */
const MAX_EVENTS = 300
/** Shown a second, and at once after a pause. */
const EVENTS_A_SECOND = 5
const BURST = 15
/** Without a reader for so long, nobody watches. Between two readings of a console lies a second. */
const WATCHED_MS = 30_000
/** How often it is looked whether somebody still does. */
const LOOK_MS = 5_000
/** Of one answer. */
const MAX_PAGE = 100
/** What a new reader is shown of what others have seen already. */
const FIRST_PAGE = 30

export interface TailDeps extends DescribeDeps {
  readonly now: () => EpochMs
  /** Names this tail: a cursor of another one is none of its own. */
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

export function createTail(deps: TailDeps): Tail & TailReader & { forget(): void } {
  const { now, epoch } = deps
  const ring = createRing({ ...deps, most: MAX_RECORDS })
  let nextId = 1
  /** By the reference of the event, which leaves this module nowhere. */
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
      const at = now()
      tokens.left = Math.min(BURST, tokens.left + (Math.max(0, at - tokens.at) * EVENTS_A_SECOND) / 1_000)
      tokens.at = at
      if (tokens.left < 1) return false
      tokens.left--
      counts.shown++
      return true
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
      // From here on the event is held by what describes it alone, until it has.
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
      // Sound: refusals of events and of requests have one code each, of one of these tables.
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
      watch.asked(mayOpen)
      const since = seqOf(cursor, epoch)
      // A cursor of another run: everything it could go on with is gone.
      const from = since === undefined ? Math.max(0, ring.last() - FIRST_PAGE) : since > ring.last() ? 0 : since
      if (ring.last() === from && waitMs > 0) await ring.wait(waitMs)
      const missed = since === undefined ? 0 : Math.max(0, ring.oldest() - 1 - from)
      const items = await ring.since(from, MAX_PAGE)
      watch.asked(mayOpen)
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

/** Whether somebody watches, and whether somebody who may open bodies does: as long as they ask often enough. */
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
  const look = (): void => {
    if (state.holdsBodies && now() >= bodiesUntil) {
      state.holdsBodies = false
      on.noBodies()
    }
    if (now() >= offAt) off()
    else cancel = after(LOOK_MS, look)
  }
  return {
    get isOn() {
      return state.isOn
    },
    get holdsBodies() {
      return state.holdsBodies
    },
    asked: (mayOpen: boolean): void => {
      if (isClosed) return
      offAt = now() + WATCHED_MS
      if (mayOpen) {
        bodiesUntil = offAt
        state.holdsBodies = true
      }
      if (state.isOn) return
      state.isOn = true
      on.began()
      cancel = after(LOOK_MS, look)
    },
    end: () => {
      isClosed = true
      off()
    },
  }
}

/** The oldest gives way. */
function setWithin<Key, Value>(map: Map<Key, Value>, most: number, key: Key, value: Value): void {
  map.set(key, value)
  if (map.size > most) map.delete(map.keys().next().value!)
}

/** Undefined for whoever begins; 0 where the cursor is of another run of the gateway. */
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
  // Who may have it all the same is told of an opt-out by a flag: nothing else restricts.
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
