/** The `Intake` port on the caller's thread: the window of parsed events, wake-ups, and the health of appends. */
import type { IdentityKey, PartnerId, Position } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { createEventWindow, type EventWindow } from './event-window.ts'
import { epochOf } from './keyring.ts'
import { createKeysKnown } from './keys-known.ts'
import { packAppend, packSettle } from './pack.ts'
import type {
  AppendRequest,
  AppendResult,
  DeadCount,
  DeadFilter,
  DeadLetter,
  Intake,
  IntakeTotals,
  PulledEvent,
  Purged,
  RetriedAll,
  RetriedDead,
} from './ports.ts'
import { createWakeUps } from './wake-ups.ts'
import type {
  AppendAnswer,
  DeadPageAnswer,
  DeadPageCall,
  FindAnswer,
  FindCall,
  Health,
  PackedPull,
  PullAnswer,
  RecentAnswer,
  SettleAnswer,
} from './wire.ts'

/** Interval at which the worker is asked whether the disk accepts writes, while appends fail. */
const PROBE_EVERY_MS = 1_000

/** The owner of the intake's files, which takes calls for them. Once it is lost every call rejects. */
export interface IntakeCalls {
  call<Result>(method: string, argument?: unknown): Promise<Result>
  /** Called once if it ends by itself. */
  onLost(listener: (error: Error) => void): void
  close(): Promise<void>
}

export interface IntakeSide extends Intake {
  /** Releases what this thread holds of these identities: before and after a purge by another thread. */
  evict(identities: readonly IdentityKey[]): void
}

export function intakeOver(caller: IntakeCalls, windowBytes: number): IntakeSide {
  const window = createEventWindow(windowBytes)
  const wakeUps = createWakeUps()
  let closing: Promise<void> | undefined

  const call = <Result>(method: string, argument?: unknown): Promise<Result> =>
    closing === undefined ? caller.call(method, argument) : Promise.reject(new GatewayError('ERR_STOPPING'))
  const requireKeys = createKeysKnown(
    (identities) => call<void>('requireKeys', identities),
    () => epochOf(Date.now()),
  )
  const health = watchHealth(caller, call)

  const evict: IntakeSide['evict'] = (identities) => {
    window.evict(identities)
    requireKeys.forget(identities)
  }

  const pageByPage = pagesOver(call)

  return {
    append: async (request) => {
      const packed = packAppend(request)
      const answer = await call<AppendAnswer>('append', packed)
      if ('failed' in answer) {
        health.note({ writable: false, why: answer.failed })
        throw new GatewayError('ERR_INTAKE_UNAVAILABLE', { why: answer.failed })
      }
      if (!health.now().writable) health.note({ writable: true, why: 'ok' })
      return keepInWindow(window, request, packed.bodyEnd, answer.positions, wakeUps.wake)
    },

    pull: async (partner, max, resume) => {
      const { seqs, attempts, dueInMs } = await call<PullAnswer>('pull', {
        partner,
        max,
        ...(resume === undefined ? {} : { resume }),
      } satisfies PackedPull)
      wakeUps.wakeIn(partner, dueInMs)
      const events = seqs.map((seq) => window.get(seq))
      await loadMissing(partner, seqs, events)
      const pulled: PulledEvent[] = []
      for (const [index, event] of events.entries()) {
        if (event !== undefined) pulled.push({ position: positionOf(seqs[index]!), event, attempt: attempts[index]! })
      }
      return pulled
    },

    settle: async (partner, settles, resume) => {
      const packed = packSettle(partner, settles, resume)
      const { dueInMs } = await call<SettleAnswer>('settle', packed)
      for (const [index, seq] of packed.seqs.entries()) if (packed.end[index]! >= 0) window.settled(seq)
      wakeUps.wakeIn(partner, dueInMs)
    },

    recent: async (before, max) => {
      const { texts, unreadable, next } = await call<RecentAnswer>('recent', {
        before: before === undefined ? undefined : Number(before),
        max,
      })
      // Sealed and opened unchanged since `packAppend` wrote them.
      const events = texts.map((text) => JSON.parse(text) as AcceptedEvent)
      return { events, unreadable, next: next === undefined ? undefined : positionOf(next) }
    },

    findMessage: finderOver(call),

    resumeFrom: (partner) => call<number>('resumeFrom', partner),

    onReady: (partner, listener) => {
      wakeUps.listen(partner, listener)
      // Pairs that were due before anyone listened.
      wakeUps.wake(partner)
    },

    evict,
    purge: async (identities, subjects = []) => {
      evict(identities)
      const purged = await call<Purged>('purge', { identities, subjects })
      // Again: events acknowledged in the meantime were stored before the purge.
      window.evict(identities)
      return purged
    },

    requireKeys: requireKeys.require,
    hasKeys: (identities) => call<boolean>('hasKeys', identities),

    totals: () => call<IntakeTotals>('totals'),
    deadLetters: (after, max, filter = {}) => call<DeadLetter[]>('deadLetters', { after, max, filter }),
    deadCounts: () => call<DeadCount[]>('deadCounts'),
    retryAllDead: (filter) => pageByPage('retryDeadPage', filter, (partners) => partners.forEach(wakeUps.wake)),
    discardAllDead: async (filter) => (await pageByPage('discardDeadPage', filter, () => undefined)).waits,
    retryDead: async (position, partner) => {
      const retried = await call<RetriedDead>('retryDead', { seq: Number(position), partner })
      if (retried === 'waits') wakeUps.wake(partner)
      return retried
    },
    discardDead: (position, partner) => call<boolean>('discardDead', { seq: Number(position), partner }),
    health: health.now,

    close: () => {
      closing ??= (async () => {
        wakeUps.stop()
        health.stop()
        await caller.close()
      })()
      return closing
    },
  }

  /** Adds the texts that the window lacks; a pair without one stays undefined and has ended in the worker. */
  async function loadMissing(
    partner: PartnerId,
    seqs: readonly number[],
    events: (AcceptedEvent | undefined)[],
  ): Promise<void> {
    const missing = seqs.filter((_, index) => events[index] === undefined)
    if (missing.length === 0) return
    const texts = await call<(string | null)[]>('bodies', { partner, seqs: missing })
    const loaded = new Map<number, AcceptedEvent>()
    for (const [index, text] of texts.entries()) {
      if (text === null) continue
      const seq = missing[index]!
      // Sealed and opened unchanged since `packAppend` wrote it.
      const event = JSON.parse(text) as AcceptedEvent
      loaded.set(seq, event)
      // The number of partners still to ask for it is unknown here: it stays until the window is full.
      window.put(seq, event, text.length, Number.POSITIVE_INFINITY)
    }
    for (const [index, seq] of seqs.entries()) events[index] ??= loaded.get(seq)
  }
}

