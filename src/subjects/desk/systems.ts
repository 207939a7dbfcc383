/**
 * Translates requests from other systems, and status reports to them. Ketch: the `dsr/v1` messages of its
 * forwarder (github.com/ketch-com/ketch-forwarder, read December 2026). Fides: the body of its policy webhooks
 * (`SecondPartyRequestFormat`, github.com/ethyca/fides, read December 2026). Names and addresses in messages are ignored.
 */
import type { EpochMs } from '../../model/brand.ts'
import type { DeskSystem, SystemKind, SystemTemplate } from '../../model/desk-system.ts'
import type { IdentityKind } from '../../model/event.ts'
import type { Case } from './case.ts'

export interface SystemRequest {
  readonly kind: SystemKind
  /** The system's own reference. */
  readonly reference: string
  readonly received?: EpochMs | undefined
  /** Regime id; undefined if the system's name for the law is not mapped. */
  readonly law?: string | undefined
  /** In the form of `parseIdentities`. */
  readonly identities: Readonly<Partial<Record<IdentityKind, string>>>
  /** Parts of the message to repeat in answers. */
  readonly context: Readonly<Record<string, string>>
}
export type ReadSystemRequest =
  | { readonly ok: true; readonly request: SystemRequest }
  /** The path and the allowed values, never the actual value. */
  | { readonly ok: false; readonly problem: string }

const MAX_REFERENCE = 200
const KETCH_KINDS: Readonly<Record<string, SystemKind>> = {
  AccessRequest: 'access',
  DeleteRequest: 'deletion',
  CorrectionRequest: 'correction',
  RestrictProcessingRequest: 'restriction',
}
/** Ketch's word for a kind in answers: `AccessResponse`, `AccessStatusEvent`. */
const KETCH_WORDS: Readonly<Partial<Record<string, string>>> = {
  access: 'Access',
  deletion: 'Delete',
  correction: 'Correction',
  restriction: 'RestrictProcessing',
}
const FIDES_KINDS: Readonly<Record<string, SystemKind>> = {
  access: 'access',
  erasure: 'deletion',
  consent: 'objection',
  update: 'correction',
}
/** Our refusals → Ketch's denial reasons. */
const KETCH_REASONS: Readonly<Record<string, string>> = {
  not_identified: 'insufficient_verification',
  no_mandate: 'insufficient_verification',
  excessive: 'too_many_requests',
  no_data: 'no_match',
  not_covered: 'claim_not_covered',
}

type Json = unknown

export function readSystemRequest(system: DeskSystem, body: Json): ReadSystemRequest {
  switch (system.format) {
    case 'ketch':
      return readKetch(system, body)
    case 'fides':
      return readFides(system, body)
    default:
      return readTemplate(system, system.template!, body)
  }
}

function readKetch(system: DeskSystem, body: Json): ReadSystemRequest {
  if (at(body, '/apiVersion') !== 'dsr/v1') return problem('/apiVersion', 'dsr/v1')
  const identities: Record<string, string> = {}
  const given = at(body, '/request/identities')
  for (const one of Array.isArray(given) ? given : []) {
    const [space, format = 'raw', value] = ['Space', 'Format', 'Value'].map((part) => at(one, `/identity${part}`))
    // A hash cannot be matched, because our identifiers are keyed.
    if (typeof space === 'string' && format === 'raw') identities[space] = String(value)
  }
  const tenant = at(body, '/metadata/tenant')
  return read(system, {
    kind: [at(body, '/kind'), KETCH_KINDS, '/kind'],
    reference: [at(body, '/metadata/uid'), '/metadata/uid'],
    received: seconds(at(body, '/request/submittedTimestamp')),
    law: at(body, '/request/regulation'),
    identities,
    context: typeof tenant === 'string' ? { tenant: tenant.slice(0, MAX_REFERENCE) } : {},
  })
}

function readFides(system: DeskSystem, body: Json): ReadSystemRequest {
  return read(system, {
    kind: [at(body, '/policy_action'), FIDES_KINDS, '/policy_action'],
    reference: [at(body, '/privacy_request_id'), '/privacy_request_id'],
    received: time(at(body, '/timestamp')),
    law: undefined,
    identities: texts(at(body, '/identity')),
    context: {},
  })
}

function readTemplate(system: DeskSystem, template: SystemTemplate, body: Json): ReadSystemRequest {
  const { kind, kinds, reference, identities, received, law } = template
  return read(system, {
    kind: [at(body, kind), kinds, kind],
    reference: [at(body, reference), reference],
    received: received === undefined ? undefined : time(at(body, received)),
    law: law === undefined ? undefined : at(body, law),
    identities: texts(at(body, identities)),
    context: {},
  })
}

