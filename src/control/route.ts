/**
 * One route of the ops API. The request is checked by the schemas, Express is mounted from the same table, the OpenAPI
 * description is generated from it, and roles and the audit trail come from it: a route that is not here does not exist.
 */
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import { type Actor, STAFF_ROLES, type StaffRole } from '../model/actor.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { Effect } from './access/audit.ts'
import type { ControlDeps } from './deps.ts'

/** Every member of staff; `aggregate` is for third parties, who see released tables and nothing else. */
export const ALL_STAFF: readonly StaffRole[] = STAFF_ROLES.filter((role) => role !== 'aggregate')

/** A checked call: values are what the route's schemas made of them. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly actor: Actor
  /** The value of `If-Match` without quotes; undefined where the route takes none, or none came. */
  readonly ifMatch: string | undefined
  /** Of the body, without parameters; `''` where there is none. */
  readonly contentType: string
  /** The body of routes that read it themselves (`stream`), piece by piece. Throws `ERR_BODY_TOO_LARGE` when it is. */
  readonly pieces: AsyncIterable<Uint8Array>
}

/** One way a call is answered when it succeeds. Tests hold answers against it; at run time nothing does. */
export interface AnswerFacts {
  readonly says: string
  /** A JSON body of this shape. */
  readonly shape?: z.ZodType
  /** Or a stream of one of these media types. */
  readonly types?: readonly string[]
}
export type Answers = Readonly<Record<number, AnswerFacts>>

export interface JsonAnswer<Body> {
  /** Default 200. */
  readonly status?: number
  readonly body: Body
  /** Names this state of what was asked for; sent as a strong ETag, and `If-None-Match` is honoured. */
  readonly etag?: string
}
export interface StreamAnswer {
  readonly stream: Readable
  readonly type: string
}
type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T
type BodyOf<A extends Answers> = {
  [Status in keyof A]: A[Status] extends { readonly shape: infer Shape extends z.ZodType }
    ? Frozen<z.input<Shape>>
    : never
}[keyof A]
export type Answer<A extends Answers> = JsonAnswer<BodyOf<A>> | StreamAnswer

/** A call that works against a gateway with the shipped configuration; tests run every one. */
export interface Example {
  readonly title: string
  /** `$name` stands for what an earlier example of the table kept under that name. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** The status it is answered with. Default 200. */
  readonly status?: number
  /** Name → key of the answer's body (`handle`, `items.0.id`; `etag` for the header) to keep for later examples. */
  readonly keeps?: Readonly<Record<string, string>>
}

interface Definition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends Answers> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With parameters as OpenAPI writes them: `/api/v1/partners/{id}/stop`. */
  readonly path: `/api/v1/${string}`
  /** Unique; what the audit trail and generated clients call it. */
  readonly id: string
  /** What it is about: one of the words of `docs/control-api.md`. */
  readonly tag: string
  /** One sentence. */
  readonly summary: string
  /** More, where a caller needs more. */
  readonly notes?: string
  /** Whoever holds one of them may call. */
  readonly roles: readonly StaffRole[]
  readonly effect: Effect
  readonly params?: P
  readonly query?: Q
  /** A JSON body of this shape. */
  readonly body?: B
  /** Or media types of a body that the handler reads from `pieces` itself. */
  readonly stream?: readonly string[]
  /** Whether a change must, or may, name the state that it changes. */
  readonly ifMatch?: 'required' | 'optional'
  /** It waits for something to happen: whoever asked must still be allowed to when it is answered. */
  readonly waits?: true
  /** The answer holds a secret: it is never kept. */
  readonly secret?: true
  readonly answers: A
  /** What it may be refused with, beyond what every call may be refused with. */
  readonly errors: readonly ErrorCode[]
  readonly examples: readonly Example[]
  /** Impersonal facts for the audit trail, such as the partner concerned. */
  readonly facts?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Readonly<Record<string, string | number>>
  /** Where it depends on the request: what this one would do, and who may do that. The call's `effect` and `roles` otherwise. */
  readonly effectOf?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Effect
  readonly rolesOf?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => readonly StaffRole[]
  /** Called once, when the control plane is put together; what it returns serves the calls. */
  readonly handler: (
    deps: ControlDeps,
  ) => (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Answer<A> | Promise<Answer<A>>
}

/** A route whose schemas' types are forgotten: what the table holds. */
export interface Route
  extends Omit<Definition<z.ZodType, z.ZodType, z.ZodType, Answers>, 'facts' | 'effectOf' | 'rolesOf' | 'handler'> {
  readonly effectOf?: (call: AnyCall) => Effect
  readonly rolesOf?: (call: AnyCall) => readonly StaffRole[]
  readonly facts?: (call: AnyCall) => Readonly<Record<string, string | number>>
  readonly handler: (deps: ControlDeps) => (call: AnyCall) => AnyAnswer | Promise<AnyAnswer>
}
export type AnyCall = Call<unknown, unknown, unknown>
export type AnyAnswer = JsonAnswer<unknown> | StreamAnswer

/** Ties a handler to its schemas' types. */
export function route<
  P extends z.ZodType = z.ZodType<undefined>,
  Q extends z.ZodType = z.ZodType<undefined>,
  B extends z.ZodType = z.ZodType<undefined>,
  const A extends Answers = Answers,
>(definition: Definition<P, Q, B, A>): Route {
  // Sound: whoever calls the handler hands it what the definition's own schemas returned.
  return definition as unknown as Route
}

export function isStream(answer: AnyAnswer): answer is StreamAnswer {
  return 'stream' in answer
}
