/**
 * What a published revision still owes its files: `<data>/unsaved.json`, written before the revision is live and gone once
 * its files are saved back. A stop in between leaves it, and the next start finishes: otherwise the files, as they were,
 * would take back what was approved. Where the folder cannot be written (a read-only mount) it stays, and until it can be
 * the files that nobody has touched since count as what is to be saved.
 */
import { readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { RevisionPlan } from '../model/contract.ts'
import { ifThere, syncFolder, writeDurably } from '../platform/durable-file.ts'
import type { Texts } from './revision-files.ts'
import { comparing, type SavedFiles, type Seen } from './saved-files.ts'

const UNSAVED = z.object({
  base: z.int(),
  digest: z.string(),
  seen: z.record(z.string(), z.string().nullable()),
  texts: z.record(z.string(), z.string()),
  touched: z.record(z.string(), z.number()),
  unwritable: z.boolean().optional(),
})
type Note = z.output<typeof UNSAVED>

/** What is to be saved. Of `texts` the files in `seen` count. */
export interface Unsaved {
  /** The revision that is live before. */
  readonly base: number
  /** Of the plans that are to be live. */
  readonly digest: string
  readonly seen: Seen
  readonly texts: Texts
}

/** Why files could not be written: the system's code, or ours. */
export interface NotSaved {
  readonly files: readonly string[]
  readonly why: string
}

export interface UnsavedFiles {
  /** The folder as it is to be: a file that is still to be saved, and that nobody has touched since, reads as it will be saved. */
  readonly files: SavedFiles
  /**
   * Before it is live: durable when it resolves; what was unsaved before stays unsaved. Throws `ERR_FILES_CHANGED`. What it
   * returns saves the files once it is live, and never rejects: what cannot be written stays unsaved and is reported.
   */
  note(unsaved: Unsaved): Promise<() => Promise<NotSaved | undefined>>
  /** Tries again what could not be written; undefined where nothing is unsaved. */
  retry(): Promise<NotSaved | undefined>
  /** Files that could not be written. */
  unsaved(): readonly string[]
  /** Before the files are read at a start. `liveTexts`: the files that the live revision was made from. */
  finish(live: RevisionPlan, liveTexts: Texts | undefined): Promise<Resaved | undefined>
}

export type Resaved =
  /** The files are those that the live revision was made from. */
  | { readonly kind: 'saved'; readonly files: readonly string[] }
  /** Somebody touched them since: what they say counts, and may take back what the live revision gives. */
  | { readonly kind: 'touched'; readonly files: readonly string[] }
  /** They cannot be written; until they can they count as saved. Where the note cannot be read they say what they say. */
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * Nothing becomes wider by it: it writes only what the live revision was made from, and only over files that nobody has
 * touched since. Whoever put the old text back by hand meant it.
 */
export function unsavedFiles(dataFolder: string, disk: SavedFiles): UnsavedFiles {
  const path = join(dataFolder, 'unsaved.json')
  /** What is live, and not in the folder. */
  let pending: Note | undefined
  const clear = async (): Promise<void> => {
    pending = undefined
    await ifThere(unlink(path))
    await syncFolder(dataFolder)
  }
  const keep = (note: Note): Promise<void> => writeDurably(path, `${JSON.stringify(note)}\n`)
  const files = overlaid(disk, () => pending)
  const unlike = async (names: readonly string[], texts: Texts): Promise<readonly string[]> => {
    const found = await Promise.all(names.map(async (file) => [file, await disk.read(file)] as const))
    return found.flatMap(([file, text]) => (text === (texts[file] ?? null) ? [] : [file]))
  }
  const save = async (all: Note): Promise<NotSaved | undefined> => {
    let note = all
    try {
      // What the folder says already needs no folder that can be written.
      note = { ...all, ...only(await unlike(Object.keys(all.seen), all.texts), all) }
      if (Object.keys(note.seen).length > 0) await disk.write(note.seen, note.texts)
      await clear()
      return undefined
    } catch (error) {
      pending = { ...note, unwritable: true }
      // The note of before is on disk all the same: a restart finds it, and what it says of touched files is stricter.
      await keep(pending).catch(() => undefined)
      return { files: Object.keys(note.seen), why: whyOf(error) }
    }
  }
  const finish = async (live: RevisionPlan, liveTexts: Texts | undefined): Promise<Resaved | undefined> => {
    const note = await readNote(path)
    if (note === undefined) return undefined
    const isLive = note.digest === live.digest && note.base === live.publication.parent
    const names: string[] = []
    for (const file of Object.keys(note.seen)) {
      const text = note.texts[file] ?? null
      // Another revision may be live since that changed other files: this one owes it to its file still.
      const isOwed = isLive || (liveTexts !== undefined && (liveTexts[file] ?? null) === text)
      if (isOwed && (await disk.read(file)) !== text) names.push(file)
    }
    if (names.length === 0) return void (await clear())
    for (const file of names) {
      const isTouched = (await disk.touchedAt(file)) !== note.touched[file]
      // A read-only folder is mounted anew at every start: there the text alone says whether somebody touched it.
      if (isTouched && (note.unwritable !== true || (await disk.read(file)) !== note.seen[file])) {
        await clear()
        return { kind: 'touched', files: names }
      }
    }
    const failed = await save({ ...note, ...only(names, note) })
    return failed === undefined ? { kind: 'saved', files: names } : { kind: 'failed', error: new Error(failed.why) }
  }
  return {
    files,
    retry: async () => (pending === undefined ? undefined : save(pending)),
    unsaved: () => Object.keys(pending?.seen ?? {}),
    note: async ({ base, digest, seen, texts }) => {
      const before = pending
      const names = [...new Set([...Object.keys(before?.seen ?? {}), ...Object.keys(seen)])]
      const textOf = (file: string): string | undefined =>
        Object.hasOwn(seen, file) ? texts[file] : before?.texts[file]
      const found = await Promise.all(
        names.map(async (file) => [file, await disk.read(file), await disk.touchedAt(file)] as const),
      )
      // Again: nothing was touched between being seen and its time being taken.
      await files.requireAsSeen(seen, texts)
      const noted: Note = {
        base,
        digest,
        seen: Object.fromEntries(found.map(([file, text]) => [file, text])),
        texts: Object.fromEntries(
          names.flatMap((file) => (textOf(file) === undefined ? [] : [[file, textOf(file)!] as const])),
        ),
        touched: Object.fromEntries(found.map(([file, , at]) => [file, at])),
        ...(before?.unwritable === true ? { unwritable: true } : {}),
      }
      await keep(noted)
      return () => save(noted)
    },
    finish: async (live, liveTexts) => {
      try {
        return await finish(live, liveTexts)
      } catch (error) {
        return { kind: 'failed', error }
      }
    },
  }
}

function overlaid(disk: SavedFiles, pending: () => Note | undefined): SavedFiles {
  const over = (file: string, text: string | null): string | null => {
    const note = pending()
    const isUntouched = note !== undefined && Object.hasOwn(note.seen, file) && text === note.seen[file]
    return isUntouched ? (note.texts[file] ?? null) : text
  }
  const read = async (file: string): Promise<string | null> => over(file, await disk.read(file))
  const readAll = async (): Promise<Texts> => {
    const texts = await disk.readAll()
    const names = new Set([...Object.keys(texts), ...Object.keys(pending()?.seen ?? {})])
    return Object.fromEntries(
      [...names].flatMap((file) => {
        const text = over(file, texts[file] ?? null)
        return text === null ? [] : [[file, text] as const]
      }),
    )
  }
  return { ...disk, read, readAll, ...comparing({ read, readAll }) }
}

async function readNote(path: string): Promise<Note | undefined> {
  const text = await ifThere(readFile(path, 'utf8'))
  return text === undefined ? undefined : UNSAVED.parse(JSON.parse(text))
}

function only(names: readonly string[], { seen, texts }: Note): Pick<Note, 'seen' | 'texts'> {
  const of = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([file]) => names.includes(file)))
  return { seen: of(seen), texts: of(texts) }
}

function whyOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'ERR_INTERNAL'
}
