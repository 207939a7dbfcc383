/** Shapes of what `verify.mjs` exports, for those who check types. */
import type { KeyObject } from 'node:crypto'

export interface TrustedKey {
  readonly name: string
  readonly id: string
  readonly key: KeyObject
}
/** Its message is the sentence that says why. */
export class Refused extends Error {}
export function trustedKeys(text: string): readonly TrustedKey[]
/** Each resolves to a sentence that says what is verified, or throws `Refused`. */
export function verifyReceipt(receipt: unknown, keys: readonly TrustedKey[]): string
export function verifyStatement(statement: unknown, keys: readonly TrustedKey[]): string
export function verifyPack(
  lines: Iterable<string> | AsyncIterable<string>,
  keys: readonly TrustedKey[],
  asked?: { readonly seed?: string; readonly checkpoint?: string },
): Promise<string>
export function verifyRoster(list: unknown, keys: readonly TrustedKey[]): string
/** The record that a sample draws at step `n`. */
export function drawn(rootText: string, seed: string, n: number, floor: number, size: number): number
/** What a record says, by the names of docs/ledger-format.md. */
export function readLeaf(leaf: Uint8Array): Readonly<Record<string, unknown>>
