import type { IdentityKey } from '../../src/model/brand.ts'

export type Order =
  | { readonly kind: 'subjects'; readonly keys: readonly IdentityKey[] }
  | { readonly kind: 'opt-out'; readonly id: number; readonly key: IdentityKey }

export interface Sent {
  readonly key: IdentityKey
  /** When it began: the moment before the last look. */
  readonly at: number
}
export type Report =
  | { readonly kind: 'ready' | 'problem' }
  | { readonly kind: 'sent'; readonly sent: readonly Sent[] }
  | {
      readonly kind: 'answered'
      readonly id: number
      readonly acknowledged: boolean
      readonly tookMs: number
      readonly at: number
    }
