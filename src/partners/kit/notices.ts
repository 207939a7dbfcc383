/**
 * Notices to a partner about a subject whose data it holds: an opt-out, its withdrawal, a deletion. A type declares each call
 * that its partner documents, and states in words what the partner cannot be notified of. Pure, like the rest of a type: it sees
 * one identifier and settings, never a subject, a clock or a secret.
 */
import type { EpochMs, Json } from '../../model/brand.ts'
import type { NoticeVerb } from '../../model/disclosure.ts'
import { DROP, type FieldClass, type Level } from '../../model/field-class.ts'
import type { AppFacts } from '../../model/values.ts'
import type { Connection, PartnerAnswer, PartnerRequest } from './type.ts'

/** Verbs that types implement. `erase`: delete this subject's data. */
export const TOLD_VERBS = ['opt_out', 'opt_in', 'erase'] as const satisfies readonly NoticeVerb[]
export type ToldVerb = (typeof TOLD_VERBS)[number]

/** One identifier, exactly as the partner received it with an event. */
export interface NoticeIdentifier {
  readonly class: FieldClass
  /** `idfa`, `aaid`, … of an advertising id; the partner's own name of a `partner_id` or `click_id`; otherwise `''`. */
  readonly kind: string
  /** As passed to the type's `encode`: in clear text, so hash it here as there. */
  readonly value: string
  /** True if the value is our pseudonym (`p1.…`) instead of a device's id. */
  readonly isPseudonym: boolean
}

/** Everything a request may be built from. No other identifier of the subject, no time of day, no reason. */
export interface NoticeFacts {
  /** Our random id (UUID version 4), the same for every attempt and the status call. Not the id of any record. */
  readonly id: string
  readonly verb: ToldVerb
  readonly identifier: NoticeIdentifier
  readonly app: AppFacts
  /** The day of the subject's request, UTC: `2026-11-30`. Where a time is required, use its midnight. */
  readonly day: string
  /** The day of this attempt. */
  readonly today: string
  /** Address for the partner's status reports; undefined if the gateway has no public address. */
  readonly callback: string | undefined
  /** The first party's signed token about this subject, as it arrived with another company's deletion request. */
  readonly originToken?: string
}

/** `{{token:name}}` in a body is replaced by the token after encoding. */
export function tokenPlaceholder(name: string): string {
  return `{{token:${name}}}`
}

/** A request for this notice only. Secrets are placeholders. */
export interface NoticeRequest extends Omit<PartnerRequest, 'method'> {
  readonly method: PartnerRequest['method'] | 'DELETE'
  /**
   * Tokens (JWS, compact) that the delivery signs with the gateway's own key for deletion requests (ES256), in this order;
   * claims may contain placeholders of earlier ones. `iss` is added if missing.
   */
  readonly tokens?: readonly { readonly name: string; readonly claims: { readonly [claim: string]: Json } }[]
}

/** The meaning of the partner's answer. */
export type NoticeAnswer =
  /** The partner confirms completion. A bare 2xx counts only if its documentation says so. */
  | { readonly state: 'confirmed' }
  /** Received; nothing further is known. */
  | { readonly state: 'accepted' }
  /** Received, not completed: worth a status call. */
  | { readonly state: 'in_progress' }
  /** Final. */
  | { readonly state: 'refused' }
  /** The partner has no record of this identifier. */
  | { readonly state: 'no_match' }
  /** Rejected for now; the same request may succeed later. */
  | { readonly state: 'again'; readonly afterMs?: number }
  /** Received by the partner, but its answer is unreadable. */
  | { readonly state: 'unclear' }

/** A partner's request to the callback address. */
export interface CallbackRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Unparsed. */
  readonly body: string
}
/** Hex HMAC of a text under one of the connection's secrets, by the secret's path (`signature.key`). */
export type CallbackHmac = (key: string, algorithm: 'sha1' | 'sha256', text: string) => string
export type CallbackReading =
  | { readonly kind: 'said'; readonly id: string; readonly answer: NoticeAnswer }
  /** Ignored entirely. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'malformed' }

/** A call, prepared for one connection. */
export interface NoticeEncoder {
  /** True if its requests can include `originToken`: it is kept for no other partner. */
  readonly passesOnTokens?: true
  /** When the last certificate for verifying its answers expires; undefined if there is none. */
  readonly trustedUntil?: EpochMs
  /** Deterministic. Undefined if the partner does not accept this identifier. */
  request(facts: NoticeFacts): NoticeRequest | undefined
  /** @param facts the facts of the request */
  answer(answer: PartnerAnswer, facts: NoticeFacts): NoticeAnswer
  /** Asks for the status by our own id: nothing else of an answer is stored. */
  readonly status?: {
    request(facts: NoticeFacts): NoticeRequest
    answer(answer: PartnerAnswer, facts: NoticeFacts): NoticeAnswer
  }
  /** @param today day of arrival, UTC */
  readonly callback?: (request: CallbackRequest, hmac: CallbackHmac, today: string) => CallbackReading
}

/** `A`: from the partner's own documentation. `B`: from a third party's account. `C`: from memory. */
export type Certainty = 'A' | 'B' | 'C'

/** A type's declaration for one verb. */
export interface NoticeCall<Settings> {
  /** Accepted identifiers and their kinds. */
  readonly takes: Readonly<Partial<Record<FieldClass, readonly string[] | 'any'>>>
  /** False if the partner can never undo it: a contract must then ask for it explicitly. */
  readonly reversible: boolean
  /** True if repeating it has no further effect: only then is an attempt with an unknown outcome repeated. */
  readonly idempotent: boolean | ((settings: Settings) => boolean)
  /** `B` and `C` stay off until the contract's `notify.confirmed` states how an operator verified the interface. */
  readonly certainty: Certainty
  /** Title, address and date of the documentation. */
  readonly doc: string
  /** Undefined if the settings lack what the call needs. Called once per connection. */
  readonly under: (settings: Settings) => NoticeEncoder | undefined
}

