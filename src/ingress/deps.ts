/** What the data plane needs from the rest of the house. */
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
  /** How long a write key nobody knows is answered with 503 before it becomes 400. */
  readonly unknownKeyGraceMs: number
  /** Requests read or written at once before 429. */
  readonly requestsUnderWay: number
  /** Their bytes, inflated where that is known, else the most a body may have. */
  readonly bytesUnderWay: number
  /** What a 429 or 503 asks a sender to wait. */
  readonly retryAfterSeconds: number
}

/** Counts; never anything personal. */
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
  /** What may pass of them under the partner's live contract; undefined for a type that has none. */
  readonly mapOf: (partner: PartnerId) => CompiledMap | undefined
  /** What the contract allows a second; beside the partner's events, which keep a pace of their own. */
  readonly paceOf: (partner: PartnerId) => Pace
  /** True on a thread that may have none of the partner's connections: then the main thread relays. */
  readonly isElsewhere: (contract: ContractPlan) => boolean
}

/** Relayed requests, answered by the cell that owns their user. */
export interface RelayOwners {
  /** Takes over the answer, and resolves true; false where it is this cell's to answer. Throws as `Owners.ownerOf` does. */
  hand(key: IdentityKey, request: HandedRequest, response: ServerResponse): Promise<boolean>
  /** What answers other cells' ones here: their senders were checked, and `X-Forwarded-For` says who they are. */
  serve(here: RequestListener): void
}
export interface HandedRequest {
  readonly request: IncomingMessage
  readonly client: string | undefined
  /** Inflated. */
  readonly body: Buffer
}

/** What is taken in on every data thread: events, and requests of partners' own SDKs. */
export interface HotDeps {
  readonly relay: RelayIngress
  /** Keeps each event in the cell that owns its user: `here` keeps this one's. Undefined where there is one cell, or each keeps its own. */
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
  /** Told of what comes in while somebody watches. */
  readonly tail: Pick<Tail, 'isOn' | 'takes' | 'arrives' | 'kept' | 'refused'>
  /** Told which SDKs send, and what they were refused last. */
  readonly heard: SdkListener
  /** Told of the names in every good event. */
  readonly names: NameWatch
  readonly countryOf: CountryReader
  /** Country and US state of an address; undefined where nobody knows, or no database is configured. */
  readonly placeOf: IpPlaces['lookup']
  readonly limits: IngressLimits
  /** Networks whose `X-Forwarded-For` is believed: CIDRs. Empty = the socket's peer is the client. */
  readonly trustedProxies: readonly string[]
  readonly newEventSecret: () => EventSecret
  readonly now: () => EpochMs
  readonly stopping: () => boolean
  /** True for a request whose connection is one too many: only what has room of its own is taken on it. */
  readonly isBeyond: (request: IncomingMessage) => boolean
  readonly observe: IngressObserver
}

export interface IngressDeps extends HotDeps {
  readonly tables: Pick<ReleasedTables, 'months' | 'table'>
  /** How long the newest choices took to be in force, in seconds. */
  readonly recentChoices: () => readonly number[]
  readonly intake: Intake
  readonly choices: Choices & Pick<ErasureSteps, 'personOf'>
  readonly stateChoice: StateChoice
  readonly rights: Rights
  readonly receipts: Receipts
  /** Cases that people open themselves. */
  readonly desk: Pick<Desk, 'openOnce' | 'openFrom'>
  /** Other systems that hand requests over. `secret` throws where it cannot be read. */
  readonly systems: readonly { readonly system: DeskSystem; readonly secret: () => string }[]
  /** For the pages of one's own. */
  readonly person: {
    readonly links: Pick<PersonLinks, 'isOurs' | 'open'>
    /** Seals what their cookies and forms carry. */
    readonly key: KeyObject
    readonly random: RandomBytes
  }
  /** Where partners' reports of notices go; undefined where none are taken. */
  readonly noticeAnswers?: NoticeSender['received']
  /** Undefined where other companies' deletion requests are not taken. */
  readonly deletionDesk: DeletionDesk | undefined
  readonly ledger: Ledger
  /** What is below `/ledger/`. */
  readonly serveLedger: LedgerArchive['serve']
  readonly revisions: Revisions
  /** What partner types there are: the public list says what each can carry. */
  readonly types: ReadonlyMap<string, RegisteredType>
  /** Where SDKs reach this gateway from outside, `host[:port]/v1`; else the request's own host. */
  readonly publicApiHost: string | undefined
  /** Resolves to the user id that a person's token proves. */
  readonly verifyUser: VerifyUser
}
