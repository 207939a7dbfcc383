/** The configuration once it is checked: what the composition root works with. */
import type { AppPlan, ContractPlan, Policy } from '../model/contract.ts'

/** Where a secret is kept. Relative files are taken from the working directory. */
export type SecretReference = { readonly env: string } | { readonly file: string }

/**
 * The gateway's own keys, 32 bytes each: `index` finds choices and names events, `pseudonym` makes partners' pseudonyms,
 * `commitment` commits to sent bytes, `encryption` wraps what seals waiting events, `signing` signs the ledger.
 */
export const KEY_NAMES = ['index', 'pseudonym', 'commitment', 'encryption', 'signing'] as const
export type KeyName = (typeof KEY_NAMES)[number]

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface Listen {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

/** `config/gateway.yaml`: how this process runs. Not part of a revision; changes take effect at the next start. */
export interface GatewayConfig {
  readonly dataPlane: Listen
  readonly control: Listen
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
  readonly limits: { readonly eventBytes: number; readonly batchBytes: number; readonly batchEvents: number }
  readonly pressure: {
    readonly requestsUnderWay: number
    readonly bytesUnderWay: number
    readonly retryAfterSeconds: number
  }
  readonly unknownKeyGraceHours: number
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
