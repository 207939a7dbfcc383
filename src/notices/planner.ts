/**
 * Plans the notices that follow from a choice or an erasure. Each identifier is sent alone, under its own random id, at a
 * random time within the next hours: notices never link two identifiers of one subject. A choice is stored before it is
 * acknowledged and planned afterwards. For data sent before addresses were kept, the identifiers of the request are used, if
 * the ledger says as which class the partner received them; otherwise the notice ends as `identifier_not_kept`.
 */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Channel, ChoiceStatement } from '../model/choice.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Identity } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { createInTurn } from '../platform/in-turn.ts'
import type { FindEarlier } from './earlier-disclosures.ts'
import { dayOf } from './log.ts'
import { type Addressee, createNoticeMaker, type MakerParts, type NoticeCause } from './new-notice.ts'
import type {
  EarlierDisclosure,
  FoundAddress,
  FoundSent,
  NewNotice,
  NoticeStore,
  PendingChoice,
  PendingChoiceRow,
} from './ports.ts'
import { notifies } from './terms.ts'

/** A partner that received data between a choice and its effect, from the ledger. */
export interface WindowRecipient {
  readonly partner: PartnerId
  /** Disclosures to the partner as a third party. */
  readonly disclosures: number
}

export interface PlannerParts extends MakerParts {
  readonly store: Pick<NoticeStore, 'addPending' | 'pending' | 'find' | 'queue'>
  readonly contracts: () => readonly ContractPlan[]
  /** The partner's addresses are complete for subjects whose keys have numbers above this one. */
  readonly completeAbove: (partner: PartnerId) => number
  readonly findEarlier: FindEarlier
  /** Third parties that received data about these identities in this time, from the ledger. */
  readonly receivedWithin: (
    keys: readonly IdentityKey[],
    from: EpochMs,
    to: EpochMs,
  ) => Promise<readonly WindowRecipient[]>
  /** These identities and all identities linked to them. */
  readonly withLinked: (keys: readonly IdentityKey[]) => Promise<readonly IdentityKey[]>
  /** All keys under which records about an identity may exist. */
  readonly keysFor: (identity: Identity) => readonly IdentityKey[]
  /** True if these identities are opted out of sale, sharing or targeted advertising. */
  readonly isOptedOut: (keys: readonly IdentityKey[]) => boolean
  /** Records who received data between the choice and its effect. */
  readonly recordWindow: (day: EpochMs, recipients: readonly WindowRecipient[]) => Promise<void>
  /** Undefined where there is one cell alone. */
  readonly cells?: TellingCells | undefined
  /** Called after choices were added. */
  readonly onPending: () => void
  /** Called after notices were queued. */
  readonly onQueued: () => void
}

/** Partners are told once, whichever cells sent them something. */
export interface TellingCells {
  /** Of the notices that follow from an erasure, those that no other cell sends. */
  claimErasure(erasure: string, notices: readonly NewNotice[]): Promise<readonly NewNotice[]>
  /** Has every other cell plan the choice. Resolves to its place among all. */
  handOn(choice: PendingChoice): Promise<number>
  /** Makes choices of other cells pending here. */
  takeOver(): Promise<void>
  /** Of the notices that follow from the choice of this place, those that this cell sends. */
  claim(number: number, notices: readonly NewNotice[]): Promise<readonly NewNotice[]>
}

export interface ChoiceChange {
  readonly keys: readonly IdentityKey[]
  /** True if linked identities are affected as well; `false` if `keys` lists them already. Default `false`. */
  readonly spreads?: boolean
  /** The identities named by the request, in clear text. */
  readonly brought: readonly Identity[]
  readonly said: Pick<ChoiceStatement, 'denies' | 'permits' | 'channel' | 'at'>
  readonly app?: string | undefined
}

export interface ErasureToPlan {
  readonly id: string
  readonly at: EpochMs
  readonly keys: readonly IdentityKey[]
  /** Devices whose values may be sealed under another identity's key: only for an officer's erasure. */
  readonly foundBy: readonly IdentityKey[]
  /** Partners that received data, from the ledger. */
  readonly recipients: readonly string[]
}

export interface NoticePlanner {
  /** Stores the choices for planning, in one durable write. MUST be awaited before the choices are acknowledged. */
  addChoices(changes: readonly ChoiceChange[]): Promise<void>
  /** Queues the notices of one pending choice. Idempotent. */
  plan(choice: PendingChoiceRow): Promise<void>
  /** Queues the notices of an erasure and returns their ids. MUST run before the keys are destroyed: addresses need them. */
  planErasure(erasure: ErasureToPlan): Promise<readonly string[]>
}

