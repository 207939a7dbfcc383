/** Gives the verifier a data folder's subject keys and owner entries. */
import { createSecretKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OWNER_BYTES } from '../../ledger/owners.ts'
import { OwnerCheck, type OwnerKeys, type Owners } from '../../ledger/verify/owners.ts'
import { unseal } from '../../platform/seal.ts'
import { LedgerFolder } from '../../storage/sqlite/ledger-folder.ts'
import { viewIndex } from '../../storage/sqlite/ledger-index.ts'
import { listSubjectKeys, subjectKeysPath } from '../../storage/sqlite/subject-keys.ts'

const KEY_BYTES = 32
/** Commits whose owners are read at a time. */
const PAGE = 512

/**
 * Undefined if the keys are not available: they are in `keys/` beside the ledger, unless the configuration puts the
 * key-encryption key elsewhere.
 */
export function openOwnerCheck(dataFolder: string): OwnerCheck | undefined {
  const [encryption, subjects] = [join(dataFolder, 'keys', 'encryption.key'), subjectKeysPath(dataFolder)]
  if (!existsSync(encryption) || !existsSync(subjects)) return undefined
  const text = readFileSync(encryption, 'utf8').trim()
  const bytes = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64')
  if (bytes.length !== KEY_BYTES) return undefined
  return new OwnerCheck(ownerKeys(subjects, bytes), ownersOf(dataFolder))
}

function ownerKeys(path: string, encryption: Uint8Array): OwnerKeys {
  const wrapping = createSecretKey(encryption)
  const byNumber = new Map<number, { readonly epoch: number; readonly key: Uint8Array }>()
  const ofEpoch = new Map<number, { readonly subject: number; readonly key: Uint8Array }[]>()
  for (const { id, identity, epoch, wrapped } of listSubjectKeys(path)) {
    const key = unseal(wrapping, identity, wrapped)
    if (key === undefined) continue
    byNumber.set(id, { epoch, key })
    ofEpoch.set(epoch, [...(ofEpoch.get(epoch) ?? []), { subject: id, key }])
  }
  return { byNumber: (subject) => byNumber.get(subject), ofEpoch: (epoch) => ofEpoch.get(epoch) ?? [] }
}

/** From the segment's index or, if not indexed yet, from the segment. Caches one segment. */
function ownersOf(dataFolder: string): (seq: number) => Owners {
  const files = new LedgerFolder(dataFolder)
  let firsts = files.segments()
  let known: { readonly first: number; readonly next: number; readonly owners: Owners } | undefined
  return (seq) => {
    if (known !== undefined && seq >= known.first && seq < known.next) return known.owners
    firsts = files.segments()
    const at = firsts.findLastIndex((first) => first <= seq)
    const first = firsts[at] ?? 0
    known = {
      first,
      next: firsts[at + 1] ?? Number.POSITIVE_INFINITY,
      owners: inIndex(dataFolder, first) ?? inSegment(files, first),
    }
    return known.owners
  }
}

function inIndex(dataFolder: string, first: number): Owners | undefined {
  const index = viewIndex(dataFolder, first)
  if (index === undefined) return undefined
  try {
    return new Map([...index.subjects()].map(([subject, seq]) => [seq, subject]))
  } finally {
    index.close()
  }
}

function inSegment(files: LedgerFolder, first: number): Owners {
  const segment = files.read(first)
  try {
    const owners = new Map<number, number>()
    for (let rows = segment.owners(-1, PAGE); rows.length > 0; rows = segment.owners(rows.at(-1)!.size, PAGE)) {
      for (const { size, ids } of rows) {
        const bytes = Buffer.from(ids)
        const from = size - bytes.length / OWNER_BYTES
        for (let at = 0; at < bytes.length; at += OWNER_BYTES)
          owners.set(from + at / OWNER_BYTES, bytes.readUIntBE(at, OWNER_BYTES))
      }
    }
    return owners
  } finally {
    segment.close()
  }
}
