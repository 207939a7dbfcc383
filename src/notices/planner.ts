/**
 * From a choice or an erasure to the notices that follow. Each identifier goes alone, under its own random id, at a random
 * moment of the hours to come: a partner learns of no two identifiers that they are one person's, unless its events said so.
 * What was sent before anything was kept is told by what the request itself named, where the ledger says that the partner
 * had it as it is; otherwise it is on record that nobody could be told.
 */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Channel, ChoiceStatement } from '../model/choice.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Identity, IdentityKind } from '../model/event.ts'
import type { FieldClass } from '../model/field-class.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import type { ToldVerb } from '../partners/kit/notices.ts'
import { dayOf } from './log.ts'
import type { FoundAddress, NewNotice, NoticeStore, UntoldReason } from './ports.ts'
import { identifierFor, isTold, type Types, tellingOf } from './terms.ts'

/** What the ledger says of one partner and some identities. */
export interface LedgerRecipient {
  readonly partner: PartnerId
  /** Identifier classes that it received as they were. */
  readonly passed: ReadonlySet<string>
  /** Disclosures to it as a third party between the choice's own time and its effect. */
  readonly inWindow: number
}

export interface PlannerParts {
  readonly store: Pick<NoticeStore, 'find' | 'queue'>
  readonly types: Types
  readonly contracts: () => readonly ContractPlan[]
  /** Who received something about these, from the ledger. */
  readonly recipients: (
    who: { readonly keys: readonly IdentityKey[]; readonly foundBy: readonly IdentityKey[] },
    since: EpochMs,
  ) => Promise<readonly LedgerRecipient[]>
  /** All keys under which records about an identity may be. */
  readonly keysFor: (identity: Identity) => readonly IdentityKey[]
  /** True where these identities are opted out of sale, sharing or targeted advertising. */
  readonly isOptedOut: (keys: readonly IdentityKey[]) => boolean
  /** Puts on record who received something in the window. */
  readonly recordWindow: (day: EpochMs, recipients: readonly LedgerRecipient[]) => Promise<void>
  readonly now: () => EpochMs
  /** 0…1 */
  readonly chance: () => number
  /** UUID version 4. */
  readonly newId: () => string
  /** 32 random hex digits. */
  readonly newRef: () => EventRef
  /** Milliseconds over which notices are spread. */
  readonly withinMs: number
  /** Something was queued. */
  readonly queued: () => void
}

export interface Stated {
  /** All that the choice reached. */
  readonly keys: readonly IdentityKey[]
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
  /** Resolves once every notice that follows is durable. MUST be awaited before the choice is acknowledged. */
  stated(stated: Stated): Promise<void>
  /** The same before the keys are destroyed, which takes the addresses with them. The ids of what was queued. */
  erased(erasure: ErasureTold): Promise<readonly string[]>
}

const CLASS_OF: Readonly<Record<IdentityKind, FieldClass>> = {
  user: 'user_id',
  anonymous: 'anonymous_id',
  advertising_id: 'advertising_id',
  vendor_id: 'vendor_id',
}
const PROVED: readonly Channel[] = ['user_token', 'staff']
/** A choice that is older than this when it takes effect has a window to look at. */
const WINDOW_MS = 1_000

