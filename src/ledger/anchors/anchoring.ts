/**
 * Puts checkpoints outside on a schedule. A place that fails is tried again at the next turn and reported each time; sends
 * go on, unless the operator asked for a bound on how long records may be nowhere but here.
 */
import type { Anchor, Anchored } from './ports.ts'

export interface AnchoringParts {
  readonly anchors: readonly Anchor[]
  readonly everyMs: number
  /** Where records are nowhere outside for so long, `overdue` is true. 0: never. */
  readonly overdueMs: number
  readonly newest: () => Promise<Anchored>
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed: () => number
  readonly observe: AnchorObserver
}
export interface AnchorObserver {
  anchored(anchor: string, size: number): void
  failed(anchor: string, error: unknown): void
}

export interface Anchoring {
  /** Puts the newest checkpoint everywhere where it is not yet; what `everyMs` calls. Never rejects. */
  turn(): Promise<void>
  /** True where the operator's bound is exceeded: nothing may be sent. */
  overdue(): boolean
  /** No more turns. One that is under way ends unheard; the next start puts outside what is new. */
  close(): void
}

export function startAnchoring(parts: AnchoringParts): Anchoring {
  const { anchors, everyMs, overdueMs, newest, elapsed, observe } = parts
  const reached = new Map<Anchor, number>()
  let lastGood = elapsed()
  let running: Promise<void> | undefined
  let closed = false

  const putAll = async (): Promise<void> => {
    let checkpoint: Anchored
    try {
      checkpoint = await newest()
    } catch (error) {
      if (!closed) for (const { name } of anchors) observe.failed(name, error)
      return
    }
    const done = await Promise.all(
      anchors.map(async (anchor) => {
        if (reached.get(anchor) === checkpoint.size) return true
        try {
          await anchor.put(checkpoint)
          reached.set(anchor, checkpoint.size)
          observe.anchored(anchor.name, checkpoint.size)
          return true
        } catch (error) {
          if (!closed) observe.failed(anchor.name, error)
          return false
        }
      }),
    )
    if (done.includes(true)) lastGood = elapsed()
  }
  const turn = (): Promise<void> => {
    running ??= putAll().finally(() => {
      running = undefined
    })
    return running
  }
  const timer = anchors.length === 0 ? undefined : setInterval(() => void turn(), everyMs)
  timer?.unref()
  if (timer !== undefined) void turn()
  return {
    turn,
    overdue: () => anchors.length > 0 && overdueMs > 0 && elapsed() - lastGood > overdueMs,
    close: () => {
      closed = true
      clearInterval(timer)
    },
  }
}
