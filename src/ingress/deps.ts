/** What the data plane needs from the rest of the house. */
import type { Choices, StateChoice } from '../choices/ports.ts'
import type { Revisions } from '../contracts/ports.ts'
import type { Relayer } from '../flow/relay.ts'
import type { Routes } from '../flow/routes.ts'
import type { NextTurn } from '../flow/turns.ts'
import type { Intake } from '../intake/ports.ts'
import type { Ledger, LedgerArchive } from '../ledger/ports.ts'
import type { EpochMs, EventRef, PartnerId } from '../model/brand.ts'
import type { ErrorCode, RejectionCode } from '../model/errors.ts'
import type { RegisteredType } from '../partners/envelope-limits.ts'
import type { CountryReader } from '../signals/place.ts'
import type { DeletionDesk } from '../subjects/deletion-requests.ts'
import type { Rights } from '../subjects/rights.ts'
import type { CompiledMap } from '../transform/relay/request.ts'
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
  /** Passed before a body is read: bodies that arrive together are read one right after another. */
  readonly nextTurn: NextTurn
  /** What may pass of them under the partner's live contract; undefined for a type that has none. */
  readonly mapOf: (partner: PartnerId) => CompiledMap | undefined
}

export interface IngressDeps {
  readonly relay: RelayIngress
  readonly intake: Intake
  readonly choices: Choices
  readonly stateChoice: StateChoice
  readonly rights: Rights
  /** Undefined where other companies' deletion requests are not taken. */
  readonly deletionDesk: DeletionDesk | undefined
  readonly ledger: Ledger
  readonly archive: LedgerArchive
  readonly revisions: Revisions
  /** What partner types there are: the public list says what each can carry. */
  readonly types: ReadonlyMap<string, RegisteredType>
  /** Routes of the live revision. */
  readonly routes: () => Routes
  readonly countryOf: CountryReader
  /** Country and US state of an address; undefined where nobody knows, or no database is configured. */
  readonly placeOf: IpPlaces['lookup']
  readonly limits: IngressLimits
  /** Networks whose `X-Forwarded-For` is believed: CIDRs. Empty = the socket's peer is the client. */
  readonly trustedProxies: readonly string[]
  /** Where SDKs reach this gateway from outside, `host[:port]/v1`; else the request's own host. */
  readonly publicApiHost: string | undefined
  /** Resolves to the user id that a person's token proves. */
  readonly verifyUser: VerifyUser
  readonly eventRefOf: (app: string, messageId: string) => EventRef
  readonly now: () => EpochMs
  readonly newMessageId: () => string
  readonly stopping: () => boolean
  readonly observe: IngressObserver
}
