/** Puts together what tells partners of opt-outs and deletions: the store, what follows from choices and erasures, the sender. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { kindOfKey } from '../choices/identity.ts'
import type { Choices, ErasureSteps, NotifyOfChoices, Stamp } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { hmacUnder } from '../delivery/fill-secrets.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import type { DiscloseDeps } from '../flow/disclose.ts'
import type { DisclosureId, EventRef, IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { IdentityKind } from '../model/event.ts'
import type { FieldClass } from '../model/field-class.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import { factsOf } from '../model/values.ts'
import { type ClearableAddressBook, createAddressBook } from '../notices/address-book.ts'
import { createFindEarlier } from '../notices/earlier-disclosures.ts'
import { createNoticePlanner, type NoticePlanner } from '../notices/planner.ts'
import { createPlanningLoop, type PlanningLoop } from '../notices/planning-loop.ts'
import type { KeptFor, NoticeStore } from '../notices/ports.ts'
import { createNoticeSender, type NoticeSender, type SenderParts } from '../notices/sender.ts'
import { notifies, supportedCall } from '../notices/terms.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import { TOLD_VERBS } from '../partners/kit/notices.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { hasNotices } from '../storage/sqlite/notices.ts'
import type { DeletionSigning } from '../subjects/deletion-requests.ts'
import { countClass } from '../subjects/erase.ts'
import type { Evidence, Records } from '../subjects/ports.ts'
import { createNoticesClient, type StartedNotices } from '../threads/notices-client.ts'
import type { Keys } from './keys.ts'
import { joinTellingCells, type Tellers } from './notice-cells.ts'
import { disclosuresAbout, receivedWithin } from './notice-records.ts'
import { signedTokens } from './notice-tokens.ts'

const DAY_MS = 86_400_000
/** Identities of whom a preference signal was passed on lately, about 200 bytes each. */
const SIGNALLED = 20_000
const REF_BYTES = 16
/** How often choices of other cells are asked for, in milliseconds: what follows from them leaves within hours. */
const TAKE_OVER_MS = 1_000

export interface NoticeJoinParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: Pick<RevisionBook, 'current' | 'onChange'>
  readonly choices: Pick<Choices, 'lookup' | 'isCurrent' | 'keysFor'> & Pick<ErasureSteps, 'personOf'>
  readonly archive: Pick<Records, 'find'>
  /** Undefined where there is one cell alone. */
  readonly owners: Tellers | undefined
  readonly ledger: Pick<Evidence, 'append'>
  readonly now: () => number
}

export interface JoinedNotices {
  readonly store: StartedNotices
  /** The same, asked for what is there: nothing where nothing is, and asking does not start it. */
  readonly asked: NoticeStore
  readonly book: ClearableAddressBook
  readonly planner: Pick<NoticePlanner, 'planErasure'>
  readonly planning: PlanningLoop
  readonly tell: NotifyOfChoices
  /** Has what follows from choices of other cells planned here. Never rejects. */
  readonly takeOver: () => Promise<void>
  /** Keeps a token for the partners that pass it on and received something as one of these identities. */
  readonly keepToken: (identities: readonly IdentityKey[], token: string) => Promise<void>
  /** Has partners told of preference signals. MUST be awaited before the events are acknowledged. */
  readonly signalled: (observations: readonly Observation[]) => Promise<void>
  /** Who is asked when something was queued. */
  readonly onQueued: (wake: () => void) => void
  /** True where some contract tells its partner something, or something is kept from when one did. */
  isUsed(): boolean
}

const KIND_OF: Readonly<Partial<Record<FieldClass, IdentityKind>>> = {
  user_id: 'user',
  anonymous_id: 'anonymous',
  advertising_id: 'advertising_id',
  vendor_id: 'vendor_id',
  device_id: 'vendor_id',
}

