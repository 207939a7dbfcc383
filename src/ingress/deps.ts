/** What the data plane needs from other rooms. */
import type { KeyObject } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Choices, ErasureSteps, StateChoice } from '../choices/ports.ts'
import type { Pace } from '../delivery/pace.ts'
import type { Relayer } from '../flow/relay.ts'
import type { Routes } from '../flow/routes.ts'
import type { Work } from '../flow/work.ts'
import type { NameWatch } from '../inbox/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import type { SdkListener, Tail } from '../live/ports.ts'
import type { EpochMs, EventSecret, IdentityKey, PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { DeskSystem } from '../model/desk-system.ts'
import type { ErrorCode, RejectionCode } from '../model/errors.ts'
import type { NoticeSender } from '../notices/sender.ts'
import type { RegisteredType } from '../partners/kit/envelope-limits.ts'
import type { RandomBytes } from '../platform/seal.ts'
import type { Revisions } from '../publish/ports.ts'
import type { CountryReader } from '../signals/place.ts'
import type { DeletionDesk } from '../subjects/deletion-requests.ts'
import type { ChildrenLearnt } from '../subjects/desk/children.ts'
import type { Desk } from '../subjects/desk/desk.ts'
import type { PersonLinks } from '../subjects/links.ts'
import type { Receipts } from '../subjects/receipts.ts'
import type { ReleasedTables } from '../subjects/released-tables.ts'
import type { Rights } from '../subjects/rights.ts'
import type { CompiledMap } from '../transform/relay/request.ts'
import type { Accepting } from './accepting.ts'
import type { IpPlaces } from './ip-places.ts'
import type { VerifyUser } from './user-token.ts'

export interface IngressLimits {
  /** Inflated bytes of one event; default 32,768. */
  readonly eventBytes: number
  /** Inflated bytes of a request's body; default 512,000. */
  readonly batchBytes: number
  /** Default 2,500. */
  readonly batchEvents: number
  /** How long an unknown write key is answered with 503 before 400. */
  readonly unknownKeyGraceMs: number
  /** Concurrent requests before 429. */
  readonly requestsUnderWay: number
  /** Their total bytes, inflated if known, else the maximum of a body. */
  readonly bytesUnderWay: number
  /** `Retry-After` of a 429 or 503. */
  readonly retryAfterSeconds: number
}

/** Counters; never anything personal. */
export interface IngressObserver {
  accepted(app: string, events: number): void
  duplicate(app: string, events: number): void
  rejected(app: string, code: RejectionCode, events: number): void
  answeredError(code: ErrorCode): void
  failed(where: string, error: unknown): void
}

/** Requests in a partner's own format. */
export interface RelayIngress {
  readonly relayer: Relayer
  /** What the partner's live contract lets pass; undefined for a type that cannot relay. */
  readonly mapOf: (partner: PartnerId) => CompiledMap | undefined
  /** The contract's limit a second. The partner's events have a limit of their own. */
  readonly paceOf: (partner: PartnerId) => Pace
  /** True on a thread without connections to the partner: the main thread relays instead. */
  readonly isElsewhere: (contract: ContractPlan) => boolean
}

/** Relayed requests, answered by the cell that owns their user. */
export interface RelayOwners {
  /** Resolves to true if another cell answers, to false if this one must. Throws as `Owners.ownerOf` does. */
  hand(key: IdentityKey, request: HandedRequest, response: ServerResponse): Promise<boolean>
  /** Answers requests that other cells forward. Their senders are authenticated; `X-Forwarded-For` names the client. */
  serve(here: RequestListener): void
}
export interface HandedRequest {
  readonly request: IncomingMessage
  readonly client: string | undefined
  /** Inflated. */
  readonly body: Buffer
}

/** What every data thread receives: events, and requests of partners' own SDKs. */
export interface HotDeps {
  readonly relay: RelayIngress
  /**
   * Keeps each event in the cell that owns its user; `here` keeps this cell's. Undefined with one cell, or if each
   * keeps its own.
   */
  readonly spread?: ((here: Accepting, work: Work) => Accepting) | undefined
  /** Undefined likewise. */
  readonly relayOwners?: RelayOwners | undefined
  readonly intake: Pick<Intake, 'append'>
  readonly choices: Pick<Choices, 'keyOf' | 'formerKeysOf' | 'lookup' | 'observe'>
  readonly children: Pick<ChildrenLearnt, 'late' | 'count'>
  readonly ledger: Pick<Ledger, 'health'>
  readonly revisions: Pick<Revisions, 'current' | 'appOfKey' | 'contract'>
  /** Routes of the live revision. */
  readonly routes: () => Routes
  /** Notified of incoming events while a live view is open. */
  readonly tail: Pick<Tail, 'isOn' | 'takes' | 'arrives' | 'kept' | 'refused'>
  /** Notified of each SDK that sends, and of its last refusal. */
  readonly heard: SdkListener
  /** Notified of the names in every valid event. */
  readonly names: NameWatch
  readonly countryOf: CountryReader
  /** Country and US state of an address; undefined if unknown or without a database. */
  readonly placeOf: IpPlaces['lookup']
  readonly limits: IngressLimits
  /** Networks whose `X-Forwarded-For` is trusted, as CIDRs. Empty: the socket's peer is the client. */
  readonly trustedProxies: readonly string[]
  readonly newEventSecret: () => EventSecret
  readonly now: () => EpochMs
  readonly stopping: () => boolean
  /** True for a request on a connection over the limit: only requests with capacity of their own are accepted on it. */
  readonly isBeyond: (request: IncomingMessage) => boolean
  readonly observe: IngressObserver
}

export interface IngressDeps extends HotDeps {
  readonly tables: Pick<ReleasedTables, 'months' | 'table'>
  /** Seconds until the newest choices were in force. */
  readonly recentChoices: () => readonly number[]
  readonly intake: Intake
  readonly choices: Choices & Pick<ErasureSteps, 'personOf'>
  readonly stateChoice: StateChoice
  readonly rights: Rights
  readonly receipts: Receipts
  /** Cases that users open themselves. */
  readonly desk: Pick<Desk, 'openOnce' | 'openFrom'>
  /** Other systems that hand requests over. `secret` throws if it cannot be read. */
  readonly systems: readonly { readonly system: DeskSystem; readonly secret: () => string }[]
  /** For a user's own pages. */
  readonly person: {
    readonly links: Pick<PersonLinks, 'isOurs' | 'open'>
    /** Seals the contents of their cookies and forms. */
    readonly key: KeyObject
    readonly random: RandomBytes
  }
  /** Receives partners' reports on notices; undefined if none are accepted. */
  readonly noticeAnswers?: NoticeSender['received']
  /** Undefined if other companies' deletion requests are not accepted. */
  readonly deletionDesk: DeletionDesk | undefined
  readonly ledger: Ledger
  /** Answers below `/ledger/`. */
  readonly serveLedger: LedgerArchive['serve']
  readonly revisions: Revisions
  /** The partner types; the public list shows what each can carry. */
  readonly types: ReadonlyMap<string, RegisteredType>
  /** Public address for SDKs, `host[:port]/v1`; by default the request's own host. */
  readonly publicApiHost: string | undefined
  /** Resolves to the user id that a user's token proves. */
  readonly verifyUser: VerifyUser
}
