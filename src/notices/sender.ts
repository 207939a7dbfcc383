/**
 * Sends due notices, one at a time per partner: a third front beside events and the relay, through the same `disclose` core,
 * egress rules and breaker. States of a notice:
 *
 *   waiting   for its due time or the next attempt
 *   trying    a request may be under way; durable before the request starts
 *   polling   received, not completed: the partner's status call is polled
 *   ended     confirmed, accepted, refused, no_match, cannot_be_told, expired or unresolved
 */
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import { type CallbackHmac, type CallbackRequest, TOLD_VERBS } from '../partners/kit/notices.ts'
import { type AttemptParts, createAttempt } from './attempt.ts'
import { dayOf } from './log.ts'
import type { DueNotice, NoticeState } from './ports.ts'
import { endRecord } from './records.ts'

/** Longest pause between two checks for due notices. */
const CHECK_MS = 60_000
const FLUSH_MS = 5_000
const FLUSH_PAGE = 500

export interface SenderParts extends AttemptParts {
  readonly hmacOf: (contract: ContractPlan) => CallbackHmac
  readonly observe: {
    ended(partner: string, verb: string, state: NoticeState): void
    failed(error: unknown): void
  }
}

export interface NoticeSender {
  /** Call when a notice may be due. */
  wake(): void
  /** Handles a partner's request to its callback address. */
  received(partner: PartnerId, request: CallbackRequest): Promise<'taken' | 'unsigned' | 'malformed' | 'unknown'>
  /** Records ended notices that have no ledger record yet. */
  flush(): Promise<void>
  stop(): Promise<void>
}

export function createNoticeSender(parts: SenderParts): NoticeSender {
  const { store, types, contractOf, now, chance, observe } = parts
  const tryOnce = createAttempt(parts)
  const busy = new Map<PartnerId, Promise<void>>()
  let checking: Promise<void> | undefined
  let again = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> = Promise.resolve()
  const flushTimer = setInterval(() => void flush().catch(observe.failed), FLUSH_MS)
  flushTimer.unref()

  const wake = (): void => {
    again = true
    if (checking !== undefined || stopping) return
    checking = check()
      .catch((error: unknown) => observe.failed(error))
      .finally(() => {
        checking = undefined
      })
  }
  const check = async (): Promise<void> => {
    clearTimeout(timer)
    let next: number | undefined
    while (again && !stopping) {
      again = false
      for (const notice of await store.due(now())) start(notice)
      next = await store.nextDue()
    }
    if (stopping) return
    // Due notices of a busy partner are checked when its current attempt ends.
    const inMs = busy.size > 0 || next === undefined ? CHECK_MS : Math.min(CHECK_MS, Math.max(10, next - now()))
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
  /** After an internal failure. */
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

  /** Shuffled, so that the order of a batch reveals nothing. */
  const flush = (): Promise<void> => {
    flushing = flushing
      .catch(() => undefined)
      .then(async () => {
        for (;;) {
          const ended = await store.unrecorded(FLUSH_PAGE)
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
        // A partner may report on different verbs in different formats.
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
          // Sound: only `queue` writes verbs.
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
      await checking
      clearTimeout(timer)
      await Promise.all(busy.values())
      await flush()
    },
  }
}
