/** Writes published changes back to the configuration folder: only changed files, and only if nobody else changed them. */
import { randomUUID } from 'node:crypto'
import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DEFAULTS_FILE } from '../contracts/defaults.ts'
import { GatewayError } from '../model/errors.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'
import type { Texts } from './revision-files.ts'

/** File → its text when the change was begun; null if it did not exist. */
export type Seen = Readonly<Record<string, string | null>>

export interface SavedFiles {
  read(file: string): Promise<string | null>
  /** All files of the folder that are part of a revision. */
  readAll(): Promise<Texts>
  /** Changes whenever the file is written, moved or removed: its change time, in milliseconds. */
  touchedAt(file: string): Promise<number>
  /** True if `texts` matches all files, and there are no others. */
  isUnchanged(texts: Texts): Promise<boolean>
  /** Throws `ERR_FILES_CHANGED` if one of them has neither its seen nor its intended content. */
  requireAsSeen(seen: Seen, texts: Texts): Promise<void>
  /** Writes the files in `seen` from `texts`, removing those it lacks. Each file is replaced atomically. */
  write(seen: Seen, texts: Texts): Promise<void>
}

/** A folder that only people and the API write to. Rejects names that are not part of a revision. */
export function savedFiles(folder: string): SavedFiles {
  const read = async (file: string): Promise<string | null> =>
    (await ifThere(readFile(pathOf(folder, file), 'utf8'))) ?? null
  const readAll = async (): Promise<Texts> => {
    const partners = (await readdir(join(folder, 'partners'))).filter((name) => isOurs(`partners/${name}`))
    const names = ['policy.yaml', 'apps.yaml', DEFAULTS_FILE, ...partners.map((name) => `partners/${name}`)]
    const all = await Promise.all(names.map(async (name) => [name, await read(name)] as const))
    return Object.fromEntries(all.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const])))
  }
  const compared = comparing({ read, readAll })
  return {
    read,
    readAll,
    touchedAt: async (file) => {
      const path = pathOf(folder, file)
      // Not the modification time: it can be set, and survives moves.
      return (await ifThere(stat(path)))?.ctimeMs ?? (await stat(dirname(path))).mtimeMs
    },
    ...compared,
    write: async (seen, texts) => {
      await compared.requireAsSeen(seen, texts)
      for (const file of Object.keys(seen)) {
        const text = texts[file]
        if (text === undefined) await ifThere(unlink(pathOf(folder, file)))
        else await replaceFile(pathOf(folder, file), text)
      }
    },
  }
}

/** The names of the files in the folder that are part of a revision, or would be. */
export async function configFiles(folder: string): Promise<readonly string[]> {
  const [here, partners] = await Promise.all(
    [folder, join(folder, 'partners')].map(async (path) => (await ifThere(readdir(path))) ?? []),
  )
  return [...here!, ...partners!.map((name) => `partners/${name}`)].filter(isOurs).sort()
}

/** Comparisons with known content. */
export function comparing({
  read,
  readAll,
}: Pick<SavedFiles, 'read' | 'readAll'>): Pick<SavedFiles, 'isUnchanged' | 'requireAsSeen'> {
  return {
    isUnchanged: async (texts) => {
      const now = await readAll()
      const names = new Set([...Object.keys(now), ...Object.keys(texts).filter(isOurs)])
      // A byte order mark is not part of the text.
      return [...names].every((name) => now[name]?.replace(/^\uFEFF/, '') === texts[name])
    },
    requireAsSeen: async (seen, texts) => {
      const changed: string[] = []
      for (const [file, text] of Object.entries(seen)) {
        const now = await read(file)
        if (now !== text && now !== (texts[file] ?? null)) changed.push(file)
      }
      if (changed.length > 0) throw new GatewayError('ERR_FILES_CHANGED', { files: changed })
    },
  }
}

/** True for files that are part of a revision, and for cases of its contracts. */
export function isOurs(file: string): boolean {
  return (
    ['policy.yaml', 'apps.yaml', DEFAULTS_FILE].includes(file) ||
    /^partners\/[a-z0-9][a-z0-9_-]{0,63}(\.cases)?\.yaml$/.test(file)
  )
}

function pathOf(folder: string, file: string): string {
  if (!isOurs(file))
    throw new GatewayError('ERR_EDIT_IMPOSSIBLE', {
      problem: 'no such file: policy.yaml, apps.yaml, defaults.yaml or partners/<id>.yaml',
    })
  return join(folder, ...file.split('/'))
}

/** Keeps its permissions. */
async function replaceFile(path: string, text: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined)
  // Hidden, and without .yaml, so that it is not mistaken for a contract.
  const beside = join(dirname(path), `.${randomUUID()}.new`)
  await writeDurably(path, text, { mode: facts === undefined ? 0o644 : facts.mode & 0o777, beside })
}
