/**
 * The ledger's reading side over its files: in the sealer's thread beside a gateway, or in a command that reads a
 * folder.
 */
import { createAnswers } from '../ledger/answers.ts'
import { Archive } from '../ledger/archive.ts'
import { unpack } from '../ledger/index/packed.ts'
import { keptHashes } from '../ledger/kept.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import { createRetention } from '../ledger/retention-archive.ts'
import type { KeptFile, SubjectKeyReader } from '../ledger/store.ts'
import type { IdentityKey } from '../model/brand.ts'
import { type CosignatureFile, readCosignatures } from '../storage/sqlite/ledger-cosignatures.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'
import { IndexFolder } from '../storage/sqlite/ledger-index.ts'
import { openKept, readKept } from '../storage/sqlite/ledger-kept.ts'
import { readSubjectKeys } from '../storage/sqlite/subject-keys.ts'

/**
 * Opens the ledger of a data folder for reading. Only the folder's owner may seal, forget, hold or prune.
 * @param breathe yields to other work of the thread
 */
export function openLedgerArchive(
  dataFolder: string,
  breathe: () => Promise<void>,
  { owns = false }: { readonly owns?: boolean } = {},
): LedgerArchive {
  const files = new LedgerFolder(dataFolder)
  const indexes = new IndexFolder(dataFolder, unpack)
  let kept: KeptFile | undefined
  let keys: SubjectKeyReader | undefined
  let cosigned: CosignatureFile | undefined
  const opened = (): SubjectKeyReader | undefined => {
    keys ??= readSubjectKeys(dataFolder)
    return keys
  }
  const archive = new Archive({
    files,
    indexes,
    kept: keptHashes(() => {
      kept ??= readKept(dataFolder)
      return kept
    }),
    openSealed: (first) => files.open(first),
    subjectsOf: (identities: readonly IdentityKey[]) =>
      identities.flatMap((identity) => (opened()?.all(identity) ?? []).map(({ id }) => id)),
    lowestKeyOf: (key) => opened()?.lowestOf(key),
    identityOf: (key) => opened()?.identityOf(key),
    owns,
    breathe,
  })
  return {
    ...createAnswers(archive, files, (size) => {
      cosigned ??= readCosignatures(dataFolder)
      return (cosigned?.of(size) ?? []).map(({ line }) => line).join('')
    }),
    ...createRetention({
      readKept: () => readKept(dataFolder),
      openKept: () => openKept(dataFolder),
      archive,
      files,
      indexes,
    }),
    close: async () => {
      archive.close()
      kept?.close()
      keys?.close()
      cosigned?.close()
    },
  }
}
