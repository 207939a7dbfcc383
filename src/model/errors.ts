/** Errors a caller cannot go on from, and the codes senders see. Each code is one line in `docs/errors.md`. */

/** HTTP answer, and whether a sender may try the same bytes again. */
export interface ErrorFacts {
  readonly status: number
  readonly retry: boolean
  readonly says: string
}

/** Codes of whole answers. Event-level codes are in `REJECTION_CODES`. */
export const ERROR_CODES = {
  ERR_BODY_NOT_JSON: { status: 400, retry: false, says: 'The body is not JSON.' },
  ERR_BODY_TOO_LARGE: { status: 400, retry: false, says: 'The body is larger than allowed once inflated.' },
  ERR_BODY_ENCODING: { status: 400, retry: false, says: 'Content-Encoding must be gzip or identity, and valid.' },
  ERR_BODY_TYPE: {
    status: 400,
    retry: false,
    says: 'Content-Type must be application/json or text/plain (or the form type some SDKs put on JSON).',
  },
  ERR_BATCH_TOO_MANY: { status: 400, retry: false, says: 'The batch holds more events than allowed.' },
  ERR_BATCH_EMPTY: { status: 400, retry: false, says: 'The request holds no event.' },
  ERR_EVENTS_ALL_BAD: { status: 400, retry: false, says: 'No event in the request can be accepted; see rejected.' },
  ERR_KEY_RETIRED: { status: 400, retry: false, says: 'The write key is retired.' },
  ERR_KEY_MISSING: { status: 400, retry: false, says: 'No write key: send it as the Basic user name or as writeKey.' },
  ERR_KEY_UNKNOWN: {
    status: 503,
    retry: true,
    says: 'The write key is not known (yet). Keep the events and try later.',
  },
  ERR_KEY_UNKNOWN_EXPIRED: { status: 400, retry: false, says: 'The write key is not known and its grace has ended.' },
  ERR_INTAKE_UNAVAILABLE: { status: 503, retry: true, says: 'The events cannot be written to disk right now.' },
  ERR_LEDGER_UNAVAILABLE: { status: 503, retry: true, says: 'The ledger cannot be written right now.' },
  ERR_LEDGER_PRUNED: { status: 410, retry: false, says: 'What this needs of the ledger is no longer kept.' },
  ERR_CHOICES_UNAVAILABLE: { status: 503, retry: true, says: 'Choices cannot be read or written right now.' },
  ERR_STOPPING: { status: 503, retry: true, says: 'The gateway is stopping.' },
  ERR_PRESSURE: { status: 429, retry: true, says: 'Too much is under way. Try again after Retry-After seconds.' },
  ERR_NOT_FOUND: { status: 404, retry: false, says: 'There is nothing at this path.' },
  ERR_METHOD: { status: 405, retry: false, says: 'This path does not take this method.' },
  ERR_TOKEN_MISSING: { status: 401, retry: false, says: 'This call needs a bearer token.' },
  ERR_TOKEN_INVALID: {
    status: 401,
    retry: false,
    says: 'The token is malformed, expired or not from a trusted issuer.',
  },
  ERR_ISSUER_UNAVAILABLE: {
    status: 503,
    retry: true,
    says: 'The keys of the token issuer cannot be had right now. The bootstrap token still works.',
  },
  ERR_RATE: {
    status: 429,
    retry: true,
    says: 'Too many calls, or too many refused tokens. Wait for Retry-After seconds.',
  },
  ERR_HOST: {
    status: 421,
    retry: false,
    says: 'The control plane does not go by the name in Host. Add it to control.hosts.',
  },
  ERR_ORIGIN: {
    status: 403,
    retry: false,
    says: 'A page of another origin called. Add it to control.origins if it may.',
  },
  ERR_ROLE: { status: 403, retry: false, says: 'None of your roles may make this call; see needs.' },
  ERR_BOOTSTRAP_ONLY: { status: 403, retry: false, says: 'Only the bootstrap token itself may ask for its successor.' },
  ERR_REQUEST_INVALID: {
    status: 422,
    retry: false,
    says: 'The request is not of the documented shape; see problems.',
  },
  ERR_IDEMPOTENCY_REUSED: {
    status: 422,
    retry: false,
    says: 'This Idempotency-Key stands for another call. Take a new one.',
  },
  ERR_IDEMPOTENCY_UNDER_WAY: {
    status: 409,
    retry: true,
    says: 'The first call with this Idempotency-Key has not ended.',
  },
  ERR_IDEMPOTENCY_UNKNOWN: {
    status: 409,
    retry: false,
    says: 'The first call with this Idempotency-Key was cut off: look at what it did before you call with a new key.',
  },
  ERR_EVENT_GONE: { status: 409, retry: false, says: 'The event is no longer kept.' },
  ERR_DISCLOSURE_IN_DOUBT: {
    status: 409,
    retry: false,
    says: 'It may have been disclosed already: another try could disclose it twice.',
  },
  ERR_CURSOR: { status: 422, retry: false, says: 'The cursor is not one of this list. Begin without one.' },
  ERR_MEDIA_TYPE: { status: 415, retry: false, says: 'This call takes another content type; see allowed.' },
  ERR_CHOICE_WIDENS: { status: 403, retry: false, says: 'With the write key alone a choice may only narrow.' },
  ERR_CHOICE_INVALID: { status: 422, retry: false, says: 'The choice is not of the documented shape.' },
  ERR_IDENTITY_INVALID: { status: 422, retry: false, says: 'The identity is not of the documented shape.' },
  ERR_RELAY_PEOPLE: {
    status: 400,
    retry: false,
    says: 'The request is about several people. Send one request for each.',
  },
  ERR_RELAY_SIZE: {
    status: 400,
    retry: false,
    says: 'The request holds more values, or deeper ones, than can be judged.',
  },
  ERR_FORGET_WITHHELD: {
    status: 503,
    retry: true,
    says: 'The wish to be forgotten has not reached the partner; X-Sluice says why. Try again later.',
  },
  ERR_PARTNER_DOWN: { status: 502, retry: true, says: 'The partner cannot be reached.' },
  ERR_PARTNER_REDIRECT: {
    status: 502,
    retry: false,
    says: 'The partner answered with a redirect, which is never followed.',
  },
  ERR_PARTNER_SLOW: {
    status: 504,
    retry: false,
    says: 'The partner did not answer in time; whether it acted on the request is not known.',
  },
  ERR_HANDLE_UNKNOWN: { status: 404, retry: false, says: 'The handle is unknown or has expired.' },
  ERR_SIMULATE_INVALID: { status: 422, retry: false, says: 'The simulation request is not of the documented shape.' },
  ERR_CONFIG_INVALID: {
    status: 422,
    retry: false,
    says: 'The configuration has problems; see problems. Nothing changed.',
  },
  ERR_STOP_UNCONFIRMED: {
    status: 503,
    retry: true,
    says: 'The switch is thrown, but not every worker has confirmed it; see workers. Say it again.',
  },
  ERR_REVISION_MOVED: {
    status: 412,
    retry: false,
    says: 'Another revision is live by now. See theirs, yours and conflicts; nothing changed.',
  },
  ERR_FILES_CHANGED: {
    status: 409,
    retry: false,
    says: 'Files were changed on disk meanwhile; see files. Nothing was published.',
  },
  ERR_EDIT_IMPOSSIBLE: { status: 422, retry: false, says: 'The edit cannot be made; see problem.' },
  ERR_REASON_MISSING: {
    status: 422,
    retry: false,
    says: 'This gives somebody more: say why. See words. Nothing changed.',
  },
  ERR_FOUR_EYES: {
    status: 403,
    retry: false,
    says: 'Another person than the author approves or rejects; only the author withdraws.',
  },
  ERR_PROPOSAL_ENDED: { status: 409, retry: false, says: 'The proposal has ended; see state.' },
  ERR_PROPOSAL_STALE: {
    status: 409,
    retry: false,
    says: 'The proposal was made for a revision that is not live, or its time is over. Make it anew.',
  },
  ERR_REBASE_CONFLICT: {
    status: 409,
    retry: false,
    says: 'What is live changed the same things; see conflicts. Make the change anew.',
  },
  ERR_STAGE_IMPOSSIBLE: {
    status: 422,
    retry: false,
    says: 'This cannot be staged or granted for a time; see problems.',
  },
  ERR_EXAMINER_UNAVAILABLE: {
    status: 503,
    retry: true,
    says: 'What the change means cannot be worked out right now, so that nothing became wider.',
  },
  ERR_NOT_STAGED: { status: 409, retry: false, says: 'Nothing is staged for this partner.' },
  ERR_INTERNAL: { status: 500, retry: true, says: 'Something went wrong in the gateway.' },
} as const satisfies Record<string, ErrorFacts>
export type ErrorCode = keyof typeof ERROR_CODES

/** Why one event of a request was not accepted: `rejected[].code`. None can succeed unchanged. */
export const REJECTION_CODES = {
  EVENT_NOT_OBJECT: 'The event is not a JSON object.',
  EVENT_TOO_LARGE: 'The event is larger than allowed (32 KB as JSON).',
  EVENT_TYPE_UNKNOWN: 'type must be track, identify, page, screen, group or alias.',
  EVENT_NO_ID: 'userId or anonymousId is needed, as a non-empty string.',
  EVENT_NAME_MISSING: 'A track event needs event, a non-empty string.',
  EVENT_MESSAGE_ID: 'messageId must be a string of at most 100 characters.',
} as const
export type RejectionCode = keyof typeof REJECTION_CODES

/** An answer that is an error: carries its code; the message never repeats anything a sender sent. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  /** Impersonal details for the answer: limits, positions, field names. */
  readonly details: Readonly<Record<string, unknown>>
  constructor(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(ERROR_CODES[code].says, cause === undefined ? undefined : { cause })
    this.name = 'GatewayError'
    this.code = code
    this.details = details
  }
  get status(): number {
    return ERROR_CODES[this.code].status
  }
}
