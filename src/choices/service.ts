/**
 * What an opt-out does until it is acknowledged, in this order:
 *
 *   name       keys that name somebody, each once; none left is an error
 *   append     to the log: durable on the identities it was said of, then on all linked to them (`write.ts`, `reach.ts`)
 *   found      the log's feed has come by: look-ups here find it, and older stamps about them are stale (`following.ts`)
 *   in force   every data thread has said so (`in-force.ts`, `freshness.ts`)
 *   complete   or an error: what holds on a part is not acknowledged
 *   on record  in the ledger, by whoever was asked (`on-record.ts`)
 *
 * What an event says of its people takes the same steps, but for what is known to hold already (`recently-seen.ts`). Whatever
 * rejects may have been kept; it MUST NOT be acknowledged.
 */
import type { IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import { GatewayError } from '../model/errors.ts'
import type { Swept } from './aging.ts'
import { mayWiden } from './authority.ts'
import { followLog } from './following.ts'
import type { IdentityKeys } from './identity.ts'
import { createInForce } from './in-force.ts'
import { type Changed, EVERYONE } from './last-changed.ts'
import type {
  Aging,
  Appended,
  Choices,
  ChoicesLog,
  ErasureSteps,
  Freshness,
  Kept,
  LogEntry,
  LogPosition,
} from './ports.ts'
import { createRecentlySeen, distinct } from './recently-seen.ts'
import type { Link } from './store.ts'

export interface ServiceParts {
  readonly log: ChoicesLog
  readonly identities: IdentityKeys
  readonly freshness: Pick<Freshness, 'outdate' | 'publish'>
  /** Namespaces that are ready. */
  readonly namespaces: readonly string[]
  /** How long the feed may lag behind an append before it counts as not in force. Default 2,000. */
  readonly feedBoundMs?: number
}

export type ChoicesService = Pick<Choices, 'put' | 'observe' | 'splitNamespaces'> &
  Pick<ErasureSteps, 'beginErasure'> &
  Aging

/** The feed has outdated all whose state changed; what is left is to have it confirmed. */
const NOBODY_MORE: Changed = []
/** Users whose restrictions are copied into a new namespace in one transaction. */
const SPLIT_AT_ONCE = 500

export function createChoicesService({ log, identities, freshness, ...parts }: ServiceParts): ChoicesService {
  const inForce = createInForce(() => freshness.publish(NOBODY_MORE))
  const known = createRecentlySeen()
  const namespaces = new Set(parts.namespaces)
  /** Was taken for known, and is not: somebody else lifted it meanwhile. */
  const unwritten: Observation[] = []
  let writing: Promise<void> | undefined
  const told = (entry: LogEntry): void => {
    freshness.outdate(entry.changed)
    unwritten.push(...known.told(entry))
    if (unwritten.length > 0) writing ??= writeAgain()
  }
  const following = followLog(log, told, parts.feedBoundMs)
  /** Waits for whatever was noted as changed, once the view here finds it. */
  const settled = async (at: LogPosition): Promise<void> => {
    await following.reached(at)
    await inForce.settled()
  }

  const put: Choices['put'] = async (keys, statement, { partly = false } = {}) => {
    const named = somebody(identities, keys)
    if (named.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID')
    const { value: reached, at } = await log.put(named, statement)
    inForce.changed()
    await settled(at)
    if (!reached.complete && !partly) {
      throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error('more linked identities than a choice reaches'))
    }
    return reached.keys
  }
  const observe = async (observations: readonly Observation[]): Promise<void> => {
    const sendings = observations.map(known.sending)
    let learned: readonly (() => void)[]
    try {
      const { value: kept, at } = await log.observe(sendings.map(({ observation }) => observation))
      if (kept.some(({ narrowed }) => narrowed)) inForce.changed()
      learned = sendings.map((sending, index) => sending.written(kept[index] as Kept, at))
      await settled(at)
    } catch (error) {
      for (const sending of sendings) sending.failed()
      throw error
    }
    for (const learn of learned) learn()
  }
  /** Where it fails it goes with whatever is observed next, which is not acknowledged without it. */
  const writeAgain = async (): Promise<void> => {
    while (unwritten.length > 0) {
      const again = unwritten.splice(0)
      try {
        await observe(distinct(again))
      } catch {
        unwritten.push(...again)
        break
      }
    }
    writing = undefined
  }
  const copyUsers = async (names: readonly string[]): Promise<void> => {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const users: readonly IdentityKey[] = await log.usersAfter(after, SPLIT_AT_ONCE)
      const pairs = users.flatMap((user) => names.map((name) => [user, identities.inNamespace(user, name)] as const))
      if (pairs.length > 0) await following.reached((await log.inherit(pairs)).at)
      after = users.at(-1)
    }
  }

  const sweep = async <Cursor>(
    first: Cursor,
    page: (after: Cursor) => Promise<Appended<Swept<Cursor>>>,
  ): Promise<number> => {
    let total = 0
    for (let after: Cursor | undefined = first, isLast = false; !isLast; ) {
      const { value, at }: Appended<Swept<Cursor>> = await page(after as Cursor)
      total += value.done
      after = value.next
      isLast = after === undefined
      if (value.done === 0) continue
      inForce.changed()
      await settled(at)
    }
    return total
  }

  return {
    expirePermissions: (before) => sweep(0, (after) => log.expirePermissions(before, after)),
    pruneLinks: (before) => sweep<Link | undefined>(undefined, (after) => log.pruneLinks(before, after)),
    put: (keys, statement, options) =>
      mayWiden(statement.channel)
        ? known.duringChange(() => put(keys, statement, options))
        : put(keys, statement, options),
    observe: async (observations) => {
      // What others lifted and is being written again holds before anything is acknowledged.
      if (writing !== undefined) await writing
      const news = observations
        .map((observation) => cleaned(identities, observation))
        .filter((observation) => !known.knows(observation))
      const again = unwritten.splice(0)
      if (news.length + again.length === 0) return
      try {
        await observe(distinct([...again, ...news]))
      } catch (error) {
        unwritten.push(...again)
        throw error
      }
    },
    splitNamespaces: async (names, last) => {
      const fresh = names.filter((name) => !namespaces.has(name))
      if (fresh.length === 0) return
      await copyUsers(fresh)
      freshness.outdate(EVERYONE)
      inForce.changed()
      await inForce.settled()
      if (!last) return
      await log.addNamespaces(fresh)
      for (const name of fresh) namespaces.add(name)
    },
    beginErasure: (erasure) =>
      known.duringChange(async () => {
        const { at } = await log.beginErasure(erasure)
        inForce.changed()
        await settled(at)
      }),
  }
}

/** Distinct keys of those that name somebody; the same array where that is all of them. */
export function somebody({ isNobody }: IdentityKeys, keys: readonly IdentityKey[]): readonly IdentityKey[] {
  const isClean = keys.every((key, index) => !isNobody(key) && keys.indexOf(key) === index)
  return isClean ? keys : [...new Set(keys)].filter((key) => !isNobody(key))
}

function cleaned(identityKeys: IdentityKeys, observation: Observation): Observation {
  const { identities, device } = observation
  const clean = somebody(identityKeys, identities)
  const isDevice = device === undefined || !identityKeys.isNobody(device)
  if (clean === identities && isDevice) return observation
  const { device: _, ...rest } = observation
  return { ...(isDevice ? observation : rest), identities: clean }
}
