/** The `Intake` port over the intake's worker. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { createEventWindow, type EventWindow } from '../intake/event-window.ts'
import { epochOf } from '../intake/keyring.ts'
import { createKeysKnown } from '../intake/keys-known.ts'
import { type IntakeOptions, requireOptions } from '../intake/options.ts'
import { packAppend, packSettle } from '../intake/pack.ts'
import type {
  AppendRequest,
  AppendResult,
  DeadLetter,
  Intake,
  IntakeTotals,
  PulledEvent,
  Purged,
  RetriedDead,
} from '../intake/ports.ts'
import type { AppendAnswer, Health, PullAnswer, RecentAnswer, SettleAnswer } from '../intake/wire.ts'
import type { PartnerId, Position } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { IntakeStart } from './intake-host.ts'
import { type Caller, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'
import { createWakeUps } from './wake-ups.ts'

/** While appends fail, the worker is asked so often whether the disk takes something again. */
const PROBE_EVERY_MS = 1_000

export interface IntakeSettings {
  /** The folder that this process has locked. */
  readonly dataFolder: string
  /** 32 bytes under which the subjects' keys are wrapped. Losing it loses every event that is not settled. */
  readonly keyEncryptionKey: Uint8Array
  readonly options?: Partial<IntakeOptions>
  /** Called once if the worker ends by itself; from then on every call rejects. */
  readonly onLost?: (error: Error) => void
  /** Default `SHORT_LIVED`. */
  readonly limits?: ResourceLimits
}

/** Starts the worker. Rejects with an error that names the file or option at fault; then nothing runs. */
export async function startIntake(settings: IntakeSettings): Promise<Intake> {
  const options = requireOptions(settings.options ?? {})
  const { dataFolder, keyEncryptionKey } = settings
  const start: IntakeStart = { dataFolder, keyEncryptionKey, options }
  const worker = new Worker(new URL('./intake.ts', import.meta.url), {
    workerData: start,
    name: 'intake',
    resourceLimits: settings.limits ?? SHORT_LIVED,
  })
  const caller = callWorker(worker, 'ERR_INTAKE_UNAVAILABLE')
  if (settings.onLost !== undefined) caller.onLost(settings.onLost)
  const end = async (): Promise<void> => {
    try {
      await caller.close()
    } finally {
      await worker.terminate()
    }
  }
  try {
    await caller.call('open')
  } catch (error) {
    await end()
    throw error
  }
  return intakeOver({ ...caller, close: end }, options.windowBytes)
}

/** The port over anything that takes the worker's calls. */
export function intakeOver(caller: Caller, windowBytes: number): Intake {
  const window = createEventWindow(windowBytes)
  const wakeUps = createWakeUps()
  let health: Health = { writable: true, why: 'ok' }
  let probing: NodeJS.Timeout | undefined
  let closing: Promise<void> | undefined

  const call = <Result>(method: string, argument?: unknown): Promise<Result> =>
    closing === undefined ? caller.call(method, argument) : Promise.reject(new GatewayError('ERR_STOPPING'))
  const requireKeys = createKeysKnown(
    (identities) => call<void>('requireKeys', identities),
    () => epochOf(Date.now()),
  )
  const noteHealth = (noted: Health): void => {
    health = noted
    if (noted.writable) {
      clearInterval(probing)
      probing = undefined
    } else probing ??= setInterval(probe, PROBE_EVERY_MS).unref()
  }
  const probe = (): void => {
    // A worker that is gone has been noted already.
    call<Health>('probe').then(noteHealth, () => undefined)
  }
  caller.onLost(() => {
    noteHealth({ writable: false, why: 'worker_lost' })
    clearInterval(probing)
  })

  return {
    append: async (request) => {
      const packed = packAppend(request)
      const answer = await call<AppendAnswer>('append', packed)
      if ('failed' in answer) {
        noteHealth({ writable: false, why: answer.failed })
        throw new GatewayError('ERR_INTAKE_UNAVAILABLE', { why: answer.failed })
      }
      if (!health.writable) noteHealth({ writable: true, why: 'ok' })
      return keepInWindow(window, request, packed.bodyEnd, answer.positions, wakeUps.wake)
    },

    pull: async (partner, max) => {
      const { seqs, attempts, dueInMs } = await call<PullAnswer>('pull', { partner, max })
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

    resumeFrom: (partner) => call<number>('resumeFrom', partner),

    onReady: (partner, listener) => {
      wakeUps.listen(partner, listener)
      // What waited before anyone listened.
      wakeUps.wake(partner)
    },

    purge: async (identities, subjects = []) => {
      window.evict(identities)
      requireKeys.forget(identities)
      const purged = await call<Purged>('purge', { identities, subjects })
      // Again: what was acknowledged in the meantime was kept before the purge.
      window.evict(identities)
      return purged
    },

    requireKeys: requireKeys.require,

    totals: () => call<IntakeTotals>('totals'),
    deadLetters: (after, max) => call<DeadLetter[]>('deadLetters', { after, max }),
    retryDead: async (position, partner) => {
      const retried = await call<RetriedDead>('retryDead', { seq: Number(position), partner })
      if (retried === 'waits') wakeUps.wake(partner)
      return retried
    },
    discardDead: (position, partner) => call<boolean>('discardDead', { seq: Number(position), partner }),
    health: () => health,

    close: () => {
      closing ??= (async () => {
        wakeUps.stop()
        clearInterval(probing)
        await caller.close()
      })()
      return closing
    },
  }

  /** Fills in what the window does not hold; what has no body any more stays undefined and has ended in the worker. */
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
      // How many partners will still ask for it is not known here: it goes when the window is full.
      window.put(seq, event, text.length, Number.POSITIVE_INFINITY)
    }
    for (const [index, seq] of seqs.entries()) events[index] ??= loaded.get(seq)
  }
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
