/** Branded ids: a partner id cannot be passed where an app id is meant. */
declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** A partner's id: the file name and `id` of its contract. Lower-case letters, digits, `-` and `_`. */
export type PartnerId = Brand<string, 'PartnerId'>
/** An app's id from `config/apps.yaml`. */
export type AppId = Brand<string, 'AppId'>
/** A process with a ledger and an intake of its own, among several over the same choices. */
export type NodeId = Brand<string, 'NodeId'>
/** The one there is where a process keeps everything by itself. */
export const ONLY_NODE = '0' as NodeId
/** Where the intake keeps an event. Opaque to everyone but the intake; unique and never reused. */
export type Position = Brand<string, 'Position'>
/** `HMAC-SHA256(index key, identity kind + NUL + normalised value)`, 16 bytes as 32 hex digits; the two highest bits say the kind. */
export type IdentityKey = Brand<string, 'IdentityKey'>
/** An `s` and 32 random hex digits, drawn for an event: its references at partners are made of it (`flow/pair-ref.ts`). */
export type EventSecret = Brand<string, 'EventSecret'>
/** 32 hex digits: names a pair of event and partner in the ledger without saying which. */
export type EventRef = Brand<string, 'EventRef'>
/** A staff handle for a subject: random, so that no identity is ever in a URL. */
export type Handle = Brand<string, 'Handle'>
/** A revision's number, from 1 upwards. */
export type Revision = Brand<number, 'Revision'>
/** A disclosure's id: UUID version 7, made when the intent is written. */
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
