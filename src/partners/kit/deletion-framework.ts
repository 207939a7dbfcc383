/**
 * Deletion requests by IAB Tech Lab's Data Deletion Request Framework 1.0 (InteractiveAdvertisingBureau/Data-Subject-Rights,
 * 6 February 2025): the first party's idJWT, or our own, inside our rqJWT, answered by the recipient's acJWT, which
 * acknowledges receipt only. The framework has no opt-out, no status, no callback. The contract holds the content of the
 * recipient's `dsrdelete.json`.
 */
import { hash } from 'node:crypto'
import { z } from 'zod'
import { tryJson } from '../../model/json-text.ts'
import type { AppFacts } from '../../model/values.ts'
import { jsonOf } from './answer.ts'
import { claimsSignedBy, claimsUnchecked, jwkProblem, type PublicJwk } from './jws.ts'
import { isSuccess, noticeRule } from './notice-answers.ts'
import {
  type NoticeAnswer,
  type NoticeCall,
  type NoticeEncoder,
  type NoticeFacts,
  type NoticeIdentifier,
  tokenPlaceholder,
} from './notices.ts'
import { urlProblem } from './origin.ts'
import { DOMAIN } from './settings.ts'
import type { PartnerAnswer } from './type.ts'

/** Names of identifier types. The framework leaves them to each file: these are from its examples and our own file. */
const TYPES = ['idfa', 'aaid', 'ifv', 'ppuid', 'email'] as const
type Type = (typeof TYPES)[number]
const FORMAT = z.enum(['plaintext', 'sha256', 'sha1', 'md5'])
const VERSION = '1.0'

export const DSRDELETE = z
  .strictObject({
    /** The recipient's eTLD+1, as its tokens' `iss` names it. */
    domain: DOMAIN,
    /** `endpoint` of its dsrdelete.json. */
    endpoint: z.string(),
    /** `identifiers` of the file, type → format. Users known by another identifier are not included. */
    identifiers: z.partialRecord(z.enum(TYPES), FORMAT),
    /** `publicKey` of the file, for verifying its acknowledgements. */
    keys: z.array(z.record(z.string(), z.json())).min(1).max(8),
    /** How the token is sent, which the framework leaves open: as the body, or as `rqJWT` of a JSON object. */
    body: z.enum(['token', 'json']).default('token'),
  })
  .superRefine(({ endpoint, identifiers, keys }, context) => {
    const issue = (path: (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path, message })
    }
    const why = urlProblem(endpoint)
    if (why !== undefined) issue(['endpoint'], why)
    if (Object.keys(identifiers).length === 0) issue(['identifiers'], 'no identifier, so nothing can be deleted')
    for (const [index, key] of keys.entries()) {
      const problem = jwkProblem(key as PublicJwk)
      if (problem !== undefined) issue(['keys', index], problem)
    }
  })
export type DsrDeleteSettings = z.output<typeof DSRDELETE>

/** The deletion call of every type that accepts `DSRDELETE`. */
export const DSRDELETE_ERASURE = {
  takes: { advertising_id: ['idfa', 'aaid'], vendor_id: 'any', user_id: 'any', email: 'any' },
  reversible: false,
  // A second token with the same id may be rejected as reused, which would leave the first one's fate unknown.
  idempotent: false,
  certainty: 'A',
  doc: "IAB Tech Lab's Data Deletion Request Framework 1.0, InteractiveAdvertisingBureau/Data-Subject-Rights, 6 February 2025",
} as const satisfies Omit<NoticeCall<never>, 'under'>

export function dsrDeleteUnder({ domain, endpoint, identifiers, keys, body }: DsrDeleteSettings): NoticeEncoder {
  const { origin, pathname, search } = new URL(endpoint)
  const token = tokenPlaceholder(REQUEST)
  return {
    passesOnTokens: true,
    request: ({ id, identifier, app, day, today, originToken }) => {
      const sub = subjectOf(identifier, app, identifiers)
      if (sub === undefined) return undefined
      const arrived = originToken !== undefined && namesOnly(originToken, identifier, app) ? originToken : undefined
      const identity = { version: VERSION, jti: `${id}.id`, sub, iat: secondsOf(day) }
      const idJWT = arrived ?? tokenPlaceholder(IDENTITY)
      return {
        method: 'POST',
        origin,
        path: pathname + search,
        headers: {
          Accept: 'application/json',
          'Content-Type': body === 'token' ? 'application/jwt' : 'application/json',
        },
        body: body === 'token' ? token : JSON.stringify({ rqJWT: token }),
        tokens: [
          ...(arrived === undefined ? [{ name: IDENTITY, claims: identity }] : []),
          { name: REQUEST, claims: { version: VERSION, idJWT, jti: id, sub, iat: secondsOf(today) } },
        ],
      }
    },
    answer: noticeRule((answer, facts: NoticeFacts) => {
      const code = acknowledged(answer, facts, domain, keys as readonly PublicJwk[])
      if (code === undefined) return isSuccess(answer) ? { state: 'unclear' } : undefined
      return stateOf(code, answer)
    }),
  }
}
const IDENTITY = 'idJWT'
const REQUEST = 'rqJWT'

