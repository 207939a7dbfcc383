/**
 * Deletion requests to OpenDSR processors (github.com/opengdpr/OpenDSR, specification.md: 2.0 of 8 January 2020, and 1.0 of
 * 23 May 2018, then called OpenGDPR), and to partners with a similar API. The protocol has no opt-out. One identity per request,
 * under an id of its own.
 */
import type { EpochMs, Json } from '../../model/brand.ts'
import type { AppFacts } from '../../model/values.ts'
import { jsonOf } from './answer.ts'
import { jsonText } from './json-text.ts'
import { again, isSuccess, noticeRule } from './notice-answers.ts'
import type {
  CallbackReading,
  CallbackRequest,
  NoticeAnswer,
  NoticeEncoder,
  NoticeFacts,
  NoticeIdentifier,
  NoticeRequest,
} from './notices.ts'
import { checkSignature, type ProcessorSettings, type ProcessorTrust, trustIn } from './opendsr-signature.ts'
import type { PartnerAnswer } from './type.ts'

/** An Identity object, section 5.3. */
export interface OpenDsrIdentity {
  readonly identity_type: string
  readonly identity_value: string
  readonly identity_format: string
}

/** A processor and its variant of the protocol. */
export interface OpenDsrDialect {
  readonly origin: string
  /** For requests; a request's status is at its id below it. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Additional members of every request: constants of the contract, or facts about the app. */
  readonly members: Readonly<Record<string, Json>>
  /** Undefined for an identifier that the processor does not accept. */
  readonly identityOf: (identifier: NoticeIdentifier, app: AppFacts) => OpenDsrIdentity | undefined
  /** Undefined without certificates in the contract: answers are then trusted because of TLS, and no callbacks are requested. */
  readonly processor?: ProcessorSettings | undefined
  /** Interprets errors that the partner documents beyond the protocol. */
  readonly errorOf?: (answer: PartnerAnswer) => NoticeAnswer | undefined
}

export function openDsrErasure(dialect: OpenDsrDialect): NoticeEncoder {
  const { origin, path, headers, members, identityOf, errorOf } = dialect
  const processor = dialect.processor && trustIn(dialect.processor)
  const believed = (answer: PartnerAnswer, { today }: NoticeFacts): boolean =>
    processor === undefined ||
    checkSignature(answer.headers, Buffer.from(answer.body), processor, startOf(today)) === 'good'
  const receipt = noticeRule((answer, facts: NoticeFacts) => {
    if (!isSuccess(answer)) return errorOf?.(answer) ?? errorIn(answer)
    return believed(answer, facts) && isAbout(answer, facts) ? { state: 'in_progress' } : { state: 'unclear' }
  })
  const status = noticeRule((answer, facts: NoticeFacts) => {
    // A failed status call says nothing about the deletion; it is repeated.
    if (!isSuccess(answer)) return errorOf?.(answer) ?? again(answer)
    if (!believed(answer, facts) || !isAbout(answer, facts)) return { state: 'unclear' }
    return stateIn(jsonOf(answer)) ?? { state: 'unclear' }
  })
  return {
    request: (facts) => {
      const identity = identityOf(facts.identifier, facts.app)
      if (identity === undefined) return undefined
      const { id, callback } = facts
      const body = jsonText({
        subject_request_id: id,
        subject_request_type: 'erasure',
        submitted_time: `${facts.day}T00:00:00Z`,
        subject_identities: [identity],
        ...members,
        status_callback_urls: processor === undefined || callback === undefined ? undefined : [callback],
      })
      return { method: 'POST', origin, path, headers: { ...JSON_HEADERS, ...headers }, body }
    },
    answer: receipt,
    status: {
      request: ({ id }): NoticeRequest => ({
        method: 'GET',
        origin,
        path: `${path}/${id}`,
        headers: { Accept: 'application/json', ...headers },
        body: '',
      }),
      answer: status,
    },
    ...(processor === undefined
      ? {}
      : {
          callback: (request, _hmac, today) => callbackOf(request, processor, startOf(today)),
          // Sound: the end of a validity period is a time.
          trustedUntil: Math.max(...processor.certificates.map(({ to }) => to)) as EpochMs,
        }),
  }
}

const JSON_HEADERS = { Accept: 'application/json', 'Content-Type': 'application/json' } as const

/** Certificates are valid or not for whole days here, because a request does not know the time of day. */
function startOf(day: string): EpochMs {
  // Sound: midnight of a day is a time.
  return Date.parse(`${day}T00:00:00Z`) as EpochMs
}

/** The protocol requires every answer to name its request; partners with a similar API may omit it in JSON, which is accepted. */
function isAbout(answer: PartnerAnswer, { id }: NoticeFacts): boolean {
  const { subject_request_id: named } = jsonOf(answer)
  return named === id || (named === undefined && answer.body.trimStart().startsWith('{'))
}

/**
 * The protocol does not define answers to a repeated id or to identities of an open request; a processor that reports one
 * (mParticle's developer pages, Errors, November 2026: 400 "Subject request already exists.", 409) has the request.
 */
function errorIn(answer: PartnerAnswer): NoticeAnswer | undefined {
  if (answer.status === 409) return { state: 'accepted' }
  if (answer.status !== 400) return undefined
  const body = jsonOf(answer)
  const { message } = (typeof body.error === 'object' && body.error !== null ? body.error : body) as {
    readonly message?: unknown
  }
  return typeof message === 'string' && /\balready exists\b/i.test(message) ? { state: 'in_progress' } : undefined
}

/**
 * `request_status` of section 8, with partners' spellings (one public client of Singular's reads `status`), and words for a
 * request that failed, which the protocol lacks (opengdpr/OpenDSR#33, and pull request 16 for drafts). Undefined for any other
 * word.
 */
function stateIn(body: Readonly<Record<string, unknown>>): NoticeAnswer | undefined {
  switch (body.request_status ?? body.status) {
    case 'pending':
    case 'in_progress':
    case 'in-progress':
      return { state: 'in_progress' }
    case 'completed':
      // "A count of results found when fulfilling this request".
      return { state: body.results_count === 0 ? 'no_match' : 'confirmed' }
    case 'cancelled':
    case 'canceled':
    case 'failed':
    case 'error':
    case 'unsatisfiable':
      return { state: 'refused' }
    default:
      return undefined
  }
}

/** The body is read only after its signature is verified (section 8.8). */
function callbackOf({ headers, body }: CallbackRequest, processor: ProcessorTrust, now: EpochMs): CallbackReading {
  if (checkSignature(headers, Buffer.from(body), processor, now) !== 'good') return { kind: 'unsigned' }
  const said = jsonOf({ status: 200, headers: {}, body })
  const answer = stateIn(said)
  const id = said.subject_request_id
  return typeof id === 'string' && answer !== undefined ? { kind: 'said', id, answer } : { kind: 'malformed' }
}