const PROVED: readonly Channel[] = ['user_token', 'staff']
/** Choices from these channels arrive as they are made; others may be older. */
const IMMEDIATE: readonly Channel[] = ['app', 'signal', 'user_token']
/** For a choice older than this when it takes effect, disclosures in between are recorded. */
const WINDOW_MS = 1_000
/** Pending choices read per page for an erasure. */
const PENDING_PAGE = 100

export function createNoticePlanner(parts: PlannerParts): NoticePlanner {
  const { store, now, cells } = parts
  // One at a time: an erasure plans its subject's pending choices before it removes addresses.
  const inTurn = createInTurn()
  const contractsFor = (verb: ToldVerb): ReadonlyMap<PartnerId, ContractPlan> =>
    new Map(parts.contracts().flatMap((one) => (notifies(one, verb) ? [[one.id, one] as const] : [])))

  const { notice, notKept } = createNoticeMaker(parts)

  /** Notices for data sent before addresses were kept, by identifiers of the request that the partner received unchanged. */
  const earlierNotices = async (
    lacking: readonly ContractPlan[],
    choice: PendingChoice,
    keys: readonly IdentityKey[],
    oldest: FoundSent['oldest'],
  ): Promise<readonly NewNotice[]> => {
    const highest = Math.max(...lacking.map(({ id }) => parts.completeAbove(id)))
    const older = oldest.flatMap(({ identity, number }) => (number <= highest ? [identity] : []))
    if (older.length === 0) return []
    const named = await Promise.all(choice.brought.map((one) => keysOfNamed(one, older)))
    const had = await parts.findEarlier([...older, ...named.flatMap(({ keys: of }) => of)])
    return lacking.flatMap((contract) => {
      const isOf = ({ partner }: EarlierDisclosure): boolean => partner === contract.id
      if (![...had.values()].some((all) => all.some(isOf))) return []
      const notices = named.flatMap(({ identity, keys: of }) =>
        of
          .flatMap((key) => had.get(key)!.filter(isOf))
          .flatMap((one) => noticeByNamed(contract, choice, one, identity, keys[0])),
      )
      return (notices.length > 0 ? notices : [notKept(contract.id, choice)]).map((one) => ({
        ...{ ...one, owner: undefined, reached: keys },
      }))
    })
  }
  /** No keys if no record can be about the identity: neither it nor a linked identity has a key of that time. */
  const keysOfNamed = async (identity: Identity, older: readonly IdentityKey[]) => {
    const keys = parts.keysFor(identity)
    const isKnown = keys.some((key) => older.includes(key)) || (await parts.withLinked(keys)).length > keys.length
    return { identity, keys: isKnown ? keys : [] }
  }
  const noticeByNamed = (
    contract: ContractPlan,
    choice: PendingChoice,
    { app, class: of, kind }: EarlierDisclosure,
    { value }: Identity,
    owner: IdentityKey | undefined,
  ): readonly NewNotice[] => {
    if (of === '') return []
    const one = notice(contract, choice, { app, identifier: { class: of, kind, value }, owner })
    // The same whichever identities the request names beside it.
    return one.ends === undefined ? [{ ...one, about: [contract.id, app, of, kind, value].join('\0') }] : []
  }

  const noticesOf = async (choice: PendingChoice, contracts: Contracts, keys: readonly IdentityKey[]) => {
    const { addresses, oldest } = await store.find({ keys, foundBy: keys })
    const byPartner = Map.groupBy(addresses, ({ partner }) => partner)
    const notices: NewNotice[] = []
    const lacking: ContractPlan[] = []
    for (const contract of contracts.values()) {
      const sent = byPartner.get(contract.id)
      if (sent === undefined) lacking.push(contract)
      const made = (sent ?? []).flatMap((one) => (isIdentified(one) ? [notice(contract, choice, one)] : []))
      notices.push(...made)
      if (sent !== undefined && made.length === 0 && choice.verb === 'opt_out')
        notices.push({ ...notKept(contract.id, choice), reached: keys })
    }
    if (choice.verb === 'opt_out' && lacking.length > 0)
      notices.push(...(await earlierNotices(lacking, choice, keys, oldest)))
    return notices
  }

  const plan = async ({ row, ...choice }: PendingChoiceRow): Promise<void> => {
    const contracts = contractsFor(choice.verb)
    const keys = choice.spreads ? await parts.withLinked(choice.keys) : choice.keys
    // A later opt-out wins over this opt-in.
    const isObsolete = contracts.size === 0 || (choice.verb === 'opt_in' && parts.isOptedOut(keys))
    const notices = isObsolete ? [] : await ownOf(await noticesOf(choice, contracts, keys), choice, cells)
    if (choice.inForce !== undefined) {
      const recipients = await parts.receivedWithin(keys, choice.at, choice.inForce)
      if (recipients.length > 0) await parts.recordWindow(dayOf(now()), recipients)
    }
    const queued = await store.queue({ taken: [], notices, planned: [row] })
    if (queued.length > 0) parts.onQueued()
  }
  /** Plans all pending choices of a subject, before their keys are destroyed. */
  const planAbout = async (keys: readonly IdentityKey[]): Promise<void> => {
    for (;;) {
      const page = await store.pending({ about: keys, limit: PENDING_PAGE })
      if (page.length === 0) return
      for (const one of page) await plan(one)
    }
  }

  const planErasure = async ({ id, at, keys, foundBy, recipients }: ErasureToPlan): Promise<readonly string[]> => {
    await cells?.takeOver()
    await planAbout(keys)
    // An erasure includes an opt-out: for partners without deletions, send that.
    const contracts = new Map([...contractsFor('opt_out'), ...contractsFor('erase')])
    const verbFor = (contract: ContractPlan): ToldVerb => (notifies(contract, 'erase') ? 'erase' : 'opt_out')
    const causeFor = (contract: ContractPlan): NoticeCause => ({ isProved: true, at, verb: verbFor(contract) })
    if (contracts.size === 0) return []
    const { addresses } = await store.find({ keys, foundBy })
    const sent = addresses.filter(({ partner }) => contracts.has(partner))
    const identified = sent.filter(isIdentified)
    // Without owner and finder: records after an erasure must not identify the subject.
    const notices = distinct(identified).map(({ partner, owner: _owner, finder: _finder, ...of }) =>
      notice(contracts.get(partner)!, causeFor(contracts.get(partner)!), of),
    )
    const addressed = new Set(identified.map(({ partner }) => partner))
    for (const partner of recipients as readonly PartnerId[]) {
      const contract = contracts.get(partner)
      if (contract !== undefined && !addressed.has(partner)) notices.push(notKept(partner, causeFor(contract)))
    }
    if (notices.length === 0) return []
    const own = cells === undefined ? notices : await cells.claimErasure(id, notices)
    const queued = await store.queue({ origin: id, taken: sent.map(({ row }) => row), notices: own })
    if (queued.length > 0) parts.onQueued()
    return queued
  }

  return {
    addChoices: async (changes) => {
      const choices = changes.flatMap(
        ({ keys, spreads = false, brought, said, app = '' }): readonly PendingChoice[] => {
          const isProved = PROVED.includes(said.channel)
          const verb = verbOf(said, isProved)
          if (verb === undefined || contractsFor(verb).size === 0) return []
          const inForce = now()
          const hasWindow = verb === 'opt_out' && !IMMEDIATE.includes(said.channel) && inForce - said.at > WINDOW_MS
          return [{ keys, spreads, verb, isProved, at: said.at, app, brought, ...(hasWindow ? { inForce } : {}) }]
        },
      )
      if (choices.length === 0) return
      await store.addPending(choices)
      parts.onPending()
    },
    plan: (choice) => inTurn(() => plan(choice)),
    planErasure: (erasure) => inTurn(() => planErasure(erasure)),
  }
}

