/**
 * A person's erasure, step by step. The order is the promise: nothing more is sent, the recipients are on record, then the
 * keys are destroyed. The keys that are being erased are kept in choices.db until the last step, so that whatever stops
 * the gateway in between, the next start goes on where this one was.
 *
 *   stop      what came in before leaves no more; every identity is opted out, in force on every thread
 *   record    who received what, from the ledger → REQUEST records; those that can be told of it are, in their own time
 *   destroy   every key of every epoch, overwritten; pairs that wait end as `erased`
 *   forget    the index entries that say which records were about them
 *   conclude  a CONTROL record; then the last trace of the erasure itself
 */
import type { ErasureUnderWay } from '../choices/ports.ts'
import type { AppId, EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import { createInTurn } from '../platform/in-turn.ts'
import { addedUp } from './erasure-answers.ts'
import { type ForeseenErasure, type ForeseeRequest, foreseeErasure } from './foresee-erasure.ts'
import { holdsOver } from './holds.ts'
import type { ErasureParts, KeptAnswer, Recipient } from './ports.ts'
import { listRecipients, recordsAbout } from './recipients.ts'

const DAY_MS = 86_400_000

/** Midnight UTC: what outlives an erasure says the day, because a moment is found again among the records of that moment. */
function dayOf(at: EpochMs): EpochMs {
  return at - (at % DAY_MS)
}

/** How many, in words that single nobody out: a number of disclosures is nearly a name. */
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
  /** Takes in devices that another account uses too. Only staff may ask for it. */
  readonly withShared?: boolean
  /**
   * What becomes of accounts that a device is linked to. Only staff may say so, and must where they name no account: who asks
   * by a device has not shown whose the accounts are.
   */
  readonly accounts?: 'include' | 'leave'
  /** Keys that equal ids of several people had: one goes too where all its records are of these apps. */
  readonly shared?: { readonly keys: readonly IdentityKey[]; readonly apps: readonly string[] } | undefined
  /** The identities that the asker named: the answer can be had again by one of them. */
  readonly named?: readonly IdentityKey[]
  /** The person has had this identity since then: what an earlier erasure found is somebody else's. */
  readonly since?: EpochMs | undefined
  /** Erases although a legal hold keeps records about the person. Only staff may say so. */
  readonly despiteHolds?: boolean
}

export interface Erased {
  /** For whoever asked; no record has it. */
  readonly id: string
  readonly at: EpochMs
  readonly identities: number
  /** Whom to notify (GDPR Art. 19). */
  readonly recipients: readonly Recipient[]
  /** Ids of the notices by which they are told. */
  readonly notices: readonly string[]
  readonly keysDestroyed: number
  /** False while another program reads the file they were in: their bytes are overwritten once it lets go. */
  readonly overwritten: boolean
  /** Pairs that waited and will not be sent. */
  readonly pairsEnded: number
  /** Devices that another account uses too, which were left alone. */
  readonly sharedDevicesLeft: number
  /** Other accounts linked to these identities, which were left alone. */
  readonly otherAccountsLeft: number
  /** Legal holds that kept records about the person, which are tied to nobody from now on. */
  readonly despiteHolds: readonly string[]
  /** Whoever knows it can have this answer again. */
  readonly code: string
}

export interface Erasures {
  /**
   * Rejects with `ERR_LEGAL_HOLD`, having changed nothing, where a hold keeps records about the person. Rejects, having
   * stopped what it could, where a step fails; the next start goes on, and asking again does too. Asked again, it adds
   * to what it found before.
   */
  erase(named: readonly IdentityKey[], request: ErasureRequest): Promise<Erased>
  /** What `erase` would do; changes nothing. */
  foresee(named: readonly IdentityKey[], request: ForeseeRequest): Promise<ForeseenErasure>
  /** Finishes what a stop interrupted; how many erasures that was. MUST be awaited before anything is sent. */
  resume(): Promise<number>
  /** Carries an erasure out again that the ledger tells of, in choices and keys from before it. */
  again(erasure: Pick<ErasureUnderWay, 'at' | 'channel' | 'keys'>): Promise<void>
}

