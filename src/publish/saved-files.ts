/** The configuration folder as something the API writes to: only the files that were changed, and only as they were seen. */
import { randomUUID } from 'node:crypto'
import { readdir, readFile, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DEFAULTS_FILE } from '../contracts/defaults.ts'
import { GatewayError } from '../model/errors.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'
import type { Texts } from './revision-files.ts'

/** File → its text when somebody began to change it; null where there was none. */
export type Seen = Readonly<Record<string, string | null>>

export interface SavedFiles {
  read(file: string): Promise<string | null>
  /** Every file of the folder that a revision is made from. */
  readAll(): Promise<Texts>
  /** Another number as soon as somebody has written, moved or removed it: when that was last, in milliseconds. */
  touchedAt(file: string): Promise<number>
  /** True where every file is as `texts` says, and there is no other. */
  isUnchanged(texts: Texts): Promise<boolean>
  /** Throws `ERR_FILES_CHANGED` where one of them is not as it was seen, nor as it is to be. */
  requireAsSeen(seen: Seen, texts: Texts): Promise<void>
  /** Writes what `texts` says of the files in `seen`; one that it does not name is removed. Each whole or not at all. */
  write(seen: Seen, texts: Texts): Promise<void>
}

/** Files nobody but people and the API write. Names outside of a revision's are refused. */
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
      // Not the time of its text: that can be set, and stays when a file is moved.
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

/** How files compare with what somebody knew of them. */
export function comparing({
  read,
  readAll,
}: Pick<SavedFiles, 'read' | 'readAll'>): Pick<SavedFiles, 'isUnchanged' | 'requireAsSeen'> {
  return {
    isUnchanged: async (texts) => {
      const now = await readAll()
      const names = new Set([...Object.keys(now), ...Object.keys(texts).filter(isOurs)])
      // A byte order mark is no part of what is read.
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

/** True for the files that a revision is made from, and the cases that its contracts are held to. */
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

/** With the permissions it had. */
async function replaceFile(path: string, text: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined)
  // Hidden, and not ending in .yaml: nobody takes it for a contract.
  const beside = join(dirname(path), `.${randomUUID()}.new`)
  await writeDurably(path, text, { mode: facts === undefined ? 0o644 : facts.mode & 0o777, beside })
}
