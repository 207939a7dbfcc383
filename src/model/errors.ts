/** Errors a caller cannot recover from, and the public codes. Each code is one line in `docs/errors.md`. */

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
  ERR_BODY_CHARSET: {
    status: 400,
    retry: false,
    says: 'The charset of Content-Type is not known here, or the body is not written in it. Send UTF-8.',
  },
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
  ERR_LEDGER_PRUNED: { status: 410, retry: false, says: 'The required part of the ledger is no longer kept.' },
  ERR_NOTICES_UNAVAILABLE: {
    status: 503,
    retry: true,
    says: 'Notices to partners cannot be read or written right now.',
  },
  ERR_CHOICES_UNAVAILABLE: { status: 503, retry: true, says: 'Choices cannot be read or written right now.' },
  ERR_OWNER_UNAVAILABLE: {
    status: 503,
    retry: true,
    says: 'A cell that keeps data of one of these users does not answer right now.',
  },
  ERR_CELL_UNAVAILABLE: { status: 503, retry: true, says: 'The cell that has this does not answer right now.' },
  ERR_SETTINGS_UNAVAILABLE: {
    status: 503,
    retry: true,
    says: 'What operators decide for all cells cannot be read or written right now: their database does not answer.',
  },
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
    says: 'The keys of the token issuer are unavailable right now. The bootstrap token still works for operators.',
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
  ERR_CSRF: {
    status: 403,
    retry: false,
    says: 'The call came with the console’s cookie and without the token of its page. Reload the page.',
  },
  ERR_SESSION_OTHER: {
    status: 409,
    retry: false,
    says: 'The browser is signed in as another user. Send replace: true to sign in instead.',
  },
  ERR_ROLE: { status: 403, retry: false, says: 'None of your roles may make this call; see needs.' },
  ERR_BOOTSTRAP_ONLY: { status: 403, retry: false, says: 'Only the bootstrap token itself may do this.' },
  ERR_TOKEN_NAME_TAKEN: {
    status: 409,
    retry: false,
    says: 'There is a token of this name already: remove it first. Or there are as many as there may be; see most.',
  },
  ERR_REQUEST_INVALID: {
    status: 422,
    retry: false,
    says: 'The request is not of the documented shape; see problems.',
  },
  ERR_IDEMPOTENCY_REUSED: {
    status: 422,
    retry: false,
    says: 'This Idempotency-Key belongs to another call. Use a new one.',
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
  ERR_NAMESPACE_SHARED: {
    status: 409,
    retry: false,
    says: 'Two issuers share one namespace of user ids, so the user is ambiguous: the id can only be restricted.',
  },
  ERR_LEGAL_HOLD: {
    status: 409,
    retry: false,
    says: 'A legal hold keeps records about this person (GDPR Art. 17(3)(e)): nothing was erased. Ask again when it is released, or ask the contact.',
  },
  ERR_REVISION_DAMAGED: {
    status: 500,
    retry: false,
    says: 'The file of this revision is damaged: the log names it. Restore it from a backup.',
  },
  ERR_CASE_ENDED: { status: 409, retry: false, says: 'The case has ended; see ended.' },
  ERR_CASE_REQUEST: { status: 422, retry: false, says: 'No case can be opened for the request; see problem.' },
  ERR_CASE_STEP: { status: 409, retry: false, says: 'The case cannot take this step; see why.' },
  ERR_EVENT_GONE: { status: 409, retry: false, says: 'The event is no longer kept.' },
  ERR_DISCLOSURE_IN_DOUBT: {
    status: 409,
    retry: false,
    says: 'It may have been disclosed already: another try could disclose it twice.',
  },
  ERR_CURSOR: { status: 422, retry: false, says: 'The cursor is not one of this list. Begin without one.' },
  ERR_MEDIA_TYPE: { status: 415, retry: false, says: 'This call takes another content type; see allowed.' },
  ERR_CHOICE_WIDENS: { status: 403, retry: false, says: 'With the write key alone a choice may only narrow.' },
  ERR_FORM: {
    status: 403,
    retry: false,
    says: 'The form is not of a page that is open here, or the page was open too long.',
  },
  ERR_LINK: { status: 404, retry: false, says: 'The link was used already, has expired or never existed.' },
  ERR_CHOICE_INVALID: { status: 422, retry: false, says: 'The choice is not of the documented shape.' },
  ERR_IDENTITY_INVALID: { status: 422, retry: false, says: 'The identity is not of the documented shape.' },
  ERR_RELAY_PEOPLE: {
    status: 400,
    retry: false,
    says: 'The request is about several users. Send one request for each.',
  },
  ERR_RELAY_SIZE: {
    status: 400,
    retry: false,
    says: 'The request holds more values, or deeper ones, than can be judged.',
  },
  ERR_FORGET_WITHHELD: {
    status: 503,
    retry: true,
    says: 'The deletion request has not reached the partner; X-Sluice gives the reason. Try again later.',
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
  ERR_ACCOUNTS_LINKED: {
    status: 409,
    retry: false,
    says: 'Accounts are linked to this device: nothing was erased. Verify whose they are, then say whether to include or to leave them.',
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
    says: 'The stop is set, but not every worker has confirmed it; see workers. Send it again.',
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
    says: 'The change widens: give a reason. See words. Nothing changed.',
  },
  ERR_FOUR_EYES: {
    status: 403,
    retry: false,
    says: 'Another person than the author approves or rejects; only the author withdraws.',
  },
  ERR_COMMENTS_FULL: {
    status: 409,
    retry: false,
    says: 'The proposal has 100 comments, the maximum.',
  },
  ERR_PROPOSAL_ENDED: { status: 409, retry: false, says: 'The proposal has ended; see state.' },
  ERR_PROPOSAL_STALE: {
    status: 409,
    retry: false,
    says: 'The proposal was made for a revision that is no longer live, or its time is over. Propose it again.',
  },
  ERR_REBASE_CONFLICT: {
    status: 409,
    retry: false,
    says: 'The live revision changed the same values; see conflicts. Make the change again.',
  },
  ERR_STAGE_IMPOSSIBLE: {
    status: 422,
    retry: false,
    says: 'This cannot be staged or granted for a time; see problems.',
  },
  ERR_TRANSFER_GROUND: {
    status: 422,
    retry: false,
    says: 'A new or wider contract sends to a country for which a law requires a legal basis: name it in transfer_basis. See transfers. Nothing changed.',
  },
  ERR_EXAMINER_UNAVAILABLE: {
    status: 503,
    retry: true,
    says: 'The effect of the change cannot be determined right now, so nothing was widened.',
  },
  ERR_NAME_BLOCKED: {
    status: 409,
    retry: false,
    says: 'The change would grant a blocked name; see names. Nothing changed. The inbox shows who blocked it; unblock it there.',
  },
  ERR_NOT_STAGED: { status: 409, retry: false, says: 'Nothing is staged for this partner.' },
  ERR_INTERNAL: { status: 500, retry: true, says: 'Something went wrong in the gateway.' },
} as const satisfies Record<string, ErrorFacts>
export type ErrorCode = keyof typeof ERROR_CODES

/** Why one event of a request was rejected: `rejected[].code`. None can succeed unchanged. */
export const REJECTION_CODES = {
  EVENT_NOT_OBJECT: 'The event is not a JSON object.',
  EVENT_TOO_LARGE: 'The event, with the context of its batch, is larger than allowed (32 KB as JSON).',
  EVENT_TOO_DEEP: 'Lists and objects are more than 256 deep in one another.',
  EVENT_TYPE_UNKNOWN: 'type must be track, identify, page, screen, group or alias.',
  EVENT_NO_ID: 'userId or anonymousId is needed, as a non-empty string.',
  EVENT_ID_UNREADABLE:
    'An id cannot be read exactly: bytes that are not UTF-8, half a character, a number out of range, a list or object, or over 512 characters.',
  EVENT_NAME_MISSING: 'A track event needs event, a non-empty string.',
  EVENT_MESSAGE_ID: 'messageId must be a string of at most 100 characters.',
} as const
export type RejectionCode = keyof typeof REJECTION_CODES

/** An error answer. It carries a code; its message never repeats input. */
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
