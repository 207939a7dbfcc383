/** The validated configuration, as the composition root uses it. */
import type { StaffRole } from '../model/actor.ts'
import type { AppPlan, ContractPlan, Policy } from '../model/contract.ts'
import type { DeskSystem } from '../model/desk-system.ts'

/** Location of a secret. Relative files are resolved against the working directory. */
export type SecretReference = { readonly env: string } | { readonly file: string }

/**
 * The gateway's own keys, 32 bytes each: `index` finds choices and names events, `pseudonym` derives partners' pseudonyms,
 * `commitment` commits to sent bytes, `encryption` wraps the subjects' keys, `signing` signs the ledger, `deletion` signs
 * acknowledgements of deletion requests.
 */
export const KEY_NAMES = ['index', 'pseudonym', 'commitment', 'encryption', 'signing', 'deletion'] as const
export type KeyName = (typeof KEY_NAMES)[number]

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How withheld pairs enter the ledger: one record each, or one count per minute. */
export const WITHHELD_WAYS = ['each', 'per_minute'] as const

/** Where choices are kept: in the data folder, or in a PostgreSQL that several cells share. */
export const STORAGES = ['embedded', 'cluster'] as const

/** Who makes sure that a replaced primary commits nothing: Patroni with its watchdog, or a managed service that says so. */
export const FENCING_WAYS = ['none', 'patroni', 'managed'] as const

/** The number of a cell, 0 to 63, or the variable that holds it where cells share one file. */
export type CellReference = number | { readonly env: string }

/** This process as one of several that share their choices. */
export interface ClusterConfig {
  readonly cell: CellReference
  /** To `postgres://…` of each server that may be the primary, separated by spaces or lines. */
  readonly database: SecretReference
  readonly fencing: (typeof FENCING_WAYS)[number]
  /** Goes on where a commit waits for no standby: one machine's loss is then the loss of choices. */
  readonly allowSingleCopy: boolean
  /** Where cells hand each user's events to the cell that owns the user; undefined: each keeps what it is sent. */
  readonly internal?: InternalConfig
}

export const OWNER_DOWN_WAYS = ['refuse', 'other_cell'] as const

export interface InternalConfig extends Listen {
  /** The host by which other cells reach this one, in which `{cell}` is its number; `host`, if absent. */
  readonly reachedAt?: string
  /** To PEM texts: this cell's key and certificate, and the certificate of the authority that signs cells' ones. */
  readonly tls: Readonly<Record<'key' | 'cert' | 'ca', SecretReference>>
  readonly whenOwnerDown: (typeof OWNER_DOWN_WAYS)[number]
}

export interface LedgerConfig {
  /** Part of every checkpoint. MUST NOT change once a checkpoint is stored elsewhere. */
  readonly origin: string
  readonly withheld: (typeof WITHHELD_WAYS)[number]
  readonly segmentLeaves: number
  readonly segmentHours: number
  /** Stores sent items, sealed under the subject's key. */
  readonly sealValues: boolean
  /** Months until a full segment is pruned. */
  readonly retentionMonths: number
  /** External locations for checkpoints. */
  readonly anchors: {
    readonly everySeconds: number
    /** 0: sends never stop for lack of an anchor. */
    readonly requiredWithinMinutes: number
    /** Absolute. */
    readonly folder?: string
    readonly webhook?: { readonly url: string; readonly authorization?: SecretReference }
    readonly witnesses: readonly { readonly url: string; readonly key: string }[]
  }
}

export interface Listen {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

/** Signature algorithms for an issuer's tokens. Asymmetric ones only, so that verifiers cannot forge tokens. */
export const TOKEN_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
] as const
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number]

/** An OpenID Connect issuer whose tokens authenticate operators. */
export interface OidcIssuer {
  readonly issuer: string
  readonly audience: string
  /** An https URL, or an absolute path. */
  readonly jwks: string
  readonly algorithms: readonly TokenAlgorithm[]
  readonly clockSkewSeconds: number
  /** Path of the claim that holds roles or groups, outermost name first. */
  readonly rolesClaim: readonly string[]
  /** Claim values that grant each role. */
  readonly roles: Readonly<Record<StaffRole, readonly string[]>>
  /** Claim with the operator's display name; if absent, only the subject is stored. */
  readonly nameClaim?: string
  /** Browser sign-in for the console; if absent, only by token or link. */
  readonly signIn?: OidcSignIn
}

