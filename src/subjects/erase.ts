/**
 * Erases a subject, in a fixed order: sending stops, the recipients are recorded, then the keys are destroyed. The erased
 * identities stay in choices.db until the last step, so that the next start resumes after a crash.
 *
 *   stop      waiting events are not sent; every identity is opted out, in force on every thread
 *   record    the recipients, from the ledger, as REQUEST records; notices to them are queued
 *   destroy   every key of every epoch is overwritten; waiting pairs end as `erased`
 *   forget    the index entries that tie records to the subject
 *   conclude  a CONTROL record; then the erasure's own row is deleted
 *
 * In a cluster each cell does so with what it holds, a cell that is down at its next start; the request itself is on record
 * where it was made, and so is the end, once every cell has done its part.
 */
import type { ErasureUnderWay } from '../choices/ports.ts'
import type { AppId, EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import { createInTurn } from '../platform/in-turn.ts'
import { addedUp } from './erasure-answers.ts'
import { type ForeseenErasure, type ForeseeRequest, foreseeErasure, foreseeHere } from './foresee-erasure.ts'
import { holdsOver } from './holds.ts'
import type { ErasureParts, ErasureQuestion, ForeseenPart, KeptAnswer, Recipient } from './ports.ts'
import { listRecipients, recordsAbout } from './recipients.ts'

const DAY_MS = 86_400_000

/** Midnight UTC. Records that survive an erasure hold only the day, because an exact time would match other records. */
function dayOf(at: EpochMs): EpochMs {
  return at - (at % DAY_MS)
}

/** A coarse range: an exact number of disclosures could identify a subject. */
export function countClass(count: number): string {
  if (count < 2) return String(count)
  if (count < 10) return '2-9'
  if (count < 100) return '10-99'
  return count < 1_000 ? '100-999' : '1000 or more'
}

export interface ErasureRequest {
  readonly channel: Extract<Channel, 'user_token' | 'staff'>
  /** The app whose user asked; undefined for staff. */
  readonly app?: AppId
  /** Includes devices shared with another account. Staff only. */
  readonly withShared?: boolean
  /**
   * What happens to accounts linked to a device. Staff only, and required if no account is named, because a requester with only
   * a device has not proved ownership of the accounts.
   */
  readonly accounts?: 'include' | 'leave'
  /** Keys that equal ids in several namespaces shared: erased too if all their records belong to these apps. */
  readonly shared?: { readonly keys: readonly IdentityKey[]; readonly apps: readonly string[] } | undefined
  /** The subject has had this identity since then; answers of earlier erasures belong to someone else. */
  readonly since?: EpochMs | undefined
  /** Erases despite legal holds on the subject's records. Staff only. */
  readonly despiteHolds?: boolean
}

export interface Erased {
  /** For the requester; in no record. */
  readonly id: string
  readonly at: EpochMs
  readonly identities: number
  /** The recipients to notify (GDPR Art. 19). */
  readonly recipients: readonly Recipient[]
  /** Cells whose recipients are missing; absent if none. */
  readonly missing?: readonly string[]
  /** Ids of the notices queued for them. */
  readonly notices: readonly string[]
  readonly keysDestroyed: number
  /** False while another program reads the key file: the bytes are overwritten once it closes it. */
  readonly overwritten: boolean
  /** Waiting pairs that ended unsent. */
  readonly pairsEnded: number
  /** Devices shared with another account, not erased. */
  readonly sharedDevicesLeft: number
  /** Other linked accounts, not erased. */
  readonly otherAccountsLeft: number
  /** Legal holds on the subject's records, which can no longer be tied to the subject. */
  readonly despiteHolds: readonly string[]
  /** Retrieves this answer again. */
  readonly code: string
}

export interface Erasures {
  /**
   * Rejects, changing nothing, with `ERR_LEGAL_HOLD` if a hold covers the subject's records in any cell, with
   * `ERR_OWNER_UNAVAILABLE` if there are holds and a cell does not answer. If a step fails, it rejects with
   * sending already stopped; the next start or another call resumes. A repeated call adds to the earlier answer.
   */
  erase(named: readonly IdentityKey[], request: ErasureRequest): Promise<Erased>
  /** What `erase` would do; changes nothing. */
  foresee(named: readonly IdentityKey[], request: ForeseeRequest): Promise<ForeseenErasure>
  /** Finishes interrupted erasures, and those begun in another cell; returns their number. MUST be awaited before anything is sent. */
  resume(): Promise<number>
  /** For another cell: does this one's part of all that are under way and returns its answer. */
  answerHere(question: ErasureQuestion): Promise<KeptAnswer | undefined>
  /** For another cell: what an erasure would find here. */
  foreseeHere(identities: readonly IdentityKey[]): Promise<ForeseenPart>
  /** For another cell: the ids of holds on the subject's records here. */
  heldOver(identities: readonly IdentityKey[]): Promise<readonly string[]>
  /** An answer that this cell stored, with what cells that were missing answer now; undefined if it is unknown. */
  answerByCode(code: string): Promise<KeptAnswer | undefined>
  /** Repeats an erasure found in the ledger, after older choices and keys were restored. */
  again(erasure: Pick<ErasureUnderWay, 'at' | 'channel' | 'keys'>): Promise<void>
}

export function createErasures(parts: ErasureParts): Erasures {
  const { choices, records, ledger, answers, elsewhere, now } = parts
  const { record, keepAnswer, destroy } = createSteps(parts)
  // Serialised: of two erasures of one subject, the second finds nothing.
  const inTurn = createInTurn()

  const begin = async (
    erasure: Pick<ErasureUnderWay, 'id' | 'at' | 'channel' | 'keys' | 'since'>,
  ): Promise<ErasureUnderWay> => {
    parts.stopSending(erasure.keys, erasure.at)
    await choices.beginErasure(erasure)
    return { ...erasure, subjects: [], recorded: false }
  }

  const concludeFinished = async (): Promise<void> => {
    for (const id of await elsewhere.finishedErasures()) {
      await ledger.append([{ kind: 'control', time: dayOf(now()), action: 'erasure_concluded', facts: {} }])
      await elsewhere.concludeErasure(id)
    }
  }

  const resume = (): Promise<number> =>
    inTurn(async () => {
      const underWay = await choices.erasuresUnderWay()
      for (const erasure of underWay) {
        parts.stopSending(erasure.keys, erasure.at)
        if (!erasure.recorded) await record(erasure)
        const { keysDestroyed, pairsEnded } = await destroy(erasure)
        await keepAnswer(erasure, { recipients: [], keysDestroyed, pairsEnded })
      }
      await concludeFinished()
      return underWay.length
    })

  const eraseHere = (named: readonly IdentityKey[], request: ErasureRequest) =>
    inTurn(async () => {
      const { channel, withShared = false, accounts, since = 0 } = request
      const asked = [...named, ...(await ownOf(records, request.shared))]
      const person = await choices.personOf(asked, withShared, accounts === 'include')
      if (channel === 'staff' && accounts === undefined && person.otherAccounts > 0 && !asked.some(parts.isAccount))
        throw new GatewayError('ERR_ACCOUNTS_LINKED', { accounts: person.otherAccounts })
      const despiteHolds = await requireNoHold(parts, person.keys, request)
      // Resume an erasure that failed half-way.
      const before = (await choices.erasuresUnderWay()).find(({ keys: of }) => of.some((key) => asked.includes(key)))
      const under = named.find(parts.isAccount) ?? named.toSorted()[0]
      const keysUnder = person.keys.toSorted((a, b) => Number(b === under) - Number(a === under))
      const erasure = before ?? (await begin({ id: parts.newId(), at: now(), channel, keys: keysUnder, since }))
      if (!erasure.recorded) await record(erasure, request.app)
      const { overwritten, ...destroyed } = await destroy(erasure)
      const own = await keepAnswer(erasure, { recipients: [], ...destroyed })
      // The next start need not repeat it.
      await choices.reflect(ledger.size())
      return { erasure, own, overwritten, despiteHolds, person }
    })

  /** Adds what other cells answer, or only those that were `missing`. */
  const withOthers = async (own: KeptAnswer, under: IdentityKey): Promise<KeptAnswer> => {
    const { missing: asked, under: _under, ...whole } = own
    const others = new Map((await elsewhere.others({ v: 1, under })).map(({ cell, answer }) => [cell, answer]))
    const cells = asked ?? [...others.keys()]
    const missing = cells.filter((cell) => others.get(cell) === undefined)
    const sum = cells.reduce((all, cell) => addedUp(others.get(cell) ?? undefined, all), whole)
    return missing.length === 0 ? sum : { ...sum, missing, under }
  }

  return {
    erase: async (named, request) => {
      const { erasure, own, person, ...done } = await eraseHere(named, request)
      const { id, at, keys: identities } = erasure
      // Not in turn: two cells may ask each other.
      const answer = await withOthers(own, identities[0]!)
      await inTurn(concludeFinished)
      const { recipients, keysDestroyed, pairsEnded, notices = [], missing } = answer
      return {
        ...{ id, at, identities: identities.length, recipients, keysDestroyed, pairsEnded, notices, ...done },
        ...(missing === undefined ? {} : { missing }),
        code: await answers.keepUnderCode(answer),
        sharedDevicesLeft: person.sharedDevices,
        otherAccountsLeft: person.otherAccounts,
      }
    },
    answerHere: async ({ v, under }) => {
      if (v !== 1) throw new Error('another cell asks about an erasure in a way that this version does not know')
      await resume()
      return answers.of([under])
    },
    answerByCode: async (code) => {
      const kept = await answers.byCode(code)
      await inTurn(concludeFinished)
      if (kept?.under === undefined) return kept
      const answer = await withOthers(kept, kept.under)
      await answers.keepUnderCode(answer, code)
      return answer
    },
    foresee: (named, request) => foreseeErasure(parts, named, request),
    foreseeHere: (identities) => foreseeHere(parts, identities),
    heldOver: async (identities) => holdsOver(records, await parts.holds(), identities),
    resume,
    again: (erasure) =>
      inTurn(async () => {
        await destroy({ ...(await begin({ ...erasure, id: parts.newId() })), recorded: true })
      }),
  }
}

/** One cell's part of an erasure. */
function createSteps({ choices, intake, records, ledger, keys, answers, now, ...parts }: ErasureParts) {
  /** For staff, includes recipients of the devices under any account; for a user, only of their own data. */
  const recipientsOf = (erasure: ErasureUnderWay): Promise<readonly Recipient[]> =>
    listRecipients(records, {
      keys: erasure.keys,
      foundBy: foundByOf(erasure, parts.isAccount),
      numbers: erasure.subjects,
    })

  const record = async (erasure: ErasureUnderWay, app?: AppId): Promise<void> => {
    const { at, channel, keys: identities } = erasure
    const recipients = await recipientsOf(erasure)
    const kept = parts.fraudRetention(identities, at)
    if (kept !== undefined) await choices.keepForFraud(kept.keys, kept.until)
    const time = dayOf(at)
    const facts = {
      channel,
      identities: countClass(identities.length),
      recipients: recipients.length,
      kept_for_fraud: countClass(kept?.keys.length ?? 0),
      ...(app === undefined ? {} : { app }),
    }
    const told = recipientRecords(recipients, time)
    const entries: readonly LedgerEntry[] =
      erasure.elsewhere === true
        ? told
        : [{ kind: 'request', time, action: 'erasure', facts }, ...told, ...sealed(erasure, parts.seal)]
    if (entries.length > 0) await ledger.append(entries)
    const notices = await parts.tell({
      ...{ id: erasure.id, at, keys: identities, foundBy: foundByOf(erasure, parts.isAccount) },
      recipients: recipients.map(({ partner }) => partner),
    })
    await keepAnswer(erasure, { recipients, keysDestroyed: 0, pairsEnded: 0, notices })
  }

  /** Merges the answer into the stored one, so that it survives a lost connection or a crash. */
  const keepAnswer = async (
    { id, at, keys: [under, ...others], since = 0 }: ErasureUnderWay,
    found: Pick<KeptAnswer, 'recipients' | 'keysDestroyed' | 'pairsEnded' | 'notices'>,
  ): Promise<KeptAnswer> => {
    const answer = { id, at, identities: others.length + 1, ...found }
    if (under === undefined) return answer
    // Under one identity only: storing it under each would connect them.
    const kept = await answers.of([under])
    const whole = addedUp(kept === undefined || kept.at < since ? undefined : kept, answer)
    await answers.keep(under, whole)
    return whole
  }

  const destroy = async (
    erasure: ErasureUnderWay,
  ): Promise<Pick<Erased, 'keysDestroyed' | 'overwritten' | 'pairsEnded'>> => {
    const { id, keys: identities } = erasure
    const known = identities.flatMap((key) => keys.all(key).map(({ id: subject }) => subject))
    const subjects = [...new Set([...erasure.subjects, ...known])]
    await choices.noteErasure(id, subjects, true)
    const purged = await intake.purge(identities, subjects)
    await ledger.forget(identities, purged.subjects)
    await records.forget({ subjects: purged.subjects, identities })
    await parts.forgetAddresses(identities, purged.subjects)
    const facts = { keys: countClass(purged.subjects.length), pairs: countClass(purged.ended) }
    await ledger.append([{ kind: 'control', time: dayOf(now()), action: 'subject_keys_destroyed', facts }])
    await choices.endErasure(id)
    return { keysDestroyed: purged.subjects.length, overwritten: purged.overwritten, pairsEnded: purged.ended }
  }

  return { record, keepAnswer, destroy }
}

/** Refuses an erasure that would undo a hold, unless staff overrides it. */
async function requireNoHold(
  { records, ledger, holds, elsewhere, now }: ErasureParts,
  identities: readonly IdentityKey[],
  { channel, app, despiteHolds = false }: ErasureRequest,
): Promise<readonly string[]> {
  const all = await holds()
  const others = await elsewhere.heldOver(identities)
  // A hold may cover what a cell has that does not answer.
  if (all.length > 0 && !despiteHolds && others.some(({ answer }) => answer === undefined))
    throw new GatewayError('ERR_OWNER_UNAVAILABLE')
  const found = [...(await holdsOver(records, all, identities)), ...others.flatMap(({ answer }) => answer ?? [])]
  const held = [...new Set(found)].sort()
  if (held.length === 0 || despiteHolds) return held
  const facts = { channel, holds: held.length, ...(app === undefined ? {} : { app }) }
  await ledger.append([{ kind: 'request', time: dayOf(now()), action: 'erasure_refused', facts }])
  throw new GatewayError('ERR_LEGAL_HOLD', channel === 'staff' ? { holds: held } : {})
}

function recipientRecords(recipients: readonly Recipient[], time: EpochMs): readonly LedgerEntry[] {
  return recipients.map(({ partner, disclosures, firstAt, lastAt }) => {
    const what = { partner, disclosures: countClass(disclosures), first: dayOf(firstAt), last: dayOf(lastAt) }
    return { kind: 'request', time, action: 'erasure_recipient', facts: what }
  })
}

/** Staff also finds records by device, under any account. */
function foundByOf({ channel, keys }: ErasureUnderWay, isAccount: ErasureParts['isAccount']): readonly IdentityKey[] {
  return channel === 'staff' ? keys.filter((key) => !isAccount(key)) : []
}

/** The shared keys whose records all belong to these apps, so that no other subject's records are erased. */
async function ownOf(
  records: ErasureParts['records'],
  shared: ErasureRequest['shared'],
): Promise<readonly IdentityKey[]> {
  const own: IdentityKey[] = []
  for (const key of shared?.keys ?? []) {
    let isOwn = false
    for await (const row of recordsAbout(records, { keys: [key] })) {
      isOwn = shared!.apps.includes(String(row.app))
      if (!isOwn) break
    }
    if (isOwn) own.push(key)
  }
  return own
}

/** One record for each identity, ordered by pseudonym, with only the day in common. */
function sealed({ at, channel, keys }: ErasureUnderWay, seal: ErasureParts['seal']): readonly LedgerEntry[] {
  return keys.toSorted().map((key) => {
    const facts = { sealed: seal({ kind: 'erasure', key, at: dayOf(at), channel }) }
    return { kind: 'request', time: dayOf(at), action: 'erasure_identity', facts }
  })
}
