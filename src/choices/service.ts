/**
 * The steps of an opt-out until it is acknowledged:
 *
 *   name       distinct keys without placeholders; none left is an error
 *   append     to the log: durable on the named identities, then on all linked to them (`write.ts`, `reach.ts`)
 *   visible    the feed has delivered it: local look-ups find it, and older stamps are stale (`following.ts`)
 *   in force   every data thread has confirmed (`in-force.ts`, `freshness.ts`)
 *   complete   or an error: a choice that reached only a part is not acknowledged
 *   on record  in the ledger, by the caller (`on-record.ts`)
 *
 * Signals of an event take the same steps, except for those already in force (`recently-seen.ts`). A rejected call may have
 * stored its change; it MUST NOT be acknowledged.
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
  /** Feed lag after which an append counts as not in force. Default 2,000. */
  readonly feedBoundMs?: number
}

export type ChoicesService = Pick<Choices, 'put' | 'observe' | 'splitNamespaces'> &
  Pick<ErasureSteps, 'beginErasure'> &
  Aging

/** The feed entry has outdated the changed identities; only the confirmation is left. */
const ALREADY_OUTDATED: Changed = []
/** Users copied into a new namespace in one transaction. */
const SPLIT_AT_ONCE = 500

export function createChoicesService({ log, identities, freshness, ...parts }: ServiceParts): ChoicesService {
  const inForce = createInForce(() => freshness.publish(ALREADY_OUTDATED))
  const known = createRecentlySeen()
  const namespaces = new Set(parts.namespaces)
  /** Observations taken for known whose restriction another process lifted meanwhile. */
  const unwritten: Observation[] = []
  let writing: Promise<void> | undefined
  const onEntry = (entry: LogEntry): void => {
    freshness.outdate(entry.changed)
    unwritten.push(...known.onEntry(entry))
    if (unwritten.length > 0) writing ??= writeAgain()
  }
  const following = followLog(log, onEntry, parts.feedBoundMs)
  /** Waits until the local view has reached `at` and every noted change is in force. */
  const settled = async (at: LogPosition): Promise<void> => {
    await following.reached(at)
    await inForce.settled()
  }

  const put: Choices['put'] = async (keys, statement, { partly = false } = {}) => {
    const named = distinctKeys(identities, keys)
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
  /** After a failure the next `observe` writes them, and is not acknowledged without them. */
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
      // Repeated writes must finish before anything is acknowledged.
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

/** Distinct keys without placeholders; the same array if nothing was removed. */
export function distinctKeys({ isPlaceholderKey }: IdentityKeys, keys: readonly IdentityKey[]): readonly IdentityKey[] {
  const isClean = keys.every((key, index) => !isPlaceholderKey(key) && keys.indexOf(key) === index)
  return isClean ? keys : [...new Set(keys)].filter((key) => !isPlaceholderKey(key))
}

function cleaned(identityKeys: IdentityKeys, observation: Observation): Observation {
  const { identities, device } = observation
  const clean = distinctKeys(identityKeys, identities)
  const isDevice = device === undefined || !identityKeys.isPlaceholderKey(device)
  if (clean === identities && isDevice) return observation
  const { device: _, ...rest } = observation
  return { ...(isDevice ? observation : rest), identities: clean }
}
