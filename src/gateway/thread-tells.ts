/**
 * What a data thread has to tell the main thread that nobody waits for: counts, log lines, what passes. It travels in one message
 * now and then, counted where that will do.
 */

import type { LaneState } from '../delivery/ports.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Inbox } from '../inbox/ports.ts'
import type { HotDeps } from '../ingress/deps.ts'
import { type createHeardSdks, libraryOf } from '../live/heard.ts'
import type { SdkListener } from '../live/ports.ts'
import type { TailTold } from '../live/tail.ts'
import type { AppId } from '../model/brand.ts'
import { createDecisionCounts } from '../observe/decision-counts.ts'
import type { Log } from '../observe/log.ts'
import type { HotMetrics, Metrics } from '../observe/metrics.ts'
import type { RolloutWatch } from '../publish/rollout-watch.ts'

/** How a thread is, as it last said. */
export interface ThreadState {
  readonly lanes: readonly LaneState[]
  readonly connections: { readonly open: number; readonly most: number }
  /** Age of its oldest records that are not durable. */
  readonly ledgerWaitsSeconds: number
  /** The longest that its event loop was late in the last 10 to 20 seconds. */
  readonly delaySeconds: number
  /** Of senders, since it began. */
  readonly requests: number
}

type Level = 'error' | 'warn' | 'info' | 'debug'

/** Everything that is told, as the main thread hears it. */
export interface Told
  extends Pick<RelayBooks, 'begun' | 'ended'>,
    Pick<RolloutWatch, 'guardHit'>,
    Pick<HotDeps['children'], 'count'>,
    Pick<Inbox, 'note' | 'met'>,
    TailTold {
  counted(name: CountName, args: readonly string[], count: number): void
  decided: Metrics['decidedField']
  committed(seconds: readonly number[]): void
  tried: RolloutWatch['ended']
  sdk(app: AppId, name: unknown, version: unknown, requests: number): void
  refusals(app: AppId | undefined, code: string, count: number): void
  logged(level: Level, facts: object, message: string): void
  failed(where: string, error: Error): void
  state(state: ThreadState): void
}
type CountName =
  | 'accepted'
  | 'duplicate'
  | 'rejected'
  | 'answeredError'
  | 'ended'
  | 'withheld'
  | 'guardHit'
  | 'egressRefused'
  | 'connectionClosed'

/** One message: names of `Told`, each with its arguments, in order. */
export type Tells = readonly (readonly [keyof Told, readonly unknown[]])[]

/** Applies a message. */
export function hear(told: Told, tells: Tells): void {
  for (const [name, args] of tells) (told[name] as (...given: readonly unknown[]) => void)(...args)
}

const FLUSH_MS = 100
/** Told at once beyond, so that nobody can fill a thread's memory between two messages. */
const MOST_WAITING = 2_000

export interface Telling {
  readonly tell: Told
  readonly metrics: HotMetrics & Pick<Metrics, 'connectionClosed'>
  readonly heard: SdkListener
  readonly log: Log
  /** Is called before each message. */
  beforeEach(add: () => void): void
  /** Resolves once all that was told so far has arrived. */
  flush(): Promise<void>
  stop(): Promise<void>
}