/** A type's `notices`. */
export interface NoticeParts<Settings> {
  readonly calls: Readonly<Partial<Record<ToldVerb, NoticeCall<Settings>>>>
  /** For the documentation: what the partner cannot be notified of, and the alternative; '' if there is nothing to add. */
  readonly otherwise: string
}

/** A call as held by the registry. */
export interface NoticeAbility extends Omit<NoticeCall<never>, 'idempotent' | 'under'> {
  readonly idempotent: (connection: Connection) => boolean
  readonly under: (connection: Connection) => NoticeEncoder | undefined
}
export interface NoticeAbilities {
  readonly calls: Readonly<Partial<Record<ToldVerb, NoticeAbility>>>
  readonly otherwise: string
}

/** True if a call accepts identifiers of this class and kind. */
export function takesIdentifier(
  { takes }: Pick<NoticeAbility, 'takes'>,
  { class: of, kind }: Pick<NoticeIdentifier, 'class' | 'kind'>,
): boolean {
  const kinds = takes[of]
  return kinds === 'any' || (kinds?.includes(kind) ?? false)
}

/** Makes no request for identifiers that the call does not accept, whatever its encoder does. */
function taking(encoder: NoticeEncoder, call: Pick<NoticeAbility, 'takes'>): NoticeEncoder {
  const request: NoticeEncoder['request'] = (facts) =>
    takesIdentifier(call, facts.identifier) ? encoder.request(facts) : undefined
  return { ...encoder, request }
}

export function noticeAbilities<Settings>(
  { calls, otherwise }: NoticeParts<Settings>,
  settingsOf: (connection: Connection) => Settings,
): NoticeAbilities {
  const abilityOf = (call: NoticeCall<Settings>): NoticeAbility => {
    const { idempotent, under, ...facts } = call
    const encoders = new WeakMap<Connection, { readonly encoder: NoticeEncoder | undefined }>()
    return {
      ...facts,
      idempotent: (connection) => (typeof idempotent === 'boolean' ? idempotent : idempotent(settingsOf(connection))),
      under: (connection) => {
        let known = encoders.get(connection)
        if (known === undefined) {
          const encoder = under(settingsOf(connection))
          known = { encoder: encoder && taking(encoder, call) }
          encoders.set(connection, known)
        }
        return known.encoder
      },
    }
  }
  const entries = TOLD_VERBS.flatMap((verb) => {
    const call = calls[verb]
    return call === undefined ? [] : [[verb, abilityOf(call)] as const]
  })
  return { calls: Object.fromEntries(entries), otherwise }
}

/**
 * What is wrong with declared calls, tried on the type's own sample; undefined if each makes a request.
 * @param abilities the type's own: a partner is never notified with an identifier it cannot have
 */
export function noticesProblem(
  { calls, otherwise }: NoticeAbilities,
  sample: Connection,
  app: AppFacts,
  abilities: Readonly<Partial<Record<FieldClass, Level>>>,
): string | undefined {
  if (Object.keys(calls).length === 0 && otherwise === '')
    return '`notices` has no call, and does not say in words what there is in its stead'
  for (const verb of TOLD_VERBS) {
    const call = calls[verb]
    const why = call && callProblem(call, verb, sample, app, abilities)
    if (why !== undefined) return `its call ${verb} ${why}`
  }
  return undefined
}

function callProblem(
  call: NoticeAbility,
  verb: ToldVerb,
  sample: Connection,
  app: AppFacts,
  abilities: Readonly<Partial<Record<FieldClass, Level>>>,
): string | undefined {
  if (call.doc === '') return 'does not say what it was built from'
  const encoder = call.under(sample)
  if (encoder === undefined) return 'is not set up by the sample connection'
  // Sound: the keys of `takes` are field classes.
  const taken = Object.entries(call.takes) as [FieldClass, readonly string[] | 'any'][]
  if (taken.length === 0) return 'takes no identifier'
  const never = taken.find(([of]) => (abilities[of] ?? DROP) === DROP)
  if (never !== undefined) return `takes ${never[0]}, which \`abilities\` has no place for: the partner never had one`
  for (const [of, kinds] of taken) {
    const identifiers = (kinds === 'any' ? [''] : kinds).map((kind) => ({ class: of, kind, ...SAMPLE_IDENTIFIER }))
    const requests = identifiers.flatMap((identifier) =>
      // Some ids exist on one platform only.
      PLATFORMS.flatMap((platform) => {
        const request = encoder.request({ ...SAMPLE_FACTS, verb, identifier, app: { ...app, platform } })
        return request === undefined ? [] : [request]
      }),
    )
    if (requests.length === 0) return `takes ${of} and makes no request of it`
    const lost = requests.flatMap((request) => {
      const all = JSON.stringify([request.path, request.body, request.headers, request.tokens])
      return (request.tokens ?? []).filter(({ name }) => !all.includes(tokenPlaceholder(name)))
    })
    if (lost[0] !== undefined) return `signs the token ${lost[0].name}, which has no place in its request`
  }
  return undefined
}
const PLATFORMS = ['ios', 'android'] as const
const SAMPLE_IDENTIFIER = { value: '6d92078a-8246-4ba4-ae5b-76104861e7dc', isPseudonym: false } as const
const SAMPLE_FACTS = {
  id: '5f2b2c1e-8f0a-4c55-9d3e-2f1f0e7d6c5b',
  day: '2026-11-30',
  today: '2026-12-01',
  callback: undefined,
} as const
