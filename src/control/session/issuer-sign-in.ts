/**
 * Signing in at the issuer: authorization code with PKCE (RFC 6749 §4.1, RFC 7636, RFC 9700 §2.1, OpenID Connect Core §3.1).
 * The gateway is the client: the browser carries only the code and never sees a token. oauth4webapi validates the answer;
 * jose then verifies the ID token with the issuer's keys.
 */
import { createHash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import * as oauth from 'oauth4webapi'
import type { OidcSignIn } from '../../contracts/config.ts'
import type { EpochMs } from '../../model/brand.ts'

/** Longest stay at the issuer's sign-in page. */
export const AWAY_MS = 10 * 60_000
/** Most pending sign-ins; beyond that the oldest must start over. */
const MAX_AWAY = 500
/** Cache lifetime of the issuer's metadata. */
const METADATA_MS = 10 * 60_000
const TIMEOUT_MS = 5_000
/** Most bytes of an issuer's answer. */
const MAX_ANSWER = 262_144

/** Sign-in failures; the console has a sentence for each. */
export const SIGN_IN_FAILURES = ['declined', 'stale', 'invalid', 'unavailable', 'no_role', 'rate'] as const
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number]

export class SignInFailed extends Error {
  readonly why: SignInFailure
  constructor(why: SignInFailure, cause?: unknown) {
    super(why, { cause })
    this.why = why
  }
}

/** The issuer's tokens. The ID token's signature is not checked here. */
export interface IssuedTokens {
  readonly idToken: string
  /** Undefined if the issuer returns none: the session then ends with its ID token. */
  readonly refreshToken: string | undefined
}

export interface IssuerSignIn {
  /** The URL to redirect to, and the secret for the browser's cookie. */
  begin(): Promise<{ readonly url: string; readonly ticket: string }>
  /** Consumes the ticket. Rejects with `SignInFailed`. */
  finish(ticket: string | undefined, answer: URLSearchParams): Promise<IssuedTokens>
  /** Rejects with `SignInFailed`: `unavailable` if the issuer did not answer, else `invalid`. */
  renew(refreshToken: string): Promise<IssuedTokens>
  /**
   * Where to send a browser that signed out here, so that the issuer ends its session too (OpenID Connect RP-Initiated Logout 1.0);
   * undefined where the issuer has no such place, or cannot be asked. Has the ID token in it, without which some issuers refuse.
   */
  exit(idToken: string): Promise<string | undefined>
}

export interface IssuerSignInDeps {
  readonly issuer: string
  readonly signIn: OidcSignIn
  /** Tolerated clock difference to the issuer. */
  readonly clockSkewSeconds: number
  /** Undefined for a public client. Throws if unreadable. */
  readonly secret: (() => string) | undefined
  readonly now: () => EpochMs
}

interface Away {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly until: EpochMs
}

