/**
 * What a published revision still owes its files: `<data>/unsaved.json`, written before the revision is live and gone once
 * its files are saved back. A stop in between leaves it, and the next start finishes: otherwise the files, as they were,
 * would take back what was approved.
 */
import { readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { RevisionPlan } from '../model/contract.ts'
import { isCode, syncFolder, writeDurably } from './durable-file.ts'
import type { Texts } from './revision-files.ts'
import type { SavedFiles, Seen } from './saved-files.ts'

const UNSAVED = z.object({
  base: z.int(),
  digest: z.string(),
  seen: z.record(z.string(), z.string().nullable()),
  texts: z.record(z.string(), z.string()),
  touched: z.record(z.string(), z.number()),
})

interface Unsaved {
  /** The revision that is live before. */
  readonly base: number
  /** Of the plans that are to be live. */
  readonly digest: string
  readonly seen: Seen
  readonly texts: Texts
}

export interface UnsavedNote {
  /** Durable when it resolves; takes the place of an earlier one. Of `texts` the files in `seen` count. */
  write(unsaved: Unsaved): Promise<void>
  clear(): Promise<void>
  /** Before the files are read at a start. Undefined where nothing was owed. */
  finish(live: RevisionPlan): Promise<Resaved | undefined>
}

export type Resaved =
  /** The files are those that the live revision was made from. */
  | { readonly kind: 'saved'; readonly files: readonly string[] }
  /** Somebody touched them since: what they say counts, and may take back what the live revision gives. */
  | { readonly kind: 'touched'; readonly files: readonly string[] }
  /** The same follows. */
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * Nothing becomes wider by it: it writes only what the live revision was made from, and only over files that nobody has
 * touched since. Whoever put the old text back by hand meant it.
 */
export function unsavedNote(
  dataFolder: string,
  files: Pick<SavedFiles, 'read' | 'touchedAt' | 'requireAsSeen' | 'write'>,
): UnsavedNote {
  const path = join(dataFolder, 'unsaved.json')
  const clear = async (): Promise<void> => {
    try {
      await unlink(path)
    } catch (error) {
      if (isCode(error, 'ENOENT')) return
      throw error
    }
    await syncFolder(dataFolder)
  }
  const read = async (): Promise<z.output<typeof UNSAVED> | undefined> => {
    try {
      return UNSAVED.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined
      throw error
    }
  }
  const save = async (live: RevisionPlan): Promise<Resaved | undefined> => {
    const unsaved = await read()
    if (unsaved === undefined) return undefined
    const { base, digest, seen, texts, touched } = unsaved
    // The stop came before it was live, or another is live since: then the files owe it nothing.
    if (live.digest !== digest || live.publication.parent !== base) return undefined
    const open: string[] = []
    for (const file of Object.keys(seen)) if ((await files.read(file)) !== (texts[file] ?? null)) open.push(file)
    if (open.length === 0) return undefined
    for (const file of open)
      if ((await files.touchedAt(file)) !== touched[file]) return { kind: 'touched', files: open }
    await files.write(seen, texts)
    return { kind: 'saved', files: open }
  }
  return {
    write: async ({ base, digest, seen, texts }) => {
      const names = Object.keys(seen)
      const own = names.flatMap((file) => (texts[file] === undefined ? [] : [[file, texts[file]] as const]))
      const touched = await Promise.all(names.map(async (file) => [file, await files.touchedAt(file)] as const))
      // Again: nothing was touched between being seen and its time being taken.
      await files.requireAsSeen(seen, texts)
      const note = { base, digest, seen, texts: Object.fromEntries(own), touched: Object.fromEntries(touched) }
      await writeDurably(path, `${JSON.stringify(note)}\n`)
    },
    clear,
    finish: async (live) => {
      try {
        const resaved = await save(live)
        await clear()
        return resaved
      } catch (error) {
        return { kind: 'failed', error }
      }
    },
  }
}