/** Page by page: other calls run in between. */
function pagesOver(call: <Result>(method: string, argument?: unknown) => Promise<Result>) {
  return async (
    method: 'retryDeadPage' | 'discardDeadPage',
    filter: DeadFilter,
    done: (partners: DeadPageAnswer['partners']) => void,
  ): Promise<RetriedAll> => {
    const all = { waits: 0, gone: 0, inDoubt: 0 }
    let before: number | undefined
    do {
      const page = await call<DeadPageAnswer>(method, { before, filter } satisfies DeadPageCall)
      all.waits += page.waits
      all.gone += page.gone
      all.inDoubt += page.inDoubt
      done(page.partners)
      before = page.next
    } while (before !== undefined)
    return all
  }
}

/** The same. */
function finderOver(call: <Result>(method: string, argument?: unknown) => Promise<Result>): Intake['findMessage'] {
  return async (apps, messageId) => {
    let before: number | undefined
    do {
      const { found, next } = await call<FindAnswer>('findMessage', { apps, messageId, before } satisfies FindCall)
      if (found !== undefined) {
        const { text, ...about } = found
        // Sealed and opened unchanged since `packAppend` wrote it.
        return { ...about, event: text === undefined ? undefined : (JSON.parse(text) as AcceptedEvent) }
      }
      before = next
    } while (before !== undefined)
    return undefined
  }
}

/** Asks whether a disk that refused accepts writes again. */
function watchHealth(caller: IntakeCalls, call: <Result>(method: string) => Promise<Result>) {
  let health: Health = { writable: true, why: 'ok' }
  let probing: NodeJS.Timeout | undefined
  const stop = (): void => {
    clearInterval(probing)
    probing = undefined
  }
  const note = (noted: Health): void => {
    health = noted
    if (noted.writable) stop()
    else probing ??= setInterval(probe, PROBE_EVERY_MS).unref()
  }
  const probe = (): void => {
    // A lost worker has been reported already.
    call<Health>('probe').then(note, () => undefined)
  }
  caller.onLost(() => {
    note({ writable: false, why: 'worker_lost' })
    clearInterval(probing)
  })
  return { now: () => health, note, stop }
}

function keepInWindow(
  window: EventWindow,
  { items }: AppendRequest,
  bodyEnd: readonly number[],
  positions: readonly number[],
  wake: (partner: PartnerId) => void,
): AppendResult {
  return positions.map((seq, index) => {
    if (seq === 0) return 'duplicate'
    const { event, partners } = items[index]!
    window.put(seq, event, bodyEnd[index]! - (bodyEnd[index - 1] ?? 0), partners.length)
    for (const partner of partners) wake(partner)
    return 'accepted'
  })
}

function positionOf(seq: number): Position {
  return String(seq) as Position
}
