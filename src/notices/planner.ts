/**
 * From a choice or an erasure to the notices that follow. Each identifier goes alone, under its own random id, at a random
 * moment of the hours to come: a partner learns of no two identifiers that they are one person's, unless its events said so.
 * A choice waits durably, and whom to tell of it is looked up once it was acknowledged. What was sent before anything was kept
 * is told by what the request itself named, where the ledger says as what the partner had it; otherwise it is on record that
 * nobody could be told.
 */
import type { EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Channel, ChoiceStatement } from '../model/choice.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Identity } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { createInTurn } from '../platform/in-turn.ts'
import type { LookBefore } from './had-before.ts'
import { dayOf } from './log.ts'
import { type Addressee, type Asking, createNoticeMaker, type MakerParts } from './new-notice.ts'
import type { Asked, AskedRow, FoundAddress, FoundSent, HadBefore, NewNotice, NoticeStore } from './ports.ts'
import { isTold } from './terms.ts'

/** What the ledger says of one partner and the time between a choice and its effect. */
export interface WindowRecipient {
  readonly partner: PartnerId
  /** Disclosures to it as a third party. */
  readonly disclosures: number
}

export interface PlannerParts extends MakerParts {
  readonly store: Pick<NoticeStore, 'ask' | 'asked' | 'find' | 'queue'>
  readonly contracts: () => readonly ContractPlan[]
  /** Addresses are whole for this partner and subjects whose keys have numbers above this one. */
  readonly wholeAbove: (partner: PartnerId) => number
  readonly before: LookBefore
  /** Third parties that received something about these in this time, from the ledger. */
  readonly receivedWithin: (
    keys: readonly IdentityKey[],
    from: EpochMs,
    to: EpochMs,
  ) => Promise<readonly WindowRecipient[]>
  /** These and all that is linked to them. */
  readonly reachedFrom: (keys: readonly IdentityKey[]) => Promise<readonly IdentityKey[]>
  /** All keys under which records about an identity may be. */
  readonly keysFor: (identity: Identity) => readonly IdentityKey[]
  /** True where these identities are opted out of sale, sharing or targeted advertising. */
  readonly isOptedOut: (keys: readonly IdentityKey[]) => boolean
  /** Puts on record who received something in the window. */
  readonly recordWindow: (day: EpochMs, recipients: readonly WindowRecipient[]) => Promise<void>
  /** Something waits to be planned. */
  readonly asked: () => void
  /** Something was queued. */
  readonly queued: () => void
}

export interface Stated {
  readonly keys: readonly IdentityKey[]
  /** True where what is linked to them is reached, too. Default: these are all that the choice reached. */
  readonly spreads?: boolean
  /** What the request itself named, in the clear. */
  readonly brought: readonly Identity[]
  readonly said: Pick<ChoiceStatement, 'denies' | 'permits' | 'channel' | 'at'>
  readonly app?: string | undefined
}

export interface ErasureTold {
  readonly id: string
  readonly at: EpochMs
  readonly keys: readonly IdentityKey[]
  /** Devices whose values went out under somebody else's key: of an erasure by an officer. */
  readonly foundBy: readonly IdentityKey[]
  /** Partners that received something, as the ledger has it. */
  readonly recipients: readonly string[]
}

export interface NoticePlanner {
  /**
   * Resolves once whatever follows is certain to follow: one durable write, however much was sent about anybody. MUST be
   * awaited before the choices are acknowledged.
   */
  stated(stated: readonly Stated[]): Promise<void>
  /** Queues what follows from one of them. The same once more is nothing more. */
  plan(asked: AskedRow): Promise<void>
  /** Queues what follows before the keys are destroyed, which takes the addresses with them. The ids of what was queued. */
  erased(erasure: ErasureTold): Promise<readonly string[]>
}

const PROVED: readonly Channel[] = ['user_token', 'staff']
/** What comes through these is said as it arrives; through the others it may have been said before. */
const AT_ONCE: readonly Channel[] = ['app', 'signal', 'user_token']
/** A choice that is older than this when it takes effect has a window to look at. */
const WINDOW_MS = 1_000
/** Of one erasure, read at once. */
const ASKED_AT_ONCE = 100

