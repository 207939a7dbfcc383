/**
 * A small OpenID Connect issuer on loopback, as strict as the real ones: discovery, authorize, token, key set, and the end of a session. It registers
 * one client, compares redirect URIs to the letter, asks for PKCE, and gives a code for one exchange. Tests bend one answer at
 * a time.
 */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'

export const CLIENT_ID = 'sluice-console'
export const CLIENT_SECRET = 'a secret: with / marks + and % in it'

/** What a test changes of an honest answer. */
export interface Bend {
  /** Claims of ID tokens, over the honest ones; undefined takes one out. */
  claims?: Record<string, unknown>
  /** How ID tokens are signed. */
  signing?: 'honest' | 'none' | 'another key'
  /** Of the way back, over the honest ones; undefined takes one out. */
  answer?: Record<string, string | undefined>
  /** Over the honest metadata. */
  metadata?: Record<string, unknown>
  /** In place of an answer of the token endpoint. */
  tokenStatus?: number
  /** Of the answer of the token endpoint. */
  tokens?: Record<string, unknown>
}

export interface RealIssuer {
  readonly url: string
  readonly bend: Bend
  /** Whoever is signed in there, with their roles. */
  person: { subject: string; name: string; roles: readonly string[]; expiresIn: number }
  /** Queries of `authorize`, and forms of `token`, as they came. */
  readonly asked: URLSearchParams[]
  readonly exchanged: URLSearchParams[]
  /** ID tokens. */
  readonly issued: string[]
  /** Queries of `end`, as they came. */
  readonly ended: URLSearchParams[]
  /** No refresh token is good any more. */
  revoke(): void
  stop(): Promise<void>
}

interface Granted {
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
}

export async function startRealIssuer(redirectUri: string): Promise<RealIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const another = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] }
  const codes = new Map<string, Granted>()
  const refreshTokens = new Set<string>()
  const asked: URLSearchParams[] = []
  const exchanged: URLSearchParams[] = []
  const issued: string[] = []
  const ended: URLSearchParams[] = []
  const bend: Bend = {}
  let url = ''
  const issuer: { person: RealIssuer['person'] } = {
    person: { subject: 'ann', name: 'Ann', roles: ['staff'], expiresIn: 300 },
  }

  const idToken = async (nonce: string | undefined): Promise<string> => {
    const { subject, name, roles, expiresIn } = issuer.person
    const now = Math.floor(Date.now() / 1_000)
    const honest = { iss: url, sub: subject, aud: CLIENT_ID, iat: now, exp: now + expiresIn, nonce, name, roles }
    const claims = definedOf({ ...honest, ...bend.claims })
    const signing = bend.signing ?? 'honest'
    if (signing === 'none') return new UnsecuredJWT(claims).encode()
    const key: CryptoKey = signing === 'honest' ? privateKey : another.privateKey
    return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key)
  }

  const authorize = (query: URLSearchParams, response: ServerResponse): unknown => {
    asked.push(query)
    const isRegistered = query.get('client_id') === CLIENT_ID && query.get('redirect_uri') === redirectUri
    const asksRightly = query.get('response_type') === 'code' && query.get('code_challenge_method') === 'S256'
    // RFC 6749 §4.1.2.1: never send anybody to an address that is not registered.
    if (!isRegistered || !asksRightly) return json(response, 400, { error: 'invalid_request' })
    const code = randomBytes(16).toString('base64url')
    codes.set(code, {
      challenge: query.get('code_challenge') ?? '',
      nonce: query.get('nonce') ?? '',
      redirectUri,
    })
    const honest = { code, state: query.get('state') ?? '', iss: url }
    const back = new URL(redirectUri)
    for (const [name, value] of Object.entries(definedOf({ ...honest, ...bend.answer })))
      back.searchParams.set(name, String(value))
    return response.writeHead(302, { location: back.href }).end()
  }

  const token = async (form: URLSearchParams, authorization: string, response: ServerResponse): Promise<unknown> => {
    exchanged.push(form)
    if (!isClient(authorization)) return json(response, 401, { error: 'invalid_client' })
    if (bend.tokenStatus !== undefined) return json(response, bend.tokenStatus, { error: 'server_error' })
    const granted = grantOf(form)
    if (granted === undefined) return json(response, 400, { error: 'invalid_grant' })
    const refreshToken = randomBytes(16).toString('base64url')
    refreshTokens.add(refreshToken)
    const signed = await idToken(granted.nonce)
    issued.push(signed)
    return json(response, 200, {
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: issuer.person.expiresIn,
      refresh_token: refreshToken,
      id_token: signed,
      ...bend.tokens,
    })
  }

  /** As strict as those who take a session's own ID token alone. */
  const end = (query: URLSearchParams, response: ServerResponse): unknown => {
    ended.push(query)
    const isOurs = query.get('client_id') === CLIENT_ID && issued.includes(query.get('id_token_hint') ?? '')
    if (!isOurs) return json(response, 400, { error: 'invalid_request' })
    return response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>You are signed out everywhere</h1>')
  }

  /** A code and a refresh token are good once. */
  const grantOf = (form: URLSearchParams): { readonly nonce: string | undefined } | undefined => {
    if (form.get('grant_type') === 'refresh_token')
      return refreshTokens.delete(form.get('refresh_token') ?? '') ? { nonce: undefined } : undefined
    const granted = codes.get(form.get('code') ?? '')
    codes.delete(form.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const isSame = granted?.redirectUri === form.get('redirect_uri') && granted.challenge === challenge
    return isSame ? granted : undefined
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', url)
    if (pathname === '/.well-known/openid-configuration')
      return json(response, 200, { ...metadataOf(url), ...bend.metadata })
    if (pathname === '/keys') return json(response, 200, jwks)
    if (pathname === '/authorize') return authorize(searchParams, response)
    if (pathname === '/token' && request.method === 'POST')
      return token(new URLSearchParams(await textOf(request)), request.headers.authorization ?? '', response)
    if (pathname === '/end') return end(searchParams, response)
    return json(response, 404, {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return Object.assign(issuer, {
    url,
    bend,
    asked,
    exchanged,
    issued,
    ended,
    revoke: () => refreshTokens.clear(),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}

function metadataOf(url: string): Record<string, unknown> {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    jwks_uri: `${url}/keys`,
    end_session_endpoint: `${url}/end`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  }
}

function definedOf(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
function isClient(authorization: string): boolean {
  const [id = '', secret = ''] = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString().split(':')
  const plain = (text: string): string => new URLSearchParams(`x=${text}`).get('x') ?? ''
  return plain(id) === CLIENT_ID && plain(secret) === CLIENT_SECRET
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function json(response: ServerResponse, status: number, body: object): ServerResponse {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  return response.end(JSON.stringify(body))
}
