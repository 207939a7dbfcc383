/** Branded ids, so that a partner id cannot be passed as an app id. */
declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A partner's id: the file name and `id` of its contract. Lower-case letters, digits, `-` and `_`. */
export type PartnerId = Brand<string, 'PartnerId'>
/** An app's id from `config/apps.yaml`. */
export type AppId = Brand<string, 'AppId'>
/** A cell: a process with its own ledger and intake, one of several that share the choices. */
export type NodeId = Brand<string, 'NodeId'>
/** The node id of a process that runs alone. */
export const ONLY_NODE = '0' as NodeId
/** An event's place in the intake. Opaque outside the intake; unique, never reused. */
export type Position = Brand<string, 'Position'>
/** `HMAC-SHA256(index key, identity kind + NUL + normalised value)`, 16 bytes as 32 hex digits; the two highest bits hold the kind. */
export type IdentityKey = Brand<string, 'IdentityKey'>
/** `s` and 32 random hex digits, one per event; the event's references at partners are derived from it (`flow/pair-ref.ts`). */
export type EventSecret = Brand<string, 'EventSecret'>
/** 32 hex digits that identify a pair of event and partner in the ledger without revealing either. */
export type EventRef = Brand<string, 'EventRef'>
/** A random staff handle for a subject, so that no identity is ever in a URL. */
export type Handle = Brand<string, 'Handle'>
/** A revision number, from 1. */
export type Revision = Brand<number, 'Revision'>
/** A disclosure's id: UUID version 7, created with its INTENT. */
export type DisclosureId = Brand<string, 'DisclosureId'>
/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number

/** A value as JSON carries it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** Closes a switch. Prints no value: it might be personal. */
export function never(_: never): never {
  throw new TypeError('unhandled case')
}
