/**
 * Tells partners what is due, one notice of a partner at a time: a third front beside events and the relay, through the same
 * `disclose` core, egress rules and breaker. Each notice is led to an end:
 *
 *   waiting   its moment has not come, or the partner did not take it yet
 *   trying    a request may be under way: durable before it is, so that a crash is known as one
 *   polling   taken and not done: asked again at the partner's status call
 *   ended     confirmed, accepted, refused, no_match, cannot_be_told, expired or unresolved
 */
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import { type CallbackHmac, type CallbackRequest, TOLD_VERBS } from '../partners/kit/notices.ts'
import { type AttemptParts, createAttempt } from './attempt.ts'
import { dayOf } from './log.ts'
import type { DueNotice, NoticeState } from './ports.ts'
import { endRecord } from './records.ts'

/** How long until it is looked again whether something is due. */
const LOOK_MS = 60_000
const FLUSH_MS = 5_000
const FLUSHED_AT_ONCE = 500

export interface SenderParts extends AttemptParts {
  readonly hmacOf: (contract: ContractPlan) => CallbackHmac
  readonly observe: {
    ended(partner: string, verb: string, state: NoticeState): void
    failed(error: unknown): void
  }
}

export interface NoticeSender {
  /** Something may be due. */
  wake(): void
  /** What a partner sent to its callback address. */
  received(partner: PartnerId, request: CallbackRequest): Promise<'taken' | 'unsigned' | 'malformed' | 'unknown'>
  /** Writes ends that are in no ledger yet. */
  flush(): Promise<void>
  stop(): Promise<void>
}

export function createNoticeSender(parts: SenderParts): NoticeSender {
  const { store, types, contractOf, now, chance, observe } = parts
  const tryOnce = createAttempt(parts)
  const busy = new Map<PartnerId, Promise<void>>()
  let looking: Promise<void> | undefined
  let again = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()
  const flushTimer = setInterval(() => void flush().catch(observe.failed), FLUSH_MS)
  flushTimer.unref()

  const wake = (): void => {
    again = true
    if (looking !== undefined || stopping) return
    looking = look()
      .catch((error: unknown) => observe.failed(error))
      .finally(() => {
        looking = undefined
      })
  }
  const look = async (): Promise<void> => {
    clearTimeout(timer)
    let next: number | undefined
    while (again && !stopping) {
      again = false
      for (const notice of await store.due(now())) start(notice)
      next = await store.nextDue()
    }
    if (stopping) return
    // What is due and waits for a busy partner is looked for when that is done.
    const inMs = busy.size > 0 || next === undefined ? LOOK_MS : Math.min(LOOK_MS, Math.max(10, next - now()))
    timer = setTimeout(wake, inMs)
    timer.unref()
  }
  const start = (notice: DueNotice): void => {
    if (stopping || busy.has(notice.partner)) return
    const work = attempt(notice)
      .catch((error: unknown) => {
        observe.failed(error)
        return pause()
      })
      .finally(() => {
        busy.delete(notice.partner)
        wake()
      })
    busy.set(notice.partner, work)
  }
  /** After a failure of our own. */
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      setTimeout(resolve, stopping ? 0 : 1_000).unref()
    })

  const attempt = async (notice: DueNotice): Promise<void> => {
    const next = await tryOnce(notice)
    if (next.kind === 'later') {
      await store.defer(notice.id, { due: now() + next.inMs, phase: next.phase })
      return
    }
    await finish(notice, next.state, next.why ?? '', next.task === true)
  }
  const finish = async (
    { id, partner, verb }: Pick<DueNotice, 'id' | 'partner' | 'verb'>,
    state: NoticeState,
    why: string,
    task: boolean,
  ): Promise<void> => {
    if (await store.end(id, { state, why, day: dayOf(now()), task })) observe.ended(partner, verb, state)
  }

  /** Shuffled: the order of a batch says nothing. */
  const flush = (): Promise<void> => {
    flushing = flushing
      .catch(() => undefined)
      .then(async () => {
        for (;;) {
          const ended = await store.unrecorded(FLUSHED_AT_ONCE)
          if (ended.length === 0) return
          const shuffled = ended.map((one) => [chance(), one] as const).sort(([a], [b]) => a - b)
          await parts.recorder.conclude(shuffled.map(([, one]) => endRecord(one, now())))
          await store.recorded(ended.map(({ id }) => id))
        }
      })
    return flushing
  }

  return {
    wake,
    received: async (partner, request) => {
      const contract = contractOf(partner)
      if (contract === undefined) return 'unknown'
      const hmac = parts.hmacOf(contract)
      let found: 'unsigned' | 'unknown' = 'unknown'
      for (const verb of TOLD_VERBS) {
        const callback = types.get(contract.type)?.notices?.calls[verb]?.under(contract.connection)?.callback
        const reading = callback?.(request, hmac, new Date(now()).toISOString().slice(0, 10))
        // A partner may report of one verb in its own way, and of another as a standard has it.
        if (reading === undefined) continue
        if (reading.kind === 'unsigned') {
          found = 'unsigned'
          continue
        }
        if (reading.kind === 'malformed') return 'malformed'
        const [row] = await store.byIds([reading.id])
        if (row?.partner !== partner) return 'unknown'
        const { state } = reading.answer
        if (state === 'confirmed' || state === 'refused' || state === 'no_match')
          // Sound: rows hold what `queue` was given.
          await finish({ ...row, partner, verb: row.verb as DueNotice['verb'] }, state, '', false)
        return 'taken'
      }
      return found
    },
    flush,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      clearInterval(flushTimer)
      await looking
      clearTimeout(timer)
      await Promise.all(busy.values())
      await flush()
    },
  }
}
