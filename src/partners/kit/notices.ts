/**
 * How a partner is told something about a person whose data it has: of an opt-out, of its lifting, of a deletion. A type
 * declares each call that its partner documents; what it cannot be told it says in words. Pure, as the rest of a type: it
 * sees one identifier and settings, never a person, a clock or a secret.
 */
import type { EpochMs, Json } from '../../model/brand.ts'
import type { NoticeVerb } from '../../model/disclosure.ts'
import { DROP, type FieldClass, type Level } from '../../model/field-class.ts'
import type { AppFacts } from '../../model/values.ts'
import type { Connection, PartnerAnswer, PartnerRequest } from './type.ts'

/** What partners can be told today. `erase`: delete this person's data. */
export const TOLD_VERBS = ['opt_out', 'opt_in', 'erase'] as const satisfies readonly NoticeVerb[]
export type ToldVerb = (typeof TOLD_VERBS)[number]

/** One identifier, exactly as the partner received it with an event. */
export interface NoticeIdentifier {
  readonly class: FieldClass
  /** `idfa`, `aaid`, … of an advertising id; the partner's own name of a `partner_id` or `click_id`; `''` otherwise. */
  readonly kind: string
  /** What the type's `encode` was given: in plain where the type hashes it, so hash it here as there. */
  readonly value: string
  /** The value is a pseudonym of ours (`p1.…`) and no device's id. */
  readonly isPseudonym: boolean
}

/** All that a request may be made of. No other identifier of the person, no moment, no reason. */
export interface NoticeFacts {
  /** Ours, random (UUID version 4), the same for every try and for the status call. Not the id of any record. */
  readonly id: string
  readonly verb: ToldVerb
  readonly identifier: NoticeIdentifier
  readonly app: AppFacts
  /** The day on which the person asked, UTC: `2026-11-30`. Where a moment is asked for, give its midnight. */
  readonly day: string
  /** The day of this try. */
  readonly today: string
  /** Where the partner may report how it goes; undefined where the gateway has no public address. */
  readonly callback: string | undefined
}

/** `{{token:name}}` in a body: its place is taken by the token after encoding. */
export function tokenPlaceholder(name: string): string {
  return `{{token:${name}}}`
}

/** A request by itself: nobody shares it. Secrets are placeholders. */
export interface NoticeRequest extends Omit<PartnerRequest, 'method'> {
  readonly method: PartnerRequest['method'] | 'DELETE'
  /**
   * Tokens (JWS, compact) that the delivery signs with the gateway's own key for deletion requests (ES256), in this order;
   * claims may hold the places of earlier ones. `iss` is added where claims have none.
   */
  readonly tokens?: readonly { readonly name: string; readonly claims: { readonly [claim: string]: Json } }[]
}

/** What the partner's answer means. */
export type NoticeAnswer =
  /** The partner says that it is done. A bare 2xx says so only where its documentation does. */
  | { readonly state: 'confirmed' }
  /** Taken, and no more is known. */
  | { readonly state: 'accepted' }
  /** Taken, and not done yet: worth asking its status. */
  | { readonly state: 'in_progress' }
  /** Final. */
  | { readonly state: 'refused' }
  /** The partner knows nobody by this identifier. */
  | { readonly state: 'no_match' }
  /** Not taken, and the same request may be later. */
  | { readonly state: 'again'; readonly afterMs?: number }
  /** The partner took something, and its answer cannot be read. */
  | { readonly state: 'unclear' }

/** What a partner sent to the callback address. */
export interface CallbackRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** As it came. */
  readonly body: string
}
/** Hex HMAC of a text under one of the connection's secrets, by the secret's path (`signature.key`). */
export type CallbackHmac = (key: string, algorithm: 'sha1' | 'sha256', text: string) => string
export type CallbackReading =
  | { readonly kind: 'said'; readonly id: string; readonly answer: NoticeAnswer }
  /** Nothing in it is believed. */
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'malformed' }

