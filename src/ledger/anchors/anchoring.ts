/**
 * Publishes checkpoints to external anchors on a schedule. Each anchor's newest checkpoint is compared first: one that is
 * ahead of this ledger or forked from it shows a rollback or a second history, and the anchor gets nothing more until an
 * operator accepts that. A failed anchor is reported and retried at the next turn. Sends continue, unless the operator
 * bounds how long records may stay unanchored.
 */
import { type Anchor, AnchorContradicts, type Anchored } from './ports.ts'

/**
 * How an external checkpoint relates to this ledger. `continues`: the ledger extends it. `ahead`: it covers more records
 * than the ledger has. `forked`: it covers different records. `foreign`: it belongs to another ledger. `unknown`: the
 * records needed to decide were pruned.
 */
export type Standing = 'continues' | 'ahead' | 'forked' | 'foreign' | 'unknown'

/** An external checkpoint that this ledger does not extend. */
export interface Contradiction {
  readonly anchor: string
  readonly standing: Extract<Standing, 'ahead' | 'forked'>
  readonly size: number
  /** The whole signed note, which an operator accepts verbatim. */
  readonly note: string
}

export interface AnchoringParts {
  readonly anchors: readonly Anchor[]
  readonly everyMs: number
  /** `overdue` is true after this long without a successful anchor. 0: never. */
  readonly overdueMs: number
  readonly newest: () => Promise<Anchored>
  readonly compare: (anchored: Anchored) => Promise<Standing>
  /** An operator accepted, on record, that the ledger does not extend this checkpoint. */
  readonly isAccepted: (note: string) => boolean
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed: () => number
  readonly observe: AnchorObserver
}
export interface AnchorObserver {
  anchored(anchor: string, size: number): void
  failed(anchor: string, error: unknown): void
  /** Called once for each anchor and finding. */
  contradicted(contradiction: Pick<Contradiction, 'anchor' | 'standing' | 'size'>): void
}

/** One anchor's state relative to the current ledger. */
export interface AnchorState {
  readonly name: string
  readonly where: string
  /** Records that the newest checkpoint published there by this process covers; undefined before the first. */
  readonly size: number | undefined
  /** Milliseconds since it was published. */
  readonly ageMs: number | undefined
  /** Why the last attempt failed; undefined after a success. Holds no secret. */
  readonly failure: string | undefined
  /** The anchor holds another history. */
  readonly contradicts: boolean
}

export interface Anchoring {
  /** Every configured anchor. */
  states(): readonly AnchorState[]
  /** External checkpoints that this ledger does not extend. An unreachable anchor is reported and skipped. Never rejects. */
  contradictions(): Promise<readonly Contradiction[]>
  /** Publishes the newest checkpoint to every anchor that lacks it. Runs every `everyMs`. Never rejects. */
  turn(): Promise<void>
  /** Starts the schedule. */
  start(): void
  /** True while the operator's bound is exceeded: nothing may be sent. */
  overdue(): boolean
  /** Milliseconds since the last success, once three turns have passed without one; else undefined. */
  staleForMs(): number | undefined
  /** Anchors that hold another history, for `/readyz`. */
  contradicted(): readonly string[]
  /** Stops the schedule. A running turn finishes without reporting. */
  close(): void
}

/** One turn may miss an anchor that restarts. */
const STALE_TURNS = 3

export function createAnchoring(parts: AnchoringParts): Anchoring {
  const { anchors, everyMs, overdueMs, newest, elapsed, observe } = parts
  const reached = new Map<Anchor, { readonly size: number; readonly at: number }>()
  const failures = new Map<Anchor, string>()
  const contradicted = new Map<string, number>()
  let lastGood = elapsed()
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const failed = (anchor: string, error: unknown): void => {
    if (!closed) observe.failed(anchor, error)
  }
  const contradictionAt = async (anchor: Anchor): Promise<Contradiction | undefined> => {
    const anchored = await anchor.newest?.()
    if (anchored === undefined || parts.isAccepted(anchored.note)) return undefined
    const standing = await parts.compare(anchored)
    if (standing !== 'ahead' && standing !== 'forked') return undefined
    return { anchor: anchor.name, standing, size: anchored.size, note: anchored.note }
  }
  const note = ({ anchor, standing, size }: Pick<Contradiction, 'anchor' | 'standing' | 'size'>): void => {
    if (contradicted.get(anchor) === size) return
    contradicted.set(anchor, size)
    if (!closed) observe.contradicted({ anchor, standing, size })
  }
  const putOne = async (anchor: Anchor, checkpoint: Anchored): Promise<boolean> => {
    if (reached.get(anchor)?.size === checkpoint.size) return true
    try {
      const contradiction = await contradictionAt(anchor)
      if (contradiction !== undefined) {
        note(contradiction)
        return false
      }
      await anchor.put(checkpoint)
      reached.set(anchor, { size: checkpoint.size, at: elapsed() })
      failures.delete(anchor)
      contradicted.delete(anchor.name)
      observe.anchored(anchor.name, checkpoint.size)
      return true
    } catch (error) {
      if (error instanceof AnchorContradicts) note({ anchor: anchor.name, standing: 'forked', size: checkpoint.size })
      failures.set(anchor, error instanceof Error ? error.message : 'unknown error')
      failed(anchor.name, error)
      return false
    }
  }
  const putAll = async (): Promise<void> => {
    let checkpoint: Anchored
    try {
      checkpoint = await newest()
    } catch (error) {
      for (const { name } of anchors) failed(name, error)
      return
    }
    const done = await Promise.all(anchors.map((anchor) => putOne(anchor, checkpoint)))
    if (done.includes(true)) lastGood = elapsed()
  }
  const turn = (): Promise<void> => {
    running ??= putAll().finally(() => {
      running = undefined
    })
    return running
  }
  return {
    states: () =>
      anchors.map((anchor) => {
        const { size, at } = reached.get(anchor) ?? {}
        return {
          name: anchor.name,
          where: anchor.where,
          size,
          ageMs: at === undefined ? undefined : elapsed() - at,
          failure: failures.get(anchor),
          contradicts: contradicted.has(anchor.name),
        }
      }),
    turn,
    start: () => {
      if (anchors.length === 0) return
      timer = setInterval(() => void turn(), everyMs)
      timer.unref()
      void turn()
    },
    contradictions: async () => {
      const found = await Promise.all(
        anchors.map((anchor) =>
          contradictionAt(anchor).catch((error: unknown) => {
            failed(anchor.name, error)
            return undefined
          }),
        ),
      )
      return found.filter((one) => one !== undefined)
    },
    overdue: () => anchors.length > 0 && overdueMs > 0 && elapsed() - lastGood > overdueMs,
    staleForMs: () => {
      const since = elapsed() - lastGood
      return anchors.length > 0 && since > STALE_TURNS * everyMs ? since : undefined
    },
    contradicted: () => [...contradicted.keys()],
    close: () => {
      closed = true
      clearInterval(timer)
    },
  }
}
