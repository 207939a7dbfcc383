/** Subject keys for the ledger, read from the keyring's file and unwrapped only here. */
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { IdentityKey } from '../model/brand.ts'
import { Recent } from '../model/recent.ts'
import { nonceSource, type RandomBytes, unseal } from '../platform/seal.ts'
import { Blinder, type BlindKey } from './blind.ts'
import type { KeptSubjectKey, SubjectKeyReader } from './store.ts'

/** Unwrapped keys cached in memory, about 300 bytes each. */
const CACHED = 50_000

export interface LedgerKeysParts {
  /** Undefined while the file does not exist, which may be long after the start. */
  readonly open: () => SubjectKeyReader | undefined
  readonly keyEncryptionKey: Uint8Array | undefined
  readonly commitmentKey: Uint8Array
  readonly sealValues: boolean
  readonly random: RandomBytes
}

export interface SubjectKeyOfEpoch {
  readonly id: number
  readonly epoch: number
  readonly key: Uint8Array
}

export interface LedgerKeys {
  /** The newest key of an identity; without one, a throw-away key. */
  readonly keyOf: (identity: string | undefined) => BlindKey
  /** Every key of an identity, newest first. */
  all(identity: IdentityKey): readonly SubjectKeyOfEpoch[]
  /** Drops destroyed keys from the cache. */
  forget(identities: readonly IdentityKey[]): void
  close(): void
}

export function createLedgerKeys({ open, random, ...data }: LedgerKeysParts): LedgerKeys {
  const wrapping: KeyObject | undefined = data.keyEncryptionKey && createSecretKey(data.keyEncryptionKey)
  const cache = new Recent<string, BlindKey>({ max: CACHED })
  const nonce = nonceSource(random)
  const blinder = new Blinder()
  const unowned: BlindKey = { subject: 0, epoch: 0, key: data.commitmentKey, sealing: undefined }
  let reader: SubjectKeyReader | undefined

  const opened = (): SubjectKeyReader | undefined => {
    reader ??= open()
    return reader
  }
  const unwrap = (identity: string, kept: KeptSubjectKey): Uint8Array | undefined =>
    wrapping && unseal(wrapping, identity, kept.wrapped)
  const load = (identity: string): BlindKey => {
    const kept = wrapping && opened()?.newest(identity as IdentityKey)
    const key = kept && unwrap(identity, kept)
    // Erased meanwhile: the record can be tied to no subject.
    if (kept === undefined || key === undefined) return { subject: 0, epoch: 0, key: random(32), sealing: undefined }
    const sealing = data.sealValues ? { key: blinder.sealingKey(key), nonce } : undefined
    const found: BlindKey = { subject: kept.id, epoch: kept.epoch, key, sealing }
    cache.set(identity, found)
    return found
  }

  return {
    keyOf: (identity) => (identity === undefined ? unowned : (cache.get(identity) ?? load(identity))),
    all: (identity) =>
      (opened()?.all(identity) ?? []).flatMap((kept) => {
        const key = unwrap(identity, kept)
        return key === undefined ? [] : [{ id: kept.id, epoch: kept.epoch, key }]
      }),
    forget: (identities) => {
      for (const identity of identities) cache.delete(identity)
    },
    close: () => reader?.close(),
  }
}
