/**
 * A person's erasure, step by step. The order is the promise: nothing more is sent, the recipients are on record, then the
 * keys are destroyed. The keys that are being erased are kept in choices.db until the last step, so that whatever stops
 * the gateway in between, the next start goes on where this one was.
 *
 *   stop      what came in before leaves no more; every identity is opted out, in force on every thread
 *   record    who received what, from the ledger → REQUEST records
 *   destroy   every key of every epoch, overwritten; pairs that wait end as `erased`
 *   forget    the index entries that say which records were about them
 *   conclude  a CONTROL record; then the last trace of the erasure itself
 */
import type { ErasureUnderWay } from '../choices/ports.ts'
import type { AppId, EpochMs, IdentityKey } from '../model/brand.ts'
import type { Channel } from '../model/choice.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { ErasureParts } from './ports.ts'
import { listRecipients, type Recipient } from './recipients.ts'

export interface ErasureRequest {
  readonly channel: Extract<Channel, 'user_token' | 'staff'>
  /** The app whose user asked; undefined for staff. */
  readonly app?: AppId
  /** Takes in devices that another account uses too. Only staff may ask for it. */
  readonly withShared?: boolean
}

export interface Erased {
  /** Names the erasure in the ledger's records. */
  readonly id: string
  readonly at: EpochMs
  readonly identities: number
  /** Whom to notify (GDPR Art. 19). */
  readonly recipients: readonly Recipient[]
  readonly keysDestroyed: number
  /** Pairs that waited and will not be sent. */
  readonly pairsEnded: number
  /** Devices that another account uses too, which were left alone. */
  readonly sharedDevicesLeft: number
  /** Other accounts linked to these identities, which were left alone. */
  readonly otherAccountsLeft: number
}

export interface Erasures {
  /** Rejects, having stopped what it could, where a step fails; the next start goes on, and asking again does too. */
  erase(named: readonly IdentityKey[], request: ErasureRequest): Promise<Erased>
  /** Finishes what a stop interrupted; how many erasures that was. MUST be awaited before anything is sent. */
  resume(): Promise<number>
  /** Carries an erasure out again that the ledger tells of, in choices and keys from before it. */
  again(erasure: Pick<ErasureUnderWay, 'id' | 'at' | 'channel' | 'keys'>): Promise<void>
}

export function createErasures(parts: ErasureParts): Erasures {
  const { choices, intake, records, ledger, keys, now } = parts
  let queue: Promise<unknown> = Promise.resolve()
  /** One after the other: two erasures of one person are then one that finds something and one that does not. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work, work)
    queue = result.catch(() => undefined)
    return result
  }

  const begin = async (erasure: Pick<ErasureUnderWay, 'id' | 'at' | 'channel' | 'keys'>): Promise<ErasureUnderWay> => {
    parts.stopSending(erasure.keys, erasure.at)
    await choices.beginErasure(erasure)
    return { ...erasure, subjects: [], recorded: false }
  }

  const record = async (erasure: ErasureUnderWay, request: ErasureRequest): Promise<readonly Recipient[]> => {
    const { id, at, channel, keys: identities } = erasure
    const recipients = await listRecipients(records, identities)
    const kept = parts.fraudRetention(identities, at)
    if (kept !== undefined) await choices.keepForFraud(kept.keys, kept.until)
    const facts = {
      request: id,
      channel,
      identities: identities.length,
      recipients: recipients.length,
      kept_for_fraud: kept?.keys.length ?? 0,
      ...(request.app === undefined ? {} : { app: request.app }),
    }
    const told = recipients.map(({ partner, disclosures, firstAt, lastAt }): LedgerEntry => {
      const what = { request: id, partner, disclosures, first: firstAt, last: lastAt }
      return { kind: 'request', time: at, action: 'erasure_recipient', facts: what }
    })
    await ledger.append([{ kind: 'request', time: at, action: 'erasure', facts }, ...told, ...sealed(erasure)])
    return recipients
  }

  const sealed = ({ id, at, channel, keys: identities }: ErasureUnderWay): readonly LedgerEntry[] =>
    identities.toSorted().map((key) => {
      const facts = { request: id, sealed: parts.seal({ kind: 'erasure', key, id, at, channel }) }
      return { kind: 'request', time: at, action: 'erasure_identity', facts }
    })

  const destroy = async (erasure: ErasureUnderWay): Promise<Pick<Erased, 'keysDestroyed' | 'pairsEnded'>> => {
    const { id, keys: identities } = erasure
    const known = identities.flatMap((key) => keys.all(key).map(({ id: subject }) => subject))
    const subjects = [...new Set([...erasure.subjects, ...known])]
    await choices.noteErasure(id, subjects, true)
    const purged = await intake.purge(identities, subjects)
    await ledger.forget(identities, purged.subjects)
    const entries = await records.forget({ subjects: purged.subjects })
    const facts = { request: id, keys: purged.subjects.length, pairs: purged.ended, index_entries: entries }
    await ledger.append([{ kind: 'control', time: now(), action: 'subject_keys_destroyed', facts }])
    await choices.endErasure(id)
    return { keysDestroyed: purged.subjects.length, pairsEnded: purged.ended }
  }

  return {
    erase: (named, request) =>
      inTurn(async () => {
        const { channel, withShared = false } = request
        const person = await choices.personOf(named, withShared)
        const erasure = await begin({ id: parts.newId(), at: now(), channel, keys: person.keys })
        const recipients = await record(erasure, request)
        const destroyed = await destroy(erasure)
        // A start from here on need not carry it out again: what came since is another beginning.
        await choices.reflect(ledger.size())
        return {
          id: erasure.id,
          at: erasure.at,
          identities: person.keys.length,
          recipients,
          ...destroyed,
          sharedDevicesLeft: person.sharedDevices,
          otherAccountsLeft: person.otherAccounts,
        }
      }),
    resume: () =>
      inTurn(async () => {
        const underWay = await choices.erasuresUnderWay()
        for (const erasure of underWay) {
          parts.stopSending(erasure.keys, erasure.at)
          if (!erasure.recorded)
            await record(erasure, { channel: erasure.channel === 'staff' ? 'staff' : 'user_token' })
          await destroy(erasure)
        }
        return underWay.length
      }),
    again: (erasure) =>
      inTurn(async () => {
        await destroy({ ...(await begin(erasure)), recorded: true })
      }),
  }
}
