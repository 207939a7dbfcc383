/** The configuration once it is checked: what the composition root works with. */
import type { StaffRole } from '../model/actor.ts'
import type { AppPlan, ContractPlan, Policy } from '../model/contract.ts'
import type { DeskSystem } from '../model/desk-system.ts'

/** Where a secret is kept. Relative files are taken from the working directory. */
export type SecretReference = { readonly env: string } | { readonly file: string }

/**
 * The gateway's own keys, 32 bytes each: `index` finds choices and names events, `pseudonym` makes partners' pseudonyms,
 * `commitment` commits to sent bytes, `encryption` wraps the subjects' keys, `signing` signs the ledger, `deletion` signs
 * acknowledgements of deletion requests.
 */
export const KEY_NAMES = ['index', 'pseudonym', 'commitment', 'encryption', 'signing', 'deletion'] as const
export type KeyName = (typeof KEY_NAMES)[number]

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How pairs that were decided against come into the ledger: one record each, or one count a minute. */
export const WITHHELD_WAYS = ['each', 'per_minute'] as const

export interface LedgerConfig {
  /** In every checkpoint. Must not change once anyone remembers one. */
  readonly origin: string
  readonly withheld: (typeof WITHHELD_WAYS)[number]
  readonly segmentLeaves: number
  readonly segmentHours: number
  /** Keeps what was sent, sealed under the person's own key. */
  readonly sealValues: boolean
  /** Months after which a full segment is pruned. */
  readonly retentionMonths: number
  /** Places outside where checkpoints are put. */
  readonly anchors: {
    readonly everySeconds: number
    /** 0: sends never stop for want of an anchor. */
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

/** Signatures by which an issuer's tokens may be signed: asymmetric ones, so that whoever can check cannot make. */
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

/** An OpenID Connect issuer whose tokens say who an operator is. */
export interface OidcIssuer {
  readonly issuer: string
  readonly audience: string
  /** An https URL, or an absolute path. */
  readonly jwks: string
  readonly algorithms: readonly TokenAlgorithm[]
  readonly clockSkewSeconds: number
  /** Names, outermost first, of the claim that holds roles, groups or the like. */
  readonly rolesClaim: readonly string[]
  /** Values of that claim that give each role. */
  readonly roles: Readonly<Record<StaffRole, readonly string[]>>
  /** A claim that names the person to their colleagues; absent: nothing but the subject is kept. */
  readonly nameClaim?: string
  /** Signing in to the console with a browser; absent: by token or link alone. */
  readonly signIn?: OidcSignIn
}

/** The console as a client of the issuer. */
export interface OidcSignIn {
  readonly clientId: string
  /** Absent: a public client, which PKCE alone protects. */
  readonly clientSecret?: SecretReference
  /** As it is registered with the issuer, to the letter. */
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

export interface ControlConfig extends Listen {
  /** Names by which it may be called, besides loopback names, IP addresses and `host`. */
  readonly hosts: readonly string[]
  /** Origins of browser pages that may call, besides its own. */
  readonly origins: readonly string[]
  /** Absolute paths of PEM files. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  readonly metricsToken?: SecretReference
  /** Told when something begins to wait for a person; signed with the secret. */
  readonly webhook?: { readonly url: string; readonly secret: SecretReference }
  readonly bootstrapToken: boolean
  readonly oidc?: OidcIssuer
  readonly limits: {
    readonly actorPerMinute: number
    readonly addressPerMinute: number
    readonly failedLoginsPerMinute: number
  }
}

/** IAB Tech Lab's Data Deletion Request Framework, on our side. */
export interface DeletionRequestsConfig {
  /** Ours: names us in tokens. */
  readonly domain: string
  /** Where others reach `/v1/deletion-requests` of this gateway. */
  readonly endpoint: string
  /** Who may ask, and the file with their keys: their `dsrdelete.json`, or a JWK set. Absolute. */
  readonly requesters: readonly { readonly domain: string; readonly keys: string }[]
}

/** Another system that hands people's requests over, and is told how they go. */
export interface DeskSystemConfig extends DeskSystem {
  readonly secret: SecretReference
  readonly callback?: { readonly url: string; readonly secret: SecretReference } | undefined
}

/** `config/gateway.yaml`: how this process runs. Not part of a revision; changes take effect at the next start. */
export interface GatewayConfig {
  readonly dataPlane: Listen
  readonly control: ControlConfig
  /** Absolute. */
  readonly dataFolder: string
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** A MaxMind-format database that tells the country of an address; absolute. Without it, only events say where they are. */
  readonly ipDatabase?: string
  /** Default: `<data>/keys/<name>.key`, which the composition root makes at the first start. */
  readonly keys: Readonly<Record<KeyName, SecretReference>>
  readonly intake: {
    readonly keepHours: number
    readonly maxAgeHours: number
    readonly dedupeWindowMinutes: number
    readonly dedupeMaxIds: number
  }
  readonly ledger: LedgerConfig
  /** Other companies' requests to delete a person's data; undefined where none are taken. */
  readonly deletionRequests?: DeletionRequestsConfig
  readonly desks: readonly DeskSystemConfig[]
  readonly notices: {
    /** Over which the notices of one request are spread. */
    readonly withinMs: number
    readonly retryMs: number
    /** Where partners reach the data plane; undefined where they cannot. */
    readonly callbackUrl?: string
  }
  readonly limits: { readonly eventBytes: number; readonly batchBytes: number; readonly batchEvents: number }
  readonly pressure: {
    readonly requestsUnderWay: number
    readonly bytesUnderWay: number
    readonly connections: number
    /** From one IPv4 address or IPv6 /64; addresses of `trustedProxies` are exempt. */
    readonly connectionsByAddress: number
    readonly retryAfterSeconds: number
  }
  readonly unknownKeyGraceHours: number
  /** `files`: what the folder says is submitted as it changes. `store`: the API publishes, and files are an export. */
  readonly source: 'files' | 'store'
  /** How often the folder is looked at, in seconds; 0: only when asked. */
  readonly watchSeconds: number
  readonly logLevel: LogLevel
  readonly allowLoopbackPartners: boolean
}

/** What a revision publishes. */
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
  /** The files that the plans were made from, by their path in the folder. */
  readonly texts: Readonly<Record<string, string>>
}