export function createIssuerSignIn(deps: IssuerSignInDeps): IssuerSignIn {
  const { issuer, signIn, clockSkewSeconds, secret, now } = deps
  const client: oauth.Client = { client_id: signIn.clientId, [oauth.clockTolerance]: clockSkewSeconds }
  const away = new LRUCache<string, Away>({ max: MAX_AWAY })
  const reach = {
    // The configuration allows http only for an issuer on this machine.
    [oauth.allowInsecureRequests]: issuer.startsWith('http:'),
    [oauth.customFetch]: boundedFetch,
    signal: () => AbortSignal.timeout(TIMEOUT_MS),
  }
  let metadata: { readonly server: Promise<oauth.AuthorizationServer>; readonly until: EpochMs } | undefined
  const discover = async (): Promise<oauth.AuthorizationServer> => {
    const url = new URL(issuer)
    return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, reach))
  }
  const serverOf = (): Promise<oauth.AuthorizationServer> => {
    if (metadata === undefined || now() >= metadata.until) {
      metadata = { server: discover(), until: now() + METADATA_MS }
      // Do not cache a failure.
      metadata.server.catch(() => {
        metadata = undefined
      })
    }
    return metadata.server
  }
  const authOf = (server: oauth.AuthorizationServer): oauth.ClientAuth => {
    if (secret === undefined) return oauth.None()
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    return methods.includes('client_secret_basic')
      ? oauth.ClientSecretBasic(secret())
      : oauth.ClientSecretPost(secret())
  }

  return {
    begin: async () => {
      const server = await orUnavailable(serverOf)
      const entrance = server.authorization_endpoint
      // Metadata is untrusted: redirect only to an endpoint as secure as the issuer itself.
      if (entrance === undefined || !isAsSafe(entrance, issuer)) throw new SignInFailed('unavailable')
      const one: Away = {
        state: oauth.generateRandomState(),
        nonce: oauth.generateRandomNonce(),
        verifier: oauth.generateRandomCodeVerifier(),
        until: now() + AWAY_MS,
      }
      const ticket = randomBytes(32).toString('base64url')
      away.set(hashOf(ticket), one)
      const url = new URL(entrance)
      const asked = {
        client_id: signIn.clientId,
        redirect_uri: signIn.redirectUri,
        response_type: 'code',
        scope: signIn.scopes.join(' '),
        code_challenge: await oauth.calculatePKCECodeChallenge(one.verifier),
        code_challenge_method: 'S256',
        state: one.state,
        nonce: one.nonce,
      }
      for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
      return { url: url.href, ticket }
    },
    finish: async (ticket, answer) => {
      const one = away.get(hashOf(ticket ?? ''))
      away.delete(hashOf(ticket ?? ''))
      if (one === undefined || now() >= one.until) throw new SignInFailed('stale')
      const server = await orUnavailable(serverOf)
      const code = orInvalid(() => validAnswer(server, client, answer, one.state))
      const response = await orUnavailable(() =>
        oauth.authorizationCodeGrantRequest(
          server,
          client,
          authOf(server),
          code,
          signIn.redirectUri,
          one.verifier,
          reach,
        ),
      )
      return tokensOf(() =>
        oauth.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: one.nonce,
          requireIdToken: true,
        }),
      )
    },
    renew: async (refreshToken) => {
      const server = await orUnavailable(serverOf)
      const response = await orUnavailable(() =>
        oauth.refreshTokenGrantRequest(server, client, authOf(server), refreshToken, reach),
      )
      const renewed = await tokensOf(() => oauth.processRefreshTokenResponse(server, client, response))
      return { ...renewed, refreshToken: renewed.refreshToken ?? refreshToken }
    },
    exit: async (idToken) => {
      const { end_session_endpoint: exit } = await serverOf().catch(() => ({ end_session_endpoint: undefined }))
      if (exit === undefined || !isAsSafe(exit, issuer)) return undefined
      const url = new URL(exit)
      url.searchParams.set('id_token_hint', idToken)
      url.searchParams.set('client_id', signIn.clientId)
      return url.href
    },
  }
}

/** Checks `state`, `iss` (RFC 9207), repeated parameters and errors. */
function validAnswer(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  answer: URLSearchParams,
  state: string,
): URLSearchParams {
  try {
    const valid = oauth.validateAuthResponse(server, client, answer, state)
    if (answer.getAll('code').length !== 1) throw new SignInFailed('invalid')
    return valid
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) throw new SignInFailed('declined', error)
    throw error
  }
}

async function tokensOf(read: () => Promise<oauth.TokenEndpointResponse>): Promise<IssuedTokens> {
  try {
    const { id_token: idToken, refresh_token: refreshToken } = await read()
    if (idToken === undefined) throw new SignInFailed('invalid')
    return { idToken, refreshToken }
  } catch (error) {
    if (error instanceof SignInFailed) throw error
    throw new SignInFailed(isOurFault(error) ? 'unavailable' : 'invalid', error)
  }
}

/** The issuer rejects this client, which is not the user's fault. */
function isOurFault(error: unknown): boolean {
  return error instanceof oauth.ResponseBodyError && ['invalid_client', 'unauthorized_client'].includes(error.error)
}

function orInvalid<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof SignInFailed ? error : new SignInFailed('invalid', error)
  }
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof SignInFailed ? error : new SignInFailed('unavailable', error)
  }
}

function isAsSafe(endpoint: string, issuer: string): boolean {
  const scheme = URL.canParse(endpoint) ? new URL(endpoint).protocol : ''
  return scheme === 'https:' || (scheme === 'http:' && issuer.startsWith('http:'))
}

/** Bounds the answer's size, and treats a 5xx as no answer. */
async function boundedFetch(url: string, init: oauth.CustomFetchOptions<string, unknown>): Promise<Response> {
  const response = await fetch(url, init as RequestInit)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_ANSWER) throw new TypeError('the issuer’s answer is too long')
    chunks.push(chunk)
  }
  const { status, headers } = response
  if (status >= 500) throw new TypeError(`the issuer answered ${status}`)
  return new Response(status === 204 || status === 304 ? null : Buffer.concat(chunks), { status, headers })
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