/** A call under one connection. */
export interface NoticeEncoder {
  /** When the last of what its answers are checked with ends; undefined where nothing does. */
  readonly trustedUntil?: EpochMs
  /** Deterministic. Undefined where the partner cannot be told by this identifier. */
  request(facts: NoticeFacts): NoticeRequest | undefined
  /** @param facts what the request was made of */
  answer(answer: PartnerAnswer, facts: NoticeFacts): NoticeAnswer
  /** Asks how it goes, by our own id: nothing else of an answer is kept. */
  readonly status?: {
    request(facts: NoticeFacts): NoticeRequest
    answer(answer: PartnerAnswer, facts: NoticeFacts): NoticeAnswer
  }
  /** @param today the day on which it came, UTC */
  readonly callback?: (request: CallbackRequest, hmac: CallbackHmac, today: string) => CallbackReading
}

/** `A`: the partner's own documentation was read. `B`: somebody else's account of it. `C`: from memory. */
export type Certainty = 'A' | 'B' | 'C'

/** What a type declares of one verb. */
export interface NoticeCall<Settings> {
  /** Identifiers that the call takes, and of which kinds. */
  readonly takes: Readonly<Partial<Record<FieldClass, readonly string[] | 'any'>>>
  /** False where it can never be undone at the partner: then a contract must say that it is wanted. */
  readonly reversible: boolean
  /** True where telling it twice does the same as once: only then is a try repeated of which nobody knows whether it came. */
  readonly idempotent: boolean | ((settings: Settings) => boolean)
  /** `B` and `C` stay off until the contract's `notify.confirmed` says that an operator has made sure. */
  readonly certainty: Certainty
  /** Title, address and date of the page that documents the call. */
  readonly doc: string
  /** Undefined where these settings lack what the call needs. Called once for each connection. */
  readonly under: (settings: Settings) => NoticeEncoder | undefined
}

/** A type's `notices`. */
export interface NoticeParts<Settings> {
  readonly calls: Readonly<Partial<Record<ToldVerb, NoticeCall<Settings>>>>
  /** In words, for the documentation: what the partner cannot be told, and what there is in its stead. '' where there is nothing to say. */
  readonly otherwise: string
}

/** The same as the registry holds it. */
export interface NoticeAbility extends Omit<NoticeCall<never>, 'idempotent' | 'under'> {
  readonly idempotent: (connection: Connection) => boolean
  readonly under: (connection: Connection) => NoticeEncoder | undefined
}
export interface NoticeAbilities {
  readonly calls: Readonly<Partial<Record<ToldVerb, NoticeAbility>>>
  readonly otherwise: string
}

/** True where a call takes identifiers of this class and kind. */
export function takesIdentifier(
  { takes }: Pick<NoticeAbility, 'takes'>,
  { class: of, kind }: Pick<NoticeIdentifier, 'class' | 'kind'>,
): boolean {
  const kinds = takes[of]
  return kinds === 'any' || (kinds?.includes(kind) ?? false)
}

/** Of what a call does not take it makes no request, whatever its encoder would. */
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
 * What is wrong with declared calls, under the type's own sample; undefined where each makes a request.
 * @param abilities the type's own: what a partner never had, it is not told
 */
export function whyNotTelling(
  { calls, otherwise }: NoticeAbilities,
  sample: Connection,
  app: AppFacts,
  abilities: Readonly<Partial<Record<FieldClass, Level>>>,
): string | undefined {
  if (Object.keys(calls).length === 0 && otherwise === '')
    return '`notices` has no call, and does not say in words what there is in its stead'
  for (const verb of TOLD_VERBS) {
    const call = calls[verb]
    const why = call && whyNotCalling(call, verb, sample, app, abilities)
    if (why !== undefined) return `its call ${verb} ${why}`
  }
  return undefined
}

function whyNotCalling(
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
      // Some ids are of one platform alone.
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
