/** Subjects' keys in a data folder, as the intake makes them, for tests of whatever reads them. */
import { createSecretKey, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { IdentityKey } from '../../src/model/brand.ts'
import { nonceSource, seal } from '../../src/platform/seal.ts'
import { openSubjectKeys } from '../../src/storage/sqlite/subject-keys.ts'

export const KEY_ENCRYPTION_KEY = Buffer.alloc(32, 9)

export function identity(n: number): IdentityKey {
  return n.toString(16).padStart(32, '0') as IdentityKey
}

/** One key an identity, of `epoch`, wrapped under a key of 32 bytes; their numbers. */
export function addSubjectKeys(
  dataFolder: string,
  identities: readonly IdentityKey[],
  epoch = 682,
  wrappingKey: Uint8Array = KEY_ENCRYPTION_KEY,
): readonly number[] {
  const store = openSubjectKeys(join(dataFolder, 'keys', 'subjects.db'))
  const wrapping = createSecretKey(wrappingKey)
  const nonce = nonceSource(randomBytes)
  const added = store.add(
    identities.map((one) => ({ identity: one, epoch, wrapped: seal(wrapping, nonce(), one, randomBytes(32)) })),
  )
  store.close()
  return added
}
