/** Puts together what tells partners of opt-outs and deletions: the store, what follows from choices and erasures, the sender. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { kindOfKey } from '../choices/identity.ts'
import type { Choices, ErasureSteps, NotifyOfChoice } from '../choices/ports.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { hmacUnder } from '../delivery/fill-secrets.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import type { DiscloseDeps } from '../flow/disclose.ts'
import type { DisclosureId, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { IdentityKind } from '../model/event.ts'
import type { FieldClass } from '../model/field-class.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import { factsOf } from '../model/values.ts'
import { type Book, createBook } from '../notices/book.ts'
import { createNoticePlanner, type LedgerRecipient, type NoticePlanner } from '../notices/planner.ts'
import type { NoticeStore } from '../notices/ports.ts'
import { createNoticeSender, type NoticeSender, type SenderParts } from '../notices/sender.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import { type NoticeRequest, tokenPlaceholder } from '../partners/kit/notices.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { hasNotices } from '../storage/sqlite/notices.ts'
import type { DeletionSigning } from '../subjects/deletion-requests.ts'
import { countClass } from '../subjects/erase.ts'
import type { Evidence, Records } from '../subjects/ports.ts'
import { mayHaveLeft, recordsAbout } from '../subjects/recipients.ts'
import { createNoticesClient, type StartedNotices } from '../threads/notices-client.ts'
import type { Keys } from './keys.ts'

const DAY_MS = 86_400_000
/** Identities of whom a preference signal was passed on lately, about 200 bytes each. */
const SIGNALLED = 20_000
const REF_BYTES = 16

export interface NoticeJoinParts {
  readonly config: GatewayConfig
  readonly keys: Keys
  readonly types: ReadonlyMap<string, RegisteredType>
  readonly revisions: Pick<RevisionBook, 'current'>
  readonly choices: Pick<Choices, 'lookup' | 'keysFor'> & Pick<ErasureSteps, 'personOf'>
  readonly archive: Pick<Records, 'find'>
  readonly ledger: Pick<Evidence, 'append'>
  readonly now: () => number
}

export interface JoinedNotices {
  readonly store: StartedNotices
  /** The same, asked for what is there: nothing where nothing is, and asking does not start it. */
  readonly asked: NoticeStore
  readonly book: Book
  readonly planner: NoticePlanner
  readonly tell: NotifyOfChoice
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
  lost: (error: Error) => void,
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

  const book = createBook({
    store,
    types,
    contractOf: (partner) => revisions.current().contracts.find(({ id }) => id === partner),
    identityOf: (of, identities) => identities.find((key) => kindOfKey(key) === KIND_OF[of]),
    salt: randomUUID(),
  })
  let wake = (): void => undefined
  const planner = createNoticePlanner({
    store,
    types,
    contracts: () => revisions.current().contracts,
    recipients: (who, since) => recipientsIn(archive, who, since),
    keysFor: (identity) => choices.keysFor(identity),
    isOptedOut: (identities) =>
      choices.lookup(identities).standing.findings.some(({ denies }) => (denies & ADVERTISING_DIMENSIONS) !== 0),
    recordWindow: async (day, recipients) => {
      await ledger.append(
        recipients.map(({ partner, inWindow }) => ({
          ...{ kind: 'request', time: day, action: 'opt_out_window' },
          facts: { partner, disclosures: countClass(inWindow) },
        })),
      )
    },
    now,
    chance: Math.random,
    newId: randomUUID,
    // Sound: 32 hex digits.
    newRef: () => randomBytes(REF_BYTES).toString('hex') as EventRef,
    withinMs,
    queued: () => wake(),
  })
  const signalled = new LRUCache<string, true>({ max: SIGNALLED, ttl: DAY_MS })

  return {
    store,
    asked: whereUsed(store),
    book,
    planner,
    tell: planner.stated,
    signalled: async (observations) => {
      if (!tellsOptOuts()) return
      for (const { identities, restricting, at } of observations) {
        const denies = restricting.reduce((bits, one) => (one.signal === 'gpc' ? bits | one.denies : bits), 0)
        // A contract that begins to tell its partner hears it anew.
        const name = `${revisions.current().number} ${identities.toSorted().join()}`
        if (denies === 0 || identities.length === 0 || signalled.has(name)) continue
        // All that the signal reached: it spread along the links.
        const { keys: reached } = await choices.personOf(identities, true, true)
        await planner.stated({ keys: reached, brought: [], said: { denies, permits: 0, channel: 'signal', at } })
        signalled.set(name, true)
      }
    },
    onQueued: (call) => {
      wake = call
    },
    isUsed,
  }
}

/** From the ledger: who received what as it was, and who received something in the time since. */
async function recipientsIn(
  archive: Pick<Records, 'find'>,
  who: { readonly keys: readonly IdentityKey[]; readonly foundBy: readonly IdentityKey[] },
  since: number,
): Promise<readonly LedgerRecipient[]> {
  const found = new Map<string, { passed: Set<string>; inWindow: number }>()
  for await (const row of recordsAbout(archive, who)) {
    if (!mayHaveLeft(row)) continue
    const partner = String(row.partner)
    const known = found.get(partner) ?? { passed: new Set(), inWindow: 0 }
    for (const [name, treatment] of Object.entries((row.treatments ?? {}) as Record<string, string>))
      if (treatment === 'pass') known.passed.add(name)
    if (row.role === 'third_party' && Number(row.time) >= since) known.inWindow++
    found.set(partner, known)
  }
  return [...found].map(([partner, known]) => ({ partner: partner as PartnerId, ...known }))
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
  return sender
}

/** Asks nothing of a store that holds nothing: asking would start it. */
function whereUsed(store: StartedNotices): NoticeStore {
  return {
    ...store,
    due: async (at) => (store.isOpen() ? store.due(at) : []),
    nextDue: async () => (store.isOpen() ? store.nextDue() : undefined),
    unrecorded: async (limit) => (store.isOpen() ? store.unrecorded(limit) : []),
    byIds: async (ids) => (store.isOpen() && ids.length > 0 ? store.byIds(ids) : []),
    ofPerson: async (of) => (store.isOpen() ? store.ofPerson(of) : []),
    counts: async () => (store.isOpen() ? store.counts() : []),
    list: async (filter) => (store.isOpen() ? store.list(filter) : []),
    prune: async (before) => (store.isOpen() ? store.prune(before) : undefined),
    forget: async (...given) => (store.isOpen() ? store.forget(...given) : undefined),
  }
}

/** By the gateway's own key for deletion requests, whose public half lies at `/dsrdelete.json`. */
async function signedTokens(
  request: NoticeRequest,
  { key, publicJwk }: DeletionSigning,
  issuer: string | undefined,
): Promise<NoticeRequest> {
  const { tokens = [], ...plain } = request
  if (tokens.length === 0) return request
  const signed: (readonly [string, string])[] = []
  const filled = (text: string): string =>
    signed.reduce((filling, [name, token]) => filling.replaceAll(tokenPlaceholder(name), token), text)
  for (const { name, claims } of tokens) {
    const said = JSON.parse(filled(JSON.stringify(claims))) as Record<string, string>
    const token = await new SignJWT(said.iss === undefined && issuer !== undefined ? { ...said, iss: issuer } : said)
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: publicJwk.kid as string })
      .sign(key)
    signed.push([name, token])
  }
  const headers = Object.entries(plain.headers).map(([name, value]) => [name, filled(value)] as const)
  return { ...plain, body: filled(plain.body), headers: Object.fromEntries(headers) }
}
