/**
 * Replays the last accepted events against an unpublished draft. Reads the intake page by page and yields to traffic regularly;
 * sends nothing and changes nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Position } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { AskedRevision } from './asked.ts'
import { createReplayer, type Replay } from './replay.ts'
import { planFor, type SimulateDeps } from './simulator.ts'

/** Maximum events per replay. */
export const MAX_REPLAYED = 100_000
/** Events per read. */
const PAGE = 128
/** Maximum time per turn before yielding. */
const TURN_MS = 2

export interface ReplayAsked extends AskedRevision {
  /** Number of newest events. */
  readonly last: number
  /** Time limit in milliseconds, after which it returns what it has. */
  readonly budget_ms: number
}

export interface ReplayAnswer extends Replay {
  readonly against: { readonly revision: number }
  readonly draft: boolean
  /** Events without readable content: erased, or damaged. */
  readonly unreadable: number
  /** Why it ended: the `asked` number of events, `all` events, or the time `budget` reached. */
  readonly ended: 'asked' | 'all' | 'budget'
}

export async function replay(
  { last, budget_ms: budgetMs, ...asked }: ReplayAsked,
  deps: SimulateDeps,
): Promise<ReplayAnswer> {
  const current = deps.current()
  const after = deps.worldOf(await planFor(asked, deps))
  const replayer = createReplayer(deps.worldOf(current), after, deps)
  const looked = await lookBack({ last, budgetMs }, deps, (event) =>
    replayer.add(event, deps.standingOf(event), deps.now()),
  )
  return { ...replayer.result(), against: { revision: current.number }, draft: asked.draft !== undefined, ...looked }
}

/** Passes on the newest accepted events one by one, up to the requested number or time. */
export async function lookBack(
  { last, budgetMs }: { readonly last: number; readonly budgetMs: number },
  deps: Pick<SimulateDeps, 'recent'>,
  decide: (event: AcceptedEvent) => void,
): Promise<Pick<ReplayAnswer, 'unreadable' | 'ended'>> {
  const endAt = performance.now() + budgetMs
  let left = last
  let unreadable = 0
  let before: Position | undefined
  while (left > 0) {
    const page = await deps.recent(before, Math.min(PAGE, left))
    unreadable += page.unreadable
    if (!(await decideAll(page.events, endAt, decide))) return { unreadable, ended: 'budget' }
    left -= page.events.length + page.unreadable
    before = page.next
    if (before === undefined) return { unreadable, ended: 'all' }
  }
  return { unreadable, ended: 'asked' }
}

/** False if the time limit was reached first. */
async function decideAll(
  events: readonly AcceptedEvent[],
  endAt: number,
  decide: (event: AcceptedEvent) => void,
): Promise<boolean> {
  let turnEnds = performance.now() + TURN_MS
  for (const event of events) {
    const now = performance.now()
    if (now > endAt) return false
    if (now > turnEnds) {
      await nextTurn()
      turnEnds = performance.now() + TURN_MS
    }
    decide(event)
  }
  return true
}
