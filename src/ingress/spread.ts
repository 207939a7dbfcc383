/**
 * Keeps each event of a request in the cell that owns its user. A 200 means that all are kept; after a 503, events that
 * were kept are recognised as duplicates.
 */
import type { AppendResult } from '../intake/ports.ts'
import type { IdentityKey, NodeId } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { Accepting, ToKeep } from './accepting.ts'

export interface Owners {
  readonly here: NodeId
  /**
   * The cell that owns the identity, except those in `without`. Throws `ERR_CHOICES_UNAVAILABLE` if this cell cannot
   * tell, `ERR_OWNER_UNAVAILABLE` if no cell is left.
   */
  ownerOf(key: IdentityKey, without: readonly NodeId[]): NodeId
  /** `Accepting.keep` of another cell. Throws `ERR_OWNER_UNAVAILABLE` if the outcome there is unknown. */
  keep(owner: NodeId, part: ToKeep): Promise<AppendResult>
  /** If an owner is unavailable, the next cell keeps its part: a repeated event may then be kept twice. */
  readonly orTheNext: boolean
}

/** One cell's part of a request; `at`: the positions of its events. */
interface Part {
  readonly owner: NodeId
  readonly toKeep: ToKeep
  readonly at: readonly number[]
}

export function createSpread({ here, ownerOf, keep, orTheNext }: Owners, accepting: Accepting): Accepting {
  return { keep: (taken) => spread(taken, []) }

  async function spread(taken: ToKeep, without: readonly NodeId[]): Promise<AppendResult> {
    const parts = split(taken, without)
    const [only] = parts
    if (parts.length === 1 && only?.owner === here) return accepting.keep(taken)
    const ends = await Promise.allSettled(parts.map((part) => keepPart(part, without)))
    // A refusal is final for the sender, so it is returned only once every cell has stored the observations.
    const failed = ends.findLast(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
    const kept: AppendResult[number][] = []
    for (const [index, { at }] of parts.entries()) {
      const end = ends[index]!
      if (end.status === 'fulfilled') for (const [nth, one] of at.entries()) kept[one] = end.value[nth]!
    }
    return kept
  }

  async function keepPart({ owner, toKeep }: Part, without: readonly NodeId[]): Promise<AppendResult> {
    if (owner === here) return accepting.keep(toKeep)
    try {
      return await keep(owner, toKeep)
    } catch (error) {
      if (!orTheNext || !(error instanceof GatewayError) || error.code !== 'ERR_OWNER_UNAVAILABLE') throw error
      return spread(toKeep, [...without, owner])
    }
  }

  /** This cell's part comes first; it counts refusals, and throws the request's own. */
  function split(taken: ToKeep, without: readonly NodeId[]): readonly Part[] {
    const nothing = { good: [], said: [], rejected: [], refusal: undefined }
    const parts = new Map<NodeId, { good: ToKeep['good'][number][]; said: ToKeep['said'][number][]; at: number[] }>()
    const partOf = (key: IdentityKey) => {
      const owner = ownerOf(key, without)
      const known = parts.get(owner) ?? { good: [], said: [], at: [] }
      parts.set(owner, known)
      return known
    }
    for (const said of taken.said) partOf(said.identities[0]!).said.push(said)
    for (const [index, one] of taken.good.entries()) {
      const part = partOf(one.keys[0]!)
      part.good.push(one)
      part.at.push(index)
    }
    const { rejected, refusal } = taken
    const own = parts.get(here) ?? { good: [], said: [], at: [] }
    const hasOwn = own.good.length > 0 || own.said.length > 0 || rejected.length > 0 || refusal !== undefined
    parts.delete(here)
    return [
      ...(hasOwn || parts.size === 0
        ? [{ owner: here, toKeep: { ...taken, ...own, rejected, refusal }, at: own.at }]
        : []),
      ...[...parts].map(([owner, { at, ...part }]) => ({ owner, toKeep: { ...taken, ...nothing, ...part }, at })),
    ]
  }
}