/** The `raResultCode` of an acknowledgement signed by the recipient for this request. */
function acknowledged(
  answer: PartnerAnswer,
  { id }: NoticeFacts,
  domain: string,
  keys: readonly PublicJwk[],
): number | undefined {
  const text = answer.body.trim()
  const token = text.startsWith('{') ? jsonOf(answer).acJWT : text
  const claims = typeof token === 'string' ? claimsSignedBy(token, keys) : undefined
  if (claims === undefined || claims.iss !== domain || typeof claims.rqJWT !== 'string') return undefined
  // The recipient vouches for the repeated token; its random id identifies the request.
  if (claimsUnchecked(claims.rqJWT)?.jti !== id) return undefined
  const { raResultCode: code } = claims
  return typeof code === 'number' && Number.isInteger(code) ? code : undefined
}

/** 0 is "acknowledged successful receipt", not deletion. 6 is a clock problem. */
function stateOf(code: number, answer: PartnerAnswer): NoticeAnswer {
  if (code === 0) return { state: isSuccess(answer) ? 'accepted' : 'unclear' }
  return { state: code === TIMESTAMP ? 'again' : 'refused' }
}
const TIMESTAMP = 6

/**
 * True if a token names this identifier, which the recipient has, and nothing beside it: a recipient must not learn more. A
 * token with an audience is for nobody else. Which form the token names it in is the first party's choice.
 */
function namesOnly(token: string, identifier: NoticeIdentifier, app: AppFacts): boolean {
  const claims = token.length > MAX_ORIGIN_CHARACTERS ? undefined : claimsUnchecked(token)
  if (claims === undefined || Object.keys(claims).some((claim) => !CLAIMS.includes(claim))) return false
  const sub: unknown = typeof claims.sub === 'string' ? tryJson(claims.sub) : claims.sub
  const named = SUBJECT.safeParse(sub).data
  const had = named && subjectOf(identifier, app, { [named.identifierType]: named.identifierFormat })
  if (named === undefined || had === undefined) return false
  // Device ids are sent in either case.
  const folded = (text: string): string => (named.identifierType === 'ppuid' ? text : text.toLowerCase())
  return folded(named.identifierValue) === folded(had.identifierValue)
}
const CLAIMS: readonly string[] = ['version', 'jti', 'iss', 'sub', 'iat', 'exp', 'nbf']
/** The acknowledgement repeats it, encoded twice, and must still fit. */
const MAX_ORIGIN_CHARACTERS = 8_192
const SUBJECT = z.strictObject({
  identifierValue: z.string(),
  identifierType: z.enum(TYPES),
  identifierFormat: FORMAT,
})

function subjectOf(
  { class: of, kind, value, isPseudonym }: NoticeIdentifier,
  { platform }: AppFacts,
  identifiers: DsrDeleteSettings['identifiers'],
):
  | { readonly identifierValue: string; readonly identifierType: string; readonly identifierFormat: string }
  | undefined {
  const type = typeOf(of, kind, platform)
  const format = type === undefined ? undefined : identifiers[type]
  if (type === undefined || format === undefined || (isPseudonym && of !== 'user_id')) return undefined
  const plain = type === 'email' && format !== 'plaintext' ? value.trim().toLowerCase() : value
  return {
    identifierValue: format === 'plaintext' ? plain : hash(format, plain, 'hex'),
    identifierType: type,
    identifierFormat: format,
  }
}

function typeOf(of: NoticeIdentifier['class'], kind: string, platform: AppFacts['platform']): Type | undefined {
  switch (of) {
    case 'advertising_id':
      return kind === 'idfa' || kind === 'aaid' ? kind : undefined
    case 'vendor_id':
      return platform === 'android' ? undefined : 'ifv'
    case 'user_id':
      return 'ppuid'
    case 'email':
      return 'email'
    default:
      return undefined
  }
}

function secondsOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1_000
}