/** `stack` gets the store. Rejects with an error that names the file at fault. */
export async function joinNotices(
  parts: NoticeJoinParts,
  { lost, failed }: { readonly lost: (error: Error) => void; readonly failed: (error: unknown) => void },
  stack: AsyncDisposableStack,
): Promise<JoinedNotices> {
  const { config, keys, types, revisions, choices, archive, ledger, now } = parts
  const { withinMs } = config.notices
  const store = createNoticesClient(
    {
      dataFolder: config.dataFolder,
      keyEncryptionKey: keys.encryption,
      bookKey: new Uint8Array(createHmac('sha256', keys.index).update('sluice address book').digest()),
      withinMs,
    },
    lost,
  )
  stack.defer(() => store.close())
  const tellsOptOuts = (): boolean =>
    revisions.current().contracts.some(({ notify }) => notify !== undefined && notify.optOut !== 'off')
  const isUsed = (): boolean =>
    store.isOpen() || revisions.current().contracts.some(({ notify }) => notify !== undefined)
  if (hasNotices(config.dataFolder)) await store.open()

  const book = createAddressBook({
    store,
    types,
    contractOf: (partner) => revisions.current().contracts.find(({ id }) => id === partner),
    identityOf: (of, identities) => identities.find((key) => kindOfKey(key) === KIND_OF[of]),
    salt: randomUUID(),
  })
  let wake = (): void => undefined
  let completeAbove: ReadonlyMap<string, number> = new Map()
  /** In the order of revisions: a partner that was not told for a while has received what was not kept. */
  const keepFor = async (): Promise<void> => {
    if (!isUsed()) return
    const kept = await store.keepFor(revisions.current().contracts.flatMap(keptFor))
    completeAbove = new Map(kept.map(({ partner, above }) => [partner, above]))
  }
  await keepFor()
  revisions.onChange(keepFor)

  const withLinked = async (named: readonly IdentityKey[]): Promise<readonly IdentityKey[]> =>
    (await choices.personOf(named, true, true)).keys
  const { owners } = parts
  const onPending = (): void => planning.wake()
  const cells = owners && joinTellingCells(owners, { indexKey: keys.index, store, onPending })
  const planner = createNoticePlanner({
    store,
    types,
    contracts: () => revisions.current().contracts,
    completeAbove: (partner) => completeAbove.get(partner) ?? Number.POSITIVE_INFINITY,
    findEarlier: createFindEarlier({
      store,
      disclosures: (identity) => disclosuresAbout(archive, revisions.current().apps, identity),
      kindOf: kindOfKey,
    }),
    receivedWithin: (...given) => receivedWithin(archive, ...given),
    withLinked,
    keysFor: (identity) => choices.keysFor(identity),
    isOptedOut: (identities) =>
      choices.lookup(identities).standing.findings.some(({ denies }) => (denies & ADVERTISING_DIMENSIONS) !== 0),
    recordWindow: async (day, recipients) => {
      await ledger.append(
        recipients.map(({ partner, disclosures }) => ({
          ...{ kind: 'request', time: day, action: 'opt_out_window' },
          facts: { partner, disclosures: countClass(disclosures) },
        })),
      )
    },
    cells,
    now,
    chance: Math.random,
    newId: randomUUID,
    // Sound: 32 hex digits.
    newRef: () => randomBytes(REF_BYTES).toString('hex') as EventRef,
    withinMs,
    onPending,
    onQueued: () => wake(),
  })
  const whereOpen = whereUsed(store)
  const asked: NoticeStore = {
    ...whereOpen,
    prune: async (before) => {
      await whereOpen.prune(before)
      await owners?.pruneTellings(before.ended)
    },
  }
  const planning = createPlanningLoop({ store: asked, plan: planner.plan, failed })
  let isFailing = false
  const takeOver = async (): Promise<void> => {
    if (!isUsed()) return
    try {
      await cells?.takeOver()
      isFailing = false
    } catch (error) {
      // Once, until it goes on.
      if (!isFailing) failed(error)
      isFailing = true
    }
  }
  /** Of whom a preference signal was passed on, and that nothing changed for them since. */
  const signalled = new LRUCache<string, Stamp>({ max: SIGNALLED, ttl: DAY_MS })

  return {
    store,
    asked,
    book,
    planner,
    planning,
    tell: planner.addChoices,
    takeOver,
    keepToken: async (identities, token) => {
      const partners = revisions.current().contracts.flatMap((contract) => {
        const telling = notifies(contract, 'erase') ? supportedCall(contract, types, 'erase', true) : 'no_such_call'
        return typeof telling !== 'string' && telling.encoder.passesOnTokens === true ? [contract.id] : []
      })
      if (partners.length > 0) await store.attach({ identities, partners, token })
    },
    signalled: async (observations) => {
      if (!tellsOptOuts()) return
      const fresh = observations.flatMap(({ identities, restricting, at }) => {
        const denies = restricting.reduce((bits, one) => (one.signal === 'gpc' ? bits | one.denies : bits), 0)
        // A contract that begins to tell its partner hears it anew.
        const name = `${revisions.current().number} ${identities.toSorted().join()}`
        const known = signalled.get(name)
        if (denies === 0 || identities.length === 0) return []
        if (known !== undefined && choices.isCurrent(known, identities)) return []
        const said = { denies, permits: 0, channel: 'signal', at } as const
        return [{ name, stamp: choices.lookup(identities).stamp, keys: identities, spreads: true, brought: [], said }]
      })
      await planner.addChoices(fresh)
      for (const { name, stamp } of fresh) signalled.set(name, stamp)
    },
    onQueued: (call) => {
      wake = call
    },
    isUsed,
  }
}

