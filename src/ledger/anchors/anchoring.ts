/**
 * Puts checkpoints outside on a schedule, and looks first at what lies there: a place that has seen more of this ledger
 * than there is, or something else, says that the folder was set back or that there are two histories. Such a place gets
 * nothing more until somebody has looked. A place that fails is tried again at the next turn and reported each time; sends
 * go on, unless the operator asked for a bound on how long records may be nowhere but here.
 */
import { type Anchor, AnchorContradicts, type Anchored } from './ports.ts'

/**
 * How a checkpoint from outside stands to this ledger: `continues` where the ledger is a continuation of it, `ahead`
 * where it has more records than the ledger, `forked` where the same records are others, `foreign` where it is none of
 * this ledger's, `unknown` where that cannot be told any more.
 */
export type Standing = 'continues' | 'ahead' | 'forked' | 'foreign' | 'unknown'

/** A checkpoint outside that this ledger does not continue. */
export interface Contradiction {
  readonly anchor: string
  readonly standing: Extract<Standing, 'ahead' | 'forked'>
  readonly size: number
  /** The whole note: what is accepted is accepted by this. */
  readonly note: string
}

export interface AnchoringParts {
  readonly anchors: readonly Anchor[]
  readonly everyMs: number
  /** Where records are nowhere outside for so long, `overdue` is true. 0: never. */
  readonly overdueMs: number
  readonly newest: () => Promise<Anchored>
  readonly compare: (anchored: Anchored) => Promise<Standing>
  /** Somebody has accepted, on record, that this one is not continued. */
  readonly isAccepted: (note: string) => boolean
  /** A clock that never goes back, in milliseconds. */
  readonly elapsed: () => number
  readonly observe: AnchorObserver
}
export interface AnchorObserver {
  anchored(anchor: string, size: number): void
  failed(anchor: string, error: unknown): void
  /** Once for each place and finding. */
  contradicted(contradiction: Pick<Contradiction, 'anchor' | 'standing' | 'size'>): void
}

/** How a place outside stands to the ledger as it is now. */
export interface AnchorState {
  readonly name: string
  readonly where: string
  /** Records that the newest checkpoint there covers, as far as this process put it there or found it; undefined until then. */
  readonly size: number | undefined
  /** Milliseconds since then. */
  readonly ageMs: number | undefined
  /** Why the last attempt failed; undefined where it did not. Holds no secret. */
  readonly failure: string | undefined
  /** It holds another history. */
  readonly contradicts: boolean
}

export interface Anchoring {
  /** Every place, as configured. */
  states(): readonly AnchorState[]
  /** What lies outside and is not continued here. A place that cannot be asked is reported, and says nothing. Never rejects. */
  contradictions(): Promise<readonly Contradiction[]>
  /** Puts the newest checkpoint everywhere where it is not yet; what `everyMs` calls. Never rejects. */
  turn(): Promise<void>
  /** Begins to put checkpoints outside. */
  start(): void
  /** True where the operator's bound is exceeded: nothing may be sent. */
  overdue(): boolean
  /** Milliseconds since a checkpoint was last put outside, where three turns have gone by without it; else undefined. */
  staleForMs(): number | undefined
  /** The places that hold another history: for `/readyz`. */
  contradicted(): readonly string[]
  /** No more turns. One that is under way ends unheard; the next start puts outside what is new. */
  close(): void
}

/** One turn may miss a place that restarts. */
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