type Contracts = ReadonlyMap<PartnerId, ContractPlan>
type Identified = FoundAddress & Addressee
function isIdentified(address: FoundAddress): address is Identified {
  return address.identifier !== undefined
}

/** Stopped in the middle, the choice stays pending, and is handed on again. */
async function ownOf(
  notices: readonly NewNotice[],
  choice: PendingChoice,
  cells: TellingCells | undefined,
): Promise<readonly NewNotice[]> {
  return cells === undefined ? notices : cells.claim(choice.number ?? (await cells.handOn(choice)), notices)
}

/** The verb of the notices that follow from a choice; undefined if it neither denies advertising nor lifts a denial. */
function verbOf({ denies }: ChoiceChange['said'], isProved: boolean): PendingChoice['verb'] | undefined {
  if ((denies & ADVERTISING_DIMENSIONS) !== 0) return 'opt_out'
  return isProved ? 'opt_in' : undefined
}

/** One address per identifier and partner: an identifier may be sealed under several keys of one subject. */
function distinct(found: readonly Identified[]): readonly Identified[] {
  const byText = new Map<string, Identified>()
  for (const one of found) {
    const { class: of, kind, value } = one.identifier
    byText.set([one.partner, one.app, of, kind, value].join('\0'), one)
  }
  return [...byText.values()]
}
