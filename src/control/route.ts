/**
 * One route of the ops API. Validation, the Express routes, the OpenAPI description, roles and the audit trail all come from
 * this definition.
 */
import type { Readable } from 'node:stream'
import type { z } from 'zod'
import { type Actor, STAFF_ROLES, type StaffRole } from '../model/actor.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { Effect } from './access/audit.ts'
import type { ControlDeps } from './deps.ts'

/** Every member of staff; `aggregate` is for third parties, who see released tables and nothing else. */
export const ALL_STAFF: readonly StaffRole[] = STAFF_ROLES.filter((role) => role !== 'aggregate')

/** A validated call, with values as parsed by the route's schemas. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly actor: Actor
  /** The value of `If-Match` without quotes; undefined if absent or not supported by the route. */
  readonly ifMatch: string | undefined
  /** Media type of the body, without parameters; `''` without a body. */
  readonly contentType: string
  /** The body in chunks, for routes with `stream`. Throws `ERR_BODY_TOO_LARGE`. */
  readonly pieces: AsyncIterable<Uint8Array>
}

/** A successful answer. Checked by tests, not at run time. */
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
  /** Version of the resource: sent as a strong ETag, and `If-None-Match` is honoured. */
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

/** An example call that works with the shipped configuration; tests run every one. */
export interface Example {
  readonly title: string
  /** `$name` refers to a value kept by an earlier example in the table. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Expected status. Default 200. */
  readonly status?: number
  /** Name → key of the answer's body (`handle`, `items.0.id`; `etag` for the header) to keep for later examples. */
  readonly keeps?: Readonly<Record<string, string>>
}

interface Definition<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, A extends Answers> {
  /** With parameters as OpenAPI writes them: `/api/v1/partners/{id}/stop`. */
  readonly path: `/api/v1/${string}`
  /** Unique; used in the audit trail and in generated clients. */
  readonly id: string
  /** A tag from `docs/control-api.md`, where it is not the one that the table gives its file. */
  readonly tag?: string
  /** One sentence. */
  readonly summary: string
  /** Details for callers. */
  readonly notes?: string
  /** Any of these roles may call. */
  readonly roles: readonly StaffRole[]
  readonly params?: P
  readonly query?: Q
  /** A JSON body of this shape. */
  readonly body?: B
  /** Or media types of a body that the handler reads from `pieces`. */
  readonly stream?: readonly string[]
  /** Whether the call must or may carry `If-Match`. */
  readonly ifMatch?: 'required' | 'optional'
  /** A long poll: authorisation is checked again before the answer. */
  readonly waits?: true
  /** The answer holds a secret and is never stored. */
  readonly secret?: true
  readonly answers: A
  /** Possible errors, besides those of every call. */
  readonly errors: readonly ErrorCode[]
  readonly examples: readonly Example[]
  /** Impersonal facts for the audit trail, such as the partner concerned. */
  readonly facts?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Readonly<Record<string, string | number>>
  /** Effect and roles, if they depend on the request. Default: `effect` and `roles`. */
  readonly effectOf?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Effect
  readonly rolesOf?: (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => readonly StaffRole[]
  /** Called once at start; the returned function serves the calls. */
  readonly handler: (
    deps: ControlDeps,
  ) => (call: Call<z.output<P>, z.output<Q>, z.output<B>>) => Answer<A> | Promise<Answer<A>>
}

/** What is no GET says what it does. */
type Doing =
  | { readonly method: 'GET'; readonly effect?: Effect }
  | { readonly method: 'POST' | 'PUT' | 'DELETE'; readonly effect: Effect }

/** A route with erased schema types, for the table. */
export interface Route
  extends Omit<Definition<z.ZodType, z.ZodType, z.ZodType, Answers>, 'facts' | 'effectOf' | 'rolesOf' | 'handler'> {
  readonly method: Doing['method']
  readonly effect: Effect
  readonly effectOf?: (call: AnyCall) => Effect
  readonly rolesOf?: (call: AnyCall) => readonly StaffRole[]
  readonly facts?: (call: AnyCall) => Readonly<Record<string, string | number>>
  readonly handler: (deps: ControlDeps) => (call: AnyCall) => AnyAnswer | Promise<AnyAnswer>
}
export type TaggedRoute = Route & { readonly tag: string }
export type AnyCall = Call<unknown, unknown, unknown>
export type AnyAnswer = JsonAnswer<unknown> | StreamAnswer

/** Ties a handler to its schemas' types. */
export function route<
  P extends z.ZodType = z.ZodType<undefined>,
  Q extends z.ZodType = z.ZodType<undefined>,
  B extends z.ZodType = z.ZodType<undefined>,
  const A extends Answers = Answers,
>(definition: Definition<P, Q, B, A> & Doing): Route {
  // Sound: the handler is called only with values parsed by the definition's schemas.
  return { effect: 'reads', ...definition } as unknown as Route
}

export function isStream(answer: AnyAnswer): answer is StreamAnswer {
  return 'stream' in answer
}