export function createTelling(post: (tells: Tells) => Promise<unknown>): Telling {
  let waiting: (readonly [keyof Told, readonly unknown[]])[] = []
  const counts = new Map<string, { readonly name: CountName; readonly args: readonly string[]; count: number }>()
  const sdks = new Map<string, { readonly args: readonly [AppId, unknown, unknown]; requests: number }>()
  const refusals = new Map<string, { readonly args: readonly [AppId | undefined, string]; count: number }>()
  let seconds: number[] = []
  const before: (() => void)[] = []
  const push = (name: keyof Told, ...args: readonly unknown[]): void => {
    waiting.push([name, args])
    if (waiting.length >= MOST_WAITING) flush()
  }
  const tell = new Proxy({} as Told, {
    get:
      (_, name) =>
      (...args: readonly unknown[]) =>
        push(name as keyof Told, ...args),
  })
  const decisions = createDecisionCounts(tell.decided)
  const flush = (): void => {
    const own = waiting
    waiting = []
    for (const { name, args, count } of counts.values()) own.push(['counted', [name, args, count]])
    for (const { args, requests } of sdks.values()) own.push(['sdk', [...args, requests]])
    for (const { args, count } of refusals.values()) own.push(['refusals', [...args, count]])
    if (seconds.length > 0) own.push(['committed', [seconds]])
    counts.clear()
    sdks.clear()
    refusals.clear()
    seconds = []
    if (own.length > 0) post(own).catch(() => undefined)
  }
  const tellAll = (): void => {
    decisions.flush()
    for (const add of before) add()
    flush()
  }
  /** What is answered last was told last: one port keeps the order. */
  const flushAll = async (): Promise<void> => {
    tellAll()
    await post([])
  }
  const timer = setInterval(tellAll, FLUSH_MS)
  const count =
    (name: CountName) =>
    (...given: readonly (string | number | undefined)[]): void => {
      const times = typeof given.at(-1) === 'number' ? (given.at(-1) as number) : 1
      const args = given.filter((one) => typeof one === 'string')
      const key = `${name} ${args.join(' ')}`
      const known = counts.get(key)
      if (known === undefined) counts.set(key, { name, args, count: times })
      else known.count += times
    }
  const said = (level: Level) => (facts: object, message: string) => tell.logged(level, facts, message)
  return {
    tell,
    metrics: {
      accepted: count('accepted'),
      duplicate: count('duplicate'),
      rejected: count('rejected'),
      answeredError: count('answeredError'),
      ended: count('ended'),
      withheld: count('withheld'),
      guardHit: count('guardHit'),
      egressRefused: count('egressRefused'),
      connectionClosed: count('connectionClosed'),
      decided: decisions.add,
      ledgerCommit: (took) => void seconds.push(took),
    },
    heard: {
      sent: (app, event, shared) => {
        const library = libraryOf(event.context) ?? libraryOf(shared) ?? {}
        const [name, version] = [shortOf(library.name), shortOf(library.version)]
        const key = `${app} ${String(name)} ${String(version)}`
        const known = sdks.get(key)
        if (known !== undefined) known.requests++
        else if (sdks.size < MOST_WAITING) sdks.set(key, { args: [app, name, version], requests: 1 })
      },
      // Settings are asked for on the main thread.
      asked: () => undefined,
      refused: (app, code) => {
        const key = `${app ?? ''} ${code}`
        const known = refusals.get(key)
        if (known === undefined) refusals.set(key, { args: [app, code], count: 1 })
        else known.count++
      },
    },
    log: { error: said('error'), warn: said('warn'), info: said('info'), debug: said('debug') } as Log,
    beforeEach: (add) => void before.push(add),
    flush: flushAll,
    stop: () => {
      clearInterval(timer)
      return flushAll()
    },
  }
}

/** Longer, it is no name that is shown. */
const MAX_NAME = 100
function shortOf(name: unknown): string | undefined {
  return typeof name === 'string' && name.length <= MAX_NAME ? name : undefined
}

export interface Hearing {
  readonly metrics: Metrics
  readonly relayBooks: Pick<RelayBooks, 'begun' | 'ended'>
  readonly rollouts: RolloutWatch
  readonly children: Pick<HotDeps['children'], 'count'>
  readonly inbox: Pick<Inbox, 'note' | 'met'>
  readonly tail: TailTold
  readonly heard: ReturnType<typeof createHeardSdks>
  readonly log: Log
  readonly failed: (where: string, error: unknown) => void
}

/** The main thread's end, for one thread. */
export function listenTo(given: Hearing, noted: (state: ThreadState) => void): Told {
  const { metrics, relayBooks, rollouts, children, inbox, tail, heard, log } = given
  return {
    counted: (name, args, count) => {
      const [a = '', b = ''] = args
      switch (name) {
        case 'accepted':
          return metrics.accepted(a, count)
        case 'duplicate':
          return metrics.duplicate(a, count)
        case 'rejected':
          return metrics.rejected(a, b, count)
        case 'answeredError':
          return metrics.answeredError(a, count)
        case 'ended':
          return metrics.ended(a, b, count)
        case 'withheld':
          return metrics.withheld(a, b, count)
        case 'guardHit':
          return metrics.guardHit(a, count)
        case 'egressRefused':
          return metrics.egressRefused(a, count)
        case 'connectionClosed':
          return metrics.connectionClosed(a as 'evicted' | 'refused', count)
      }
    },
    decided: metrics.decidedField,
    committed: (seconds) => seconds.forEach(metrics.ledgerCommit),
    tried: rollouts.ended,
    guardHit: rollouts.guardHit,
    begun: relayBooks.begun,
    ended: relayBooks.ended,
    count: children.count,
    note: inbox.note,
    met: inbox.met,
    arrives: tail.arrives,
    kept: tail.kept,
    refused: tail.refused,
    pair: tail.pair,
    passed: tail.passed,
    sdk: heard.counted,
    refusals: (app, code, count) => {
      for (let times = 0; times < count; times++) heard.refused(app, code)
    },
    logged: (level, facts, message) => log[level](facts, message),
    failed: given.failed,
    state: noted,
  }
}
