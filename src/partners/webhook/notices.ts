/**
 * Notices in our own JSON about an opt-out, its withdrawal or a deletion: one identifier per request, signed. A receiver that is
 * an OpenDSR processor gets deletions in that protocol.
 */
import { timingSafeEqual } from 'node:crypto'
import type { FieldClass } from '../../model/field-class.ts'
import { jsonOf } from '../kit/answer.ts'
import { customHeaders } from '../kit/custom-headers.ts'
import { isSuccess, noticeRule } from '../kit/notice-answers.ts'
import type {
  CallbackHmac,
  CallbackReading,
  CallbackRequest,
  NoticeAnswer,
  NoticeCall,
  NoticeEncoder,
  NoticeFacts,
  NoticeParts,
  NoticeRequest,
  ToldVerb,
} from '../kit/notices.ts'
import { OPENDSR_ERASURE, openDsrUnder } from '../kit/opendsr-settings.ts'
import type { WebhookConnection } from './connection.ts'

const IDENTIFIERS =
  'advertising_id vendor_id device_id user_id anonymous_id push_token partner_id click_id email phone'.split(
    ' ',
  ) as readonly FieldClass[]

const DOC =
  "Sluice's own JSON (docs/notices.md); the header webhook-id as Standard Webhooks has it (standardwebhooks.com)"

/** @param verb `opt_out` can be undone by `opt_in`; a deletion cannot */
function call(verb: ToldVerb): NoticeCall<WebhookConnection> {
  return {
    takes: Object.fromEntries(IDENTIFIERS.map((name) => [name, 'any' as const])),
    reversible: verb !== 'erase',
    idempotent: ({ notices, opendsr }) => (verb === 'erase' && opendsr !== undefined) || notices?.repeatable === true,
    certainty: 'A',
    doc: verb === 'erase' ? `${DOC}; with \`connection.opendsr\`: ${OPENDSR_ERASURE.doc}` : DOC,
    under: (connection) => {
      const { notices, opendsr } = connection
      if (verb === 'erase' && opendsr !== undefined) return openDsrUnder(opendsr, 'opendsr')
      return notices?.verbs.includes(verb) === true ? encoderUnder(connection) : undefined
    },
  }
}

export const WEBHOOK_NOTICES: NoticeParts<WebhookConnection> = {
  calls: { opt_out: call('opt_out'), opt_in: call('opt_in'), erase: call('erase') },
  otherwise:
    'Notices are sent if `connection.notices` is set; without it, opt-outs reach the receiver only as `privacy` of later events.',
}

function encoderUnder({ url, headers, signature, notices }: WebhookConnection): NoticeEncoder | undefined {
  if (notices === undefined || signature === undefined) return undefined
  const to = new URL(notices.url ?? url)
  const own = customHeaders(headers)
  const sign = { ...signature, key: 'signature.key' }
  const said = saidUnder(notices.done)
  return {
    request: (facts): NoticeRequest => ({
      method: 'POST',
      origin: to.origin,
      path: to.pathname + to.search,
      headers: { 'Content-Type': 'application/json', ...own, 'Webhook-Id': facts.id },
      body: bodyOf(facts),
      sign,
    }),
    answer: said,
    ...(notices.status_url === undefined
      ? {}
      : {
          status: {
            request: ({ id }: NoticeFacts): NoticeRequest => {
              const at = new URL(notices.status_url!.replace('{id}', id))
              // Not signed: a GET has no body, and the id in the address is random.
              return { method: 'GET', origin: at.origin, path: at.pathname + at.search, headers: own, body: '' }
            },
            answer: said,
          },
        }),
    callback: (request, hmac) => callbackOf(request, signature, hmac, notices.done),
  }
}

function bodyOf({ id, verb, identifier, app, day, callback }: NoticeFacts): string {
  return JSON.stringify({
    notice: id,
    verb,
    identifier: {
      type: identifier.class,
      ...(identifier.kind === '' ? {} : { kind: identifier.kind }),
      value: identifier.value,
      pseudonym: identifier.isPseudonym,
    },
    app: app.id,
    day,
    ...(callback === undefined ? {} : { callback }),
  })
}

const STATES = ['confirmed', 'accepted', 'in_progress', 'refused', 'no_match'] as const

/** `{"state": …}` if the receiver sends one; a bare 2xx means what the contract states. */
function saidUnder(done: 'accepted' | 'confirmed'): NoticeEncoder['answer'] {
  return noticeRule((answer) => {
    const said = stateIn(jsonOf(answer).state)
    if (isSuccess(answer)) return said ?? { state: done }
    return answer.status < 500 && said?.state === 'no_match' ? said : undefined
  })
}

function stateIn(word: unknown): NoticeAnswer | undefined {
  const state = STATES.find((one) => one === word)
  return state === undefined ? undefined : { state }
}

function callbackOf(
  { headers, body }: CallbackRequest,
  signature: NonNullable<WebhookConnection['signature']>,
  hmac: CallbackHmac,
  done: 'accepted' | 'confirmed',
): CallbackReading {
  const given = headers[signature.header.toLowerCase()]
  const due = signature.prefix + hmac('signature.key', signature.algorithm, body)
  if (typeof given !== 'string' || !isEqual(given, due)) return { kind: 'unsigned' }
  const { notice, state } = jsonOf({ status: 200, headers: {}, body })
  if (typeof notice !== 'string') return { kind: 'malformed' }
  const answer = state === undefined ? ({ state: done } as const) : stateIn(state)
  return answer === undefined ? { kind: 'malformed' } : { kind: 'said', id: notice, answer }
}

function isEqual(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