function read(
  { identities: names, laws }: DeskSystem,
  found: {
    readonly kind: readonly [Json, Readonly<Record<string, SystemKind>>, string]
    readonly reference: readonly [Json, string]
    readonly received: EpochMs | undefined
    readonly law: Json
    readonly identities: Readonly<Record<string, string>>
    readonly context: Readonly<Record<string, string>>
  },
): ReadSystemRequest {
  const [word, kinds, where] = found.kind
  const kind = typeof word === 'string' && Object.hasOwn(kinds, word) ? kinds[word] : undefined
  if (kind === undefined) return problem(where, `one of ${Object.keys(kinds).join(', ')}`)
  const [reference, there] = found.reference
  if (typeof reference !== 'string' || !/^[\w.:/-]{1,200}$/u.test(reference))
    return problem(there, 'a reference of up to 200 letters, digits and . : / - _')
  const identities: Partial<Record<IdentityKind, string>> = {}
  for (const [name, ours] of Object.entries(names))
    if (Object.hasOwn(found.identities, name)) identities[ours] = found.identities[name]!
  if (Object.keys(identities).length === 0)
    return problem('identities', `at least one of ${Object.keys(names).join(', ')}, not hashed`)
  const law = typeof found.law === 'string' && Object.hasOwn(laws, found.law) ? laws[found.law] : undefined
  const { received, context } = found
  return { ok: true, request: { kind, reference, received, law, identities, context } }
}

function problem(where: string, allowed: string): ReadSystemRequest {
  return { ok: false, problem: `${where}: must be ${allowed}` }
}

/** The response to a system's request. */
export function acceptedBody({ format }: Pick<DeskSystem, 'format'>, one: Case): object {
  if (format === 'ketch') return ketchMessage(one, 'Response')
  // Fides does not wait for us: the case is answered here.
  if (format === 'fides') return { halt: false }
  return caseData(one)
}

/** The status report as the case progresses. */
export function statusBody({ format }: Pick<DeskSystem, 'format'>, one: Case, now: EpochMs): object {
  if (format === 'ketch') return ketchMessage(one, 'StatusEvent')
  const state = one.ended === undefined ? 'case.changed' : 'case.ended'
  return { type: state, timestamp: new Date(now).toISOString(), data: caseData(one) }
}

function ketchMessage(one: Case, what: 'Response' | 'StatusEvent'): object {
  const { kind, system, ended, due, id } = one
  const denied = ended?.refusal === undefined ? undefined : (KETCH_REASONS[ended.refusal] ?? 'unknown')
  const state = {
    status: statusOf(one),
    ...(denied === undefined ? {} : { reason: denied }),
    ...(statusOf(one) === 'completed' ? { reason: 'executed' } : {}),
    expectedCompletionTimestamp: due / 1_000,
    requestID: id,
  }
  return {
    apiVersion: 'dsr/v1',
    kind: `${KETCH_WORDS[kind] ?? 'Access'}${what}`,
    metadata: { uid: system?.reference ?? '', ...system?.context },
    ...(what === 'Response' ? { response: state } : { event: state }),
  }
}

function statusOf({ ended }: Case): 'in_progress' | 'completed' | 'denied' | 'cancelled' {
  if (ended === undefined) return 'in_progress'
  if (ended.how === 'refused') return 'denied'
  return ended.how === 'withdrawn' ? 'cancelled' : 'completed'
}

function caseData(one: Case): object {
  const { id, kind, system, due, ended } = one
  return {
    case: id,
    reference: system?.reference,
    kind,
    status: statusOf(one),
    due: new Date(due).toISOString().slice(0, 10),
    ...(ended?.refusal === undefined ? {} : { refusal: ended.refusal }),
  }
}

/** RFC 6901; undefined if nothing is there. */
function at(value: Json, pointer: string): Json {
  let found = value
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, Json>>)[name]
  }
  return found
}

function texts(value: Json): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]): readonly (readonly [string, string])[] =>
      typeof one === 'string' || typeof one === 'number' ? [[name, String(one)]] : [],
    ),
  )
}

function seconds(value: Json): EpochMs | undefined {
  return typeof value === 'number' && value > 0 && Number.isSafeInteger(value * 1_000) ? value * 1_000 : undefined
}

function time(value: Json): EpochMs | undefined {
  const parsed = typeof value === 'number' ? (seconds(value) ?? Number.NaN) : Date.parse(String(value))
  return Number.isNaN(parsed) || parsed < 0 ? undefined : parsed
}
