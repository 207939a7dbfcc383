/**
 * The audit trail: ops API calls as CONTROL records in the ledger. A call that changes something or shows a subject's data has
 * its own record before it takes effect. Reads and unauthenticated calls are counted, so that neither a dashboard nor an
 * attacker fills the ledger.
 */
import type { Ledger } from '../../ledger/ports.ts'
import type { Actor } from '../../model/actor.ts'
import { type EpochMs, never } from '../../model/brand.ts'
import type { ErrorCode } from '../../model/errors.ts'
import { succeedsWithin } from '../at-most.ts'

/**
 * The effect of a call. `reads`: none. `inspects`: shows a subject's data. `acts`: changes something. The latter two proceed
 * only after their record is durable. `stops`: can only restrict, and works even if the record cannot be written.
 */
export type Effect = 'reads' | 'inspects' | 'acts' | 'stops'

type Facts = Readonly<Record<string, string | number>>

/** Interval at which counted calls are recorded. */
export const COUNTED_EVERY_MS = 60_000
/** Distinct counts that trigger an early write. */
const MAX_COUNTS = 1_000
/** Longest wait of a stop, and of an answer, for its record, in case the disk hangs. */
export const STOP_WAITS_MS = 500

export interface AuditedCall {
  /** Route id; `''` without a route. */
  readonly call: string
  readonly actor: Actor
  readonly effect: Effect
  /** Impersonal. */
  readonly facts: Facts
}

export interface Audit {
  /**
   * MUST be awaited before the call takes effect. For `acts` and `inspects` it rejects with `ERR_LEDGER_UNAVAILABLE` if the
   * record is not durable, and the call MUST NOT proceed. For `stops` it never rejects.
   */
  before(call: AuditedCall): Promise<void>
  /** Records the answer of a call that may have taken effect. Never rejects. */
  after(call: AuditedCall, status: number, code: ErrorCode | ''): Promise<void>
  /** Records a refused call; `actor` is undefined if unauthenticated. Never rejects. */
  refused(call: string, effect: Effect, actor: Actor | undefined, code: ErrorCode): Promise<void>
  /** Writes the counts. */
  flush(): Promise<void>
}

export interface AuditDeps {
  readonly ledger: Pick<Ledger, 'append'>
  /** Resolves once the list of actors includes this one. */
  readonly note: (actor: Actor) => Promise<void>
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}

export function createAudit({ ledger, note, now, failed }: AuditDeps): Audit {
  const counts = new Map<string, { readonly action: string; readonly facts: Facts; since: EpochMs; count: number }>()
  const write = async (action: string, facts: Facts): Promise<void> => {
    await ledger.append([{ kind: 'control', time: now(), action, facts }])
  }
  const writeIfPossible = (action: string, facts: Facts): Promise<void> =>
    write(action, facts).catch((error: unknown) => failed('audit', error))
  const flush = async (): Promise<void> => {
    const waiting = [...counts.values()]
    counts.clear()
    if (waiting.length === 0) return
    try {
      await ledger.append(
        waiting.map(({ action, facts, since, count }) => ({
          kind: 'control',
          time: now(),
          action,
          facts: { ...facts, count, since },
        })),
      )
    } catch (error) {
      failed('audit', error)
      for (const { action, facts, since, count: more } of waiting) count(action, facts, since, more)
    }
  }
  const count = (action: string, facts: Facts, since = now(), more = 1): void => {
    const key = JSON.stringify([action, facts])
    const entry = counts.get(key)
    if (entry !== undefined) {
      entry.count += more
      entry.since = Math.min(entry.since, since)
    } else if (counts.size < MAX_COUNTS) counts.set(key, { action, facts, since, count: more })
    else count(action, { call: 'others' }, since, more)
    if (counts.size === MAX_COUNTS) void flush()
  }
  return {
    before: async ({ call, actor, effect, facts }) => {
      switch (effect) {
        case 'reads':
          count('calls', { call, ...who(actor) })
          // A read need not wait for a hanging disk.
          await succeedsWithin(note(actor), STOP_WAITS_MS, (error) => failed('actors', error))
          return
        case 'inspects':
        case 'acts':
          await note(actor)
          return write('call', { ...facts, call, ...who(actor) })
        case 'stops': {
          const written = Promise.all([note(actor), write('call', { ...facts, call, ...who(actor) })])
          await succeedsWithin(written, STOP_WAITS_MS, (error) => failed('audit', error))
          return
        }
        default:
          return never(effect)
      }
    },
    after: async ({ call, actor, effect, facts }, status, code) => {
      if (effect === 'reads' || effect === 'inspects') return
      const written = write('call_answered', { ...facts, call, ...who(actor), status, ...named(code) })
      await succeedsWithin(written, STOP_WAITS_MS, (error) => failed('audit', error))
    },
    refused: async (call, effect, actor, code) => {
      if (actor === undefined) count('calls_refused', { call, code })
      else if (effect === 'reads') count('calls_refused', { call, code, ...who(actor) })
      else {
        await note(actor).catch((error: unknown) => failed('actors', error))
        await writeIfPossible('call_refused', { call, code, ...who(actor) })
      }
    },
    flush,
  }
}

function who({ id, roles }: Actor): Facts {
  return { actor: id, roles: roles.join(' ') }
}

function named(code: ErrorCode | ''): Facts {
  return code === '' ? {} : { code }
}
