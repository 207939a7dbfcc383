/** Builds authentication, the list of actors and the audit trail from the configuration. */
import type { ControlConfig, OidcIssuer } from '../../contracts/config.ts'
import type { Ledger } from '../../ledger/ports.ts'
import type { EpochMs } from '../../model/brand.ts'
import { createKeySet } from '../../subjects/key-set.ts'
import { type Access, createAccess } from './access.ts'
import { type ActorBook, type ActorStore, openActors } from './actor-book.ts'
import { type Audit, COUNTED_EVERY_MS, createAudit } from './audit.ts'
import { openBootstrapToken } from './bootstrap-token.ts'
import { type NamedTokens, openNamedTokens } from './named-tokens.ts'
import { createTokenVerifier, type TokenVerifier } from './oidc.ts'
import { createRate, type Rate } from './rates.ts'
import type { SecretStore } from './secrets.ts'

export interface AccessStores {
  readonly actors: ActorStore
  readonly secrets: SecretStore
}

export interface OpenAccessDeps {
  readonly control: ControlConfig
  readonly stores: AccessStores
  /** Where the first bootstrap token is written for the operator. */
  readonly keyFolder: string
  readonly ledger: Pick<Ledger, 'append'>
  /** The keyed reference of an actor in the ledger. */
  readonly referenceOf: (issuer: string, subject: string) => string
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}

export interface OpenedAccess {
  readonly access: Access
  readonly tokens: Pick<NamedTokens, 'list'>
  readonly actors: ActorBook
  readonly audit: Audit
  readonly rates: { readonly actor: Rate; readonly address: Rate }
  /** The clear-text file of the first start still exists. */
  readonly tokenLiesInClear: boolean
  /** Takes in what other processes did. */
  refresh(): Promise<void>
  /** Records the remaining counts. Call before the ledger closes. */
  close(): Promise<void>
}

export async function openAccess(deps: OpenAccessDeps): Promise<OpenedAccess> {
  const { control, stores, keyFolder, ledger, referenceOf, now, failed } = deps
  const { oidc, limits } = control
  const bootstrap = control.bootstrapToken ? await openBootstrapToken(keyFolder, stores.secrets) : undefined
  const tokens = await openNamedTokens(stores.secrets, now)
  const actors = await openActors(stores.actors, now)
  const access = createAccess({
    bootstrap,
    named: tokens,
    ...verifiersOf(oidc, now),
    book: actors,
    failedLogins: createRate(limits.failedLoginsPerMinute, now),
    referenceOf,
  })
  const audit = createAudit({ ledger, note: (actor) => access.note(actor), now, failed })
  const timer = setInterval(() => void audit.flush(), COUNTED_EVERY_MS)
  timer.unref()
  return {
    access,
    tokens,
    actors,
    audit,
    rates: { actor: createRate(limits.actorPerMinute, now), address: createRate(limits.addressPerMinute, now) },
    tokenLiesInClear: bootstrap?.liesInClear() === true,
    refresh: async () => {
      await Promise.all([bootstrap?.refresh(), tokens.refresh(), actors.refresh()])
    },
    close: async () => {
      clearInterval(timer)
      await audit.flush()
    },
  }
}

/** Verifiers for access tokens and for sign-in ID tokens: one issuer and key set, different audiences. */
function verifiersOf(
  oidc: OidcIssuer | undefined,
  now: () => EpochMs,
): { readonly verifier: TokenVerifier | undefined; readonly idTokens: TokenVerifier | undefined } {
  if (oidc === undefined) return { verifier: undefined, idTokens: undefined }
  const keys = createKeySet(oidc.jwks, now)
  return {
    verifier: createTokenVerifier(oidc, keys, now),
    idTokens:
      oidc.signIn === undefined
        ? undefined
        : createTokenVerifier({ ...oidc, audience: oidc.signIn.clientId }, keys, now),
  }
}