export function createNoticePlanner(parts: PlannerParts): NoticePlanner {
  const { store, now } = parts
  // An erasure plans what waits of its person before it takes the addresses.
  const inTurn = createInTurn()
  const toldOf = (verb: ToldVerb): ReadonlyMap<PartnerId, ContractPlan> =>
    new Map(parts.contracts().flatMap((contract) => (isTold(contract, verb) ? [[contract.id, contract] as const] : [])))

  const { notice, notKept } = createNoticeMaker(parts)

  /** What left before addresses were kept: by what the request named, where this partner has had it as it is. */
  const fromBefore = async (
    lacking: readonly ContractPlan[],
    asked: Asked,
    keys: readonly IdentityKey[],
    oldest: FoundSent['oldest'],
  ): Promise<readonly NewNotice[]> => {
    const highest = Math.max(...lacking.map(({ id }) => parts.wholeAbove(id)))
    const older = oldest.flatMap(({ identity, number }) => (number <= highest ? [identity] : []))
    if (older.length === 0) return []
    const named = await Promise.all(asked.brought.map((one) => keysOfNamed(one, older)))
    const had = await parts.before([...older, ...named.flatMap(({ keys: of }) => of)])
    return lacking.flatMap((contract) => {
      const isOf = ({ partner }: HadBefore): boolean => partner === contract.id
      if (![...had.values()].some((all) => all.some(isOf))) return []
      const told = named.flatMap(({ identity, keys: of }) =>
        of
          .flatMap((key) => had.get(key)!.filter(isOf))
          .flatMap((one) => byNamed(contract, asked, one, identity, keys[0])),
      )
      return (told.length > 0 ? told : [notKept(contract.id, asked)]).map((one) => ({
        ...{ ...one, owner: undefined, reached: keys },
      }))
    })
  }
  /** None where no record can be about it: it has no key of that time, and nothing that has one is linked to it. */
  const keysOfNamed = async (identity: Identity, older: readonly IdentityKey[]) => {
    const keys = parts.keysFor(identity)
    const isKnown = keys.some((key) => older.includes(key)) || (await parts.reachedFrom(keys)).length > keys.length
    return { identity, keys: isKnown ? keys : [] }
  }
  const byNamed = (
    contract: ContractPlan,
    asked: Asked,
    { app, class: of, kind }: HadBefore,
    { value }: Identity,
    owner: IdentityKey | undefined,
  ): readonly NewNotice[] => {
    if (of === '') return []
    const one = notice(contract, asked, { app, identifier: { class: of, kind, value }, owner })
    // Whoever is named beside it, it is the same.
    return one.ends === undefined ? [{ ...one, about: [contract.id, app, of, kind, value].join('\0') }] : []
  }

  const noticesOf = async (asked: Asked, contracts: Contracts, keys: readonly IdentityKey[]): Promise<NewNotice[]> => {
    const { addresses, oldest } = await store.find({ keys, foundBy: keys })
    const byPartner = Map.groupBy(addresses, ({ partner }) => partner)
    const notices: NewNotice[] = []
    const lacking: ContractPlan[] = []
    for (const contract of contracts.values()) {
      const sent = byPartner.get(contract.id)
      if (sent === undefined) lacking.push(contract)
      const told = (sent ?? []).flatMap((one) => (isIdentified(one) ? [notice(contract, asked, one)] : []))
      notices.push(...told)
      if (sent !== undefined && told.length === 0 && asked.verb === 'opt_out')
        notices.push({ ...notKept(contract.id, asked), reached: keys })
    }
    if (asked.verb === 'opt_out' && lacking.length > 0)
      notices.push(...(await fromBefore(lacking, asked, keys, oldest)))
    return notices
  }

  const plan = async ({ row, ...asked }: AskedRow): Promise<void> => {
    const contracts = toldOf(asked.verb)
    const keys = asked.spreads ? await parts.reachedFrom(asked.keys) : asked.keys
    // An opt-out that somebody said since is not taken back.
    const isOver = contracts.size === 0 || (asked.verb === 'opt_in' && parts.isOptedOut(keys))
    const notices = isOver ? [] : await noticesOf(asked, contracts, keys)
    if (asked.inForce !== undefined) {
      const recipients = await parts.receivedWithin(keys, asked.at, asked.inForce)
      if (recipients.length > 0) await parts.recordWindow(dayOf(now()), recipients)
    }
    const queued = await store.queue({ taken: [], notices, planned: [row] })
    if (queued.length > 0) parts.queued()
  }
  /** What waits of a person, before their keys go. */
  const planAbout = async (keys: readonly IdentityKey[]): Promise<void> => {
    for (;;) {
      const waiting = await store.asked({ about: keys, limit: ASKED_AT_ONCE })
      if (waiting.length === 0) return
      for (const one of waiting) await plan(one)
    }
  }

  const erased = async ({ id, at, keys, foundBy, recipients }: ErasureTold): Promise<readonly string[]> => {
    await planAbout(keys)
    // Who is erased is opted out as well, and a partner that takes no deletion may take that.
    const contracts = new Map([...toldOf('opt_out'), ...toldOf('erase')])
    const askedOf = (contract: ContractPlan): Asking => ({
      ...{ isProved: true, at },
      verb: isTold(contract, 'erase') ? 'erase' : 'opt_out',
    })
    if (contracts.size === 0) return []
    const { addresses } = await store.find({ keys, foundBy })
    const sent = addresses.filter(({ partner }) => contracts.has(partner))
    const told = sent.filter(isIdentified)
    // Of nobody: the keys are about to go, and the records must not say whom they were about.
    const notices = distinct(told).map(({ partner, owner: _owner, finder: _finder, ...of }) =>
      notice(contracts.get(partner)!, askedOf(contracts.get(partner)!), of),
    )
    const addressed = new Set(told.map(({ partner }) => partner))
    for (const partner of recipients as readonly PartnerId[]) {
      const contract = contracts.get(partner)
      if (contract !== undefined && !addressed.has(partner)) notices.push(notKept(partner, askedOf(contract)))
    }
    if (notices.length === 0) return []
    const queued = await store.queue({ origin: id, taken: sent.map(({ row }) => row), notices })
    if (queued.length > 0) parts.queued()
    return queued
  }

  return {
    stated: async (all) => {
      const asked = all.flatMap(({ keys, spreads = false, brought, said, app = '' }): readonly Asked[] => {
        const isProved = PROVED.includes(said.channel)
        const verb = verbOf(said, isProved)
        if (verb === undefined || toldOf(verb).size === 0) return []
        const inForce = now()
        const hasWindow = verb === 'opt_out' && !AT_ONCE.includes(said.channel) && inForce - said.at > WINDOW_MS
        return [{ keys, spreads, verb, isProved, at: said.at, app, brought, ...(hasWindow ? { inForce } : {}) }]
      })
      if (asked.length === 0) return
      await store.ask(asked)
      parts.asked()
    },
    plan: (asked) => inTurn(() => plan(asked)),
    erased: (erasure) => inTurn(() => erased(erasure)),
  }
}

type Contracts = ReadonlyMap<PartnerId, ContractPlan>
type Identified = FoundAddress & Addressee
function isIdentified(address: FoundAddress): address is Identified {
  return address.identifier !== undefined
}

/** What a choice may have partners told; undefined where it says nothing of advertising, and lifts nothing. */
function verbOf({ denies }: Stated['said'], isProved: boolean): Asked['verb'] | undefined {
  if ((denies & ADVERTISING_DIMENSIONS) !== 0) return 'opt_out'
  return isProved ? 'opt_in' : undefined
}

/** The same identifier may have left under several keys of one person: a partner is told of its deletion once. */
function distinct(found: readonly Identified[]): readonly Identified[] {
  const byText = new Map<string, Identified>()
  for (const one of found) {
    const { class: of, kind, value } = one.identifier
    byText.set([one.partner, one.app, of, kind, value].join('\0'), one)
  }
  return [...byText.values()]
}