export function createNoticePlanner(parts: PlannerParts): NoticePlanner {
  const { store, types, now } = parts
  const toldOf = (verb: ToldVerb): ReadonlyMap<PartnerId, ContractPlan> =>
    new Map(parts.contracts().flatMap((contract) => (isTold(contract, verb) ? [[contract.id, contract] as const] : [])))

  const notice = (
    contract: ContractPlan,
    { verb, isProved, at }: Asked,
    of: Pick<FoundAddress, 'app' | 'identifier'> & Partial<Pick<FoundAddress, 'owner' | 'finder'>>,
  ): NewNotice => {
    const { app, identifier, owner, finder } = of
    const { class: name, kind, value } = identifier
    const base = {
      ...made(contract.id, verb, at),
      class: name,
      owner,
      about: [contract.id, owner ?? '', app, name, kind, value].join('\0'),
    }
    const telling = tellingOf(contract, types, verb, isProved)
    const why: UntoldReason | undefined =
      typeof telling === 'string'
        ? telling
        : identifierFor(telling.ability, identifier) === undefined
          ? 'not_by_this_identifier'
          : undefined
    if (why !== undefined) return { ...base, ends: { state: 'cannot_be_told', why } }
    const whom = owner === undefined ? {} : finder === undefined ? { owner } : { owner, finder }
    return { ...base, text: { app, identifier, ...whom } }
  }
  const made = (partner: PartnerId, verb: ToldVerb, at: EpochMs) => ({
    ...{ id: parts.newId(), ref: parts.newRef(), partner, verb, day: dayOf(at) },
    due: now() + Math.floor(parts.chance() * parts.withinMs),
  })
  const notKept = (partner: PartnerId, { verb, at }: Asked): NewNotice => ({
    ...made(partner, verb, at),
    ...{ class: undefined, owner: undefined, about: partner },
    ends: { state: 'cannot_be_told', why: 'identifier_not_kept' },
  })

  /** Which of these each partner has had as it is: each by the records about that very one, not by those about the others. */
  const hadOf = async (brought: readonly Identity[], since: EpochMs): Promise<readonly Had[]> => {
    const had: Had[] = []
    for (const identity of brought) {
      const keys = parts.keysFor(identity)
      for (const { partner, passed } of await parts.recipients({ keys, foundBy: keys }, since))
        if (passed.has(CLASS_OF[identity.kind])) had.push({ partner, identity })
    }
    return had
  }
  /** By what the request named, where this partner has had it as it is. */
  const byBrought = (
    contract: ContractPlan,
    asked: Asked,
    had: readonly Had[],
    { app = '', owner }: Pick<Stated, 'app'> & { readonly owner: IdentityKey | undefined },
  ): readonly NewNotice[] =>
    had.flatMap(({ partner, identity: { kind, value } }) => {
      if (partner !== contract.id) return []
      const of = CLASS_OF[kind]
      const identifier = { class: of, kind: kindOf(contract, asked.verb, of), value }
      const one = notice(contract, asked, { app, identifier, ...(owner === undefined ? {} : { owner }) })
      // Whoever is named beside it, it is the same.
      return one.ends === undefined ? [{ ...one, about: [partner, app, of, kind, value].join('\0') }] : []
    })
  /** A request does not say whose advertising id it is; a call that takes one kind says it. */
  const kindOf = ({ type }: ContractPlan, verb: ToldVerb, of: FieldClass): string => {
    const kinds = types.get(type)?.notices?.calls[verb]?.takes[of]
    return of === 'advertising_id' && kinds === 'any' ? 'unknown' : ''
  }

  return {
    stated: async ({ keys, said, brought, app }) => {
      const isProved = PROVED.includes(said.channel)
      const verb = verbOf(said, () => isProved && !parts.isOptedOut(keys))
      const contracts = verb === undefined ? NOBODY : toldOf(verb)
      if (verb === undefined || contracts.size === 0) return
      const asked: Asked = { verb, isProved, at: said.at }
      const who = { keys, foundBy: keys }
      const found = await store.find(who)
      const notices = found.flatMap((address) => {
        const contract = contracts.get(address.partner)
        return contract === undefined ? [] : [notice(contract, asked, address)]
      })
      if (verb === 'opt_out') {
        const addressed = new Set(found.map(({ partner }) => partner))
        const recipients = await parts.recipients(who, said.at)
        const others = recipients.filter(({ partner }) => contracts.has(partner) && !addressed.has(partner))
        const had = others.length === 0 ? [] : await hadOf(brought, said.at)
        for (const { partner } of others) {
          // Sound: looked for a moment ago.
          const contract = contracts.get(partner)!
          const told = byBrought(contract, asked, had, { app, owner: keys[0] })
          for (const one of told.length > 0 ? told : [notKept(partner, asked)])
            notices.push({ ...one, owner: undefined, reached: keys })
        }
        const inWindow = recipients.filter((one) => one.inWindow > 0)
        if (now() - said.at > WINDOW_MS && inWindow.length > 0) await parts.recordWindow(dayOf(now()), inWindow)
      }
      if (notices.length === 0) return
      const queued = await store.queue({ taken: [], notices })
      if (queued.length > 0) parts.queued()
    },
    erased: async ({ id, at, keys, foundBy, recipients }) => {
      // Who is erased is opted out as well, and a partner that takes no deletion may take that.
      const contracts = new Map([...toldOf('opt_out'), ...toldOf('erase')])
      const askedOf = (contract: ContractPlan): Asked => ({
        ...{ isProved: true, at },
        verb: isTold(contract, 'erase') ? 'erase' : 'opt_out',
      })
      if (contracts.size === 0) return []
      const found = await store.find({ keys, foundBy })
      const told = found.filter(({ partner }) => contracts.has(partner))
      // Of nobody: the keys are about to go, and the records must not say whom they were about.
      const notices = distinct(told).map(({ partner, app, identifier }) =>
        notice(contracts.get(partner)!, askedOf(contracts.get(partner)!), { app, identifier }),
      )
      const addressed = new Set(told.map(({ partner }) => partner))
      for (const partner of recipients as readonly PartnerId[]) {
        const contract = contracts.get(partner)
        if (contract !== undefined && !addressed.has(partner)) notices.push(notKept(partner, askedOf(contract)))
      }
      if (notices.length === 0) return []
      const queued = await store.queue({ origin: id, taken: told.map(({ row }) => row), notices })
      if (queued.length > 0) parts.queued()
      return queued
    },
  }
}

/** A partner, and an identity that it has received as it is. */
interface Had {
  readonly partner: PartnerId
  readonly identity: Identity
}
interface Asked {
  readonly verb: ToldVerb
  readonly isProved: boolean
  readonly at: EpochMs
}
const NOBODY: ReadonlyMap<PartnerId, ContractPlan> = new Map()

/** What a choice has partners told; undefined where it says nothing of advertising. */
function verbOf({ denies }: Stated['said'], isLifted: () => boolean): ToldVerb | undefined {
  if ((denies & ADVERTISING_DIMENSIONS) !== 0) return 'opt_out'
  return isLifted() ? 'opt_in' : undefined
}

/** The same identifier may have left under several keys of one person: a partner is told of its deletion once. */
function distinct(found: readonly FoundAddress[]): readonly FoundAddress[] {
  const byText = new Map<string, FoundAddress>()
  for (const one of found) {
    const { class: of, kind, value } = one.identifier
    byText.set([one.partner, one.app, of, kind, value].join('\0'), one)
  }
  return [...byText.values()]
}