export function createErasures(parts: ErasureParts): Erasures {
  const { choices, intake, records, ledger, keys, answers, now } = parts
  // Two erasures of one person are then one that finds something and one that does not.
  const inTurn = createInTurn()

  const begin = async (erasure: Pick<ErasureUnderWay, 'id' | 'at' | 'channel' | 'keys'>): Promise<ErasureUnderWay> => {
    parts.stopSending(erasure.keys, erasure.at)
    await choices.beginErasure(erasure)
    return { ...erasure, subjects: [], recorded: false }
  }

  /** Staff is told who received the devices themselves, whoever was logged in; a person what is theirs. */
  const recipientsOf = (erasure: ErasureUnderWay): Promise<readonly Recipient[]> =>
    listRecipients(records, {
      keys: erasure.keys,
      foundBy: foundByOf(erasure, parts.isAccount),
      numbers: erasure.subjects,
    })

  const record = async (erasure: ErasureUnderWay, request: ErasureRequest): Promise<void> => {
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
      ...(request.app === undefined ? {} : { app: request.app }),
    }
    const told = recipientRecords(recipients, time)
    await ledger.append([{ kind: 'request', time, action: 'erasure', facts }, ...told, ...sealed(erasure, parts.seal)])
    const notices = await parts.tell({
      ...{ id: erasure.id, at, keys: identities, foundBy: foundByOf(erasure, parts.isAccount) },
      recipients: recipients.map(({ partner }) => partner),
    })
    await keepAnswer(erasure, { recipients, keysDestroyed: 0, pairsEnded: 0, notices }, request)
  }

  /** Added to what was kept of them before, so that nothing of it is lost with a connection, or with this process. */
  const keepAnswer = async (
    { id, at, keys: identities }: ErasureUnderWay,
    found: Pick<KeptAnswer, 'recipients' | 'keysDestroyed' | 'pairsEnded' | 'notices'>,
    { since = 0, named = identities }: Pick<ErasureRequest, 'since' | 'named'> = {},
  ): Promise<KeptAnswer> => {
    // Under one identity alone: under each of them it would tie them together.
    const under = named.find(parts.isAccount) ?? named.toSorted()[0]
    const kept = under === undefined ? undefined : await answers.of([under])
    const answer = addedUp(kept === undefined || kept.at < since ? undefined : kept, {
      id,
      at,
      identities: identities.length,
      ...found,
    })
    if (under !== undefined) await answers.keep(under, answer)
    return answer
  }

  /** Nothing is begun where a hold would be undone by it, unless staff says so. */
  const requireNoHold = async (
    identities: readonly IdentityKey[],
    { channel, app, despiteHolds = false }: ErasureRequest,
  ): Promise<readonly string[]> => {
    const held = await holdsOver(records, await parts.holds(), identities)
    if (held.length === 0 || despiteHolds) return held
    const facts = { channel, holds: held.length, ...(app === undefined ? {} : { app }) }
    await ledger.append([{ kind: 'request', time: dayOf(now()), action: 'erasure_refused', facts }])
    throw new GatewayError('ERR_LEGAL_HOLD', channel === 'staff' ? { holds: held } : {})
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

  return {
    erase: (named, request) =>
      inTurn(async () => {
        const { channel, withShared = false, accounts } = request
        const asked = [...named, ...(await ownOf(records, request.shared))]
        const person = await choices.personOf(asked, withShared, accounts === 'include')
        if (channel === 'staff' && accounts === undefined && person.otherAccounts > 0 && !asked.some(parts.isAccount))
          throw new GatewayError('ERR_ACCOUNTS_LINKED', { accounts: person.otherAccounts })
        const despiteHolds = await requireNoHold(person.keys, request)
        // One that failed half-way goes on, and counts what it had done.
        const before = (await choices.erasuresUnderWay()).find(({ keys: of }) => of.some((key) => asked.includes(key)))
        const erasure = before ?? (await begin({ id: parts.newId(), at: now(), channel, keys: person.keys }))
        if (!erasure.recorded) await record(erasure, { ...request, named })
        const { overwritten, ...destroyed } = await destroy(erasure)
        const answer = await keepAnswer(erasure, { recipients: [], ...destroyed }, { ...request, named })
        // A start from here on need not carry it out again: what came since is another beginning.
        await choices.reflect(ledger.size())
        return {
          id: erasure.id,
          at: erasure.at,
          identities: erasure.keys.length,
          recipients: answer.recipients,
          keysDestroyed: answer.keysDestroyed,
          overwritten,
          pairsEnded: answer.pairsEnded,
          notices: answer.notices ?? [],
          despiteHolds,
          code: await answers.keepUnderCode(answer),
          sharedDevicesLeft: person.sharedDevices,
          otherAccountsLeft: person.otherAccounts,
        }
      }),
    foresee: (named, request) => foreseeErasure(parts, named, request),
    resume: () =>
      inTurn(async () => {
        const underWay = await choices.erasuresUnderWay()
        for (const erasure of underWay) {
          parts.stopSending(erasure.keys, erasure.at)
          if (!erasure.recorded)
            await record(erasure, { channel: erasure.channel === 'staff' ? 'staff' : 'user_token' })
          const { keysDestroyed, pairsEnded } = await destroy(erasure)
          await keepAnswer(erasure, { recipients: [], keysDestroyed, pairsEnded })
        }
        return underWay.length
      }),
    again: (erasure) =>
      inTurn(async () => {
        await destroy({ ...(await begin({ ...erasure, id: parts.newId() })), recorded: true })
      }),
  }
}

function recipientRecords(recipients: readonly Recipient[], time: EpochMs): readonly LedgerEntry[] {
  return recipients.map(({ partner, disclosures, firstAt, lastAt }) => {
    const what = { partner, disclosures: countClass(disclosures), first: dayOf(firstAt), last: dayOf(lastAt) }
    return { kind: 'request', time, action: 'erasure_recipient', facts: what }
  })
}

/** Staff asks by devices too, whoever was logged in. */
function foundByOf({ channel, keys }: ErasureUnderWay, isAccount: ErasureParts['isAccount']): readonly IdentityKey[] {
  return channel === 'staff' ? keys.filter((key) => !isAccount(key)) : []
}

/** Of shared keys those whose every record is of these apps: nobody else's records go with them. */
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

/** By pseudonym, which is an order that says nothing; each on its own, with nothing in common but the day. */
function sealed({ at, channel, keys }: ErasureUnderWay, seal: ErasureParts['seal']): readonly LedgerEntry[] {
  return keys.toSorted().map((key) => {
    const facts = { sealed: seal({ kind: 'erasure', key, at: dayOf(at), channel }) }
    return { kind: 'request', time: dayOf(at), action: 'erasure_identity', facts }
  })
}