export interface NoticeSenderJoin {
  readonly joined: JoinedNotices
  readonly config: GatewayConfig
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: RevisionBook
  readonly core: Omit<DiscloseDeps, 'newId'>
  readonly signing: DeletionSigning
  readonly readSecret: ReadSecret
  readonly observe: SenderParts['observe']
}

/** Begins with what is due. */
export function startNoticeSender({
  joined,
  config,
  types,
  revisions,
  core,
  ...parts
}: NoticeSenderJoin): NoticeSender {
  const { callbackUrl, retryMs } = config.notices
  const sender = createNoticeSender({
    ...core,
    store: joined.asked,
    types,
    contractOf: (partner) => revisions.contract(partner),
    isStopped: (partner) => revisions.stopped(partner),
    appOf: (id) => factsOf(revisions.current().apps.find((app) => app.id === id) ?? { id }),
    revision: () => revisions.current().number,
    signTokens: (request) => signedTokens(request, parts.signing, config.deletionRequests?.domain),
    callbackOf: (partner) =>
      callbackUrl === undefined ? undefined : `${callbackUrl.replace(/\/$/, '')}/v1/notices/${partner}`,
    hmacOf: ({ connection }) => hmacUnder(connection, parts.readSecret),
    newId: () => randomUUID() as string as DisclosureId,
    chance: Math.random,
    retryMs,
    observe: parts.observe,
  })
  joined.onQueued(sender.wake)
  sender.wake()
  joined.planning.wake()
  let takingOver = joined.takeOver()
  const timer = setInterval(() => {
    takingOver = joined.takeOver()
  }, TAKE_OVER_MS)
  timer.unref()
  return {
    ...sender,
    stop: async () => {
      clearInterval(timer)
      await takingOver
      await joined.planning.stop()
      await sender.stop()
    },
  }
}

/** A partner that is told of something, by the calls of its type: these say which identifiers are kept. */
function keptFor(contract: ContractPlan): readonly KeptFor[] {
  const verbs = TOLD_VERBS.filter((verb) => notifies(contract, verb))
  return verbs.length === 0 ? [] : [{ partner: contract.id, told: [contract.type, ...verbs].join(' ') }]
}

/** Asks nothing of a store that holds nothing: asking would start it. */
function whereUsed(store: StartedNotices): NoticeStore {
  return {
    ...store,
    due: async (at) => (store.isOpen() ? store.due(at) : []),
    nextDue: async () => (store.isOpen() ? store.nextDue() : undefined),
    unrecorded: async (limit) => (store.isOpen() ? store.unrecorded(limit) : []),
    byIds: async (ids) => (store.isOpen() && ids.length > 0 ? store.byIds(ids) : []),
    ofIdentities: async (of) => (store.isOpen() ? store.ofIdentities(of) : []),
    pending: async (which) => (store.isOpen() ? store.pending(which) : []),
    countPending: async () => (store.isOpen() ? store.countPending() : 0),
    counts: async () => (store.isOpen() ? store.counts() : []),
    list: async (filter) => (store.isOpen() ? store.list(filter) : []),
    prune: async (before) => (store.isOpen() ? store.prune(before) : undefined),
    forget: async (...given) => (store.isOpen() ? store.forget(...given) : undefined),
  }
}