/** The console as a client of the issuer. */
export interface OidcSignIn {
  readonly clientId: string
  /** Absent for a public client, which only PKCE protects. */
  readonly clientSecret?: SecretReference
  /** Exactly as registered with the issuer. */
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

export interface ControlConfig extends Listen {
  /** Accepted host names, besides loopback names, IP addresses and `host`. */
  readonly hosts: readonly string[]
  /** Origins of browser pages that may call the API, besides its own. */
  readonly origins: readonly string[]
  /** Absolute paths of PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly metricsToken?: SecretReference
  /** Notified when something starts to need attention; signed with the secret. */
  readonly webhook?: { readonly url: string; readonly secret: SecretReference }
  readonly bootstrapToken: boolean
  readonly oidc?: OidcIssuer
  readonly limits: {
    readonly actorPerMinute: number
    readonly addressPerMinute: number
    readonly failedLoginsPerMinute: number
  }
}

/** IAB Tech Lab's Data Deletion Request Framework, as a recipient. */
export interface DeletionRequestsConfig {
  /** Our domain: identifies us in tokens. */
  readonly domain: string
  /** Public address of this gateway's `/v1/deletion-requests`. */
  readonly endpoint: string
  /** Permitted requesters with the file of their keys: their `dsrdelete.json`, or a JWK set. Absolute. */
  readonly requesters: readonly { readonly domain: string; readonly keys: string }[]
}

/** An external system that submits privacy requests and receives their status. */
export interface DeskSystemConfig extends DeskSystem {
  readonly secret: SecretReference
  readonly callback?: { readonly url: string; readonly secret: SecretReference } | undefined
}

/** `config/gateway.yaml`: settings of this process. Not part of a revision; changes take effect at the next start. */
export interface GatewayConfig {
  readonly dataPlane: Listen
  readonly control: ControlConfig
  /** Absolute. */
  readonly dataFolder: string
  /** Undefined where the choices are in the data folder. */
  readonly cluster?: ClusterConfig
  /** Data threads; `auto`: by the cores. */
  readonly threads: number | 'auto'
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is trusted. */
  readonly trustedProxies: readonly string[]
  /** A MaxMind-format database that maps addresses to countries; absolute. Without it only events state their place. */
  readonly ipDatabase?: string
  /** Default: `<data>/keys/<name>.key`, created by the composition root at the first start. */
  readonly keys: Readonly<Record<KeyName, SecretReference>>
  readonly intake: {
    readonly keepHours: number
    readonly maxAgeHours: number
    readonly dedupeWindowMinutes: number
    readonly dedupeMaxIds: number
  }
  readonly ledger: LedgerConfig
  /** Deletion requests from other companies; undefined if none are accepted. */
  readonly deletionRequests?: DeletionRequestsConfig
  readonly desks: readonly DeskSystemConfig[]
  readonly notices: {
    /** Period over which the notices of one request are spread. */
    readonly withinMs: number
    readonly retryMs: number
    /** The data plane's address for partners; undefined if they cannot reach it. */
    readonly callbackUrl?: string
  }
  readonly limits: { readonly eventBytes: number; readonly batchBytes: number; readonly batchEvents: number }
  readonly pressure: {
    readonly requestsUnderWay: number
    readonly bytesUnderWay: number
    readonly connections: number
    /** Per IPv4 address or IPv6 /64; addresses of `trustedProxies` are exempt. */
    readonly connectionsByAddress: number
    readonly retryAfterSeconds: number
  }
  readonly unknownKeyGraceHours: number
  /** `files`: changes in the folder are submitted. `store`, and always in a cluster: the API publishes, and files are an export. */
  readonly source: 'files' | 'store'
  /** Interval of checking the folder, in seconds; 0: only on request. */
  readonly watchSeconds: number
  readonly logLevel: LogLevel
  readonly allowLoopbackPartners: boolean
}

/** The content of a revision. */
export interface Plans {
  readonly policy: Policy
  /** Sorted by id. */
  readonly apps: readonly AppPlan[]
  /** Sorted by id. */
  readonly contracts: readonly ContractPlan[]
}

export interface Config {
  readonly gateway: GatewayConfig
  readonly plans: Plans
  /** Source files of the plans, by path within the folder. */
  readonly texts: Readonly<Record<string, string>>
}
