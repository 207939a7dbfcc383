/**
 * Files of a published revision that are not yet saved: `<data>/unsaved.json`, written before the revision is live and removed
 * once they are. After an interruption the next start completes the saving; otherwise the old files would revert what was
 * approved. If the folder is not writable (a read-only mount) the note stays, and files untouched since then count as saved.
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

/** Files to save: those in `seen`, with their content in `texts`. */
export interface Unsaved {
  /** The live revision before. */
  readonly base: number
  /** Digest of the plans to publish. */
  readonly digest: string
  readonly seen: Seen
  readonly texts: Texts
}

/** Why files could not be written: the system's error code, or ours. */
export interface NotSaved {
  readonly files: readonly string[]
  readonly why: string
}

export interface UnsavedFiles {
  /** The folder in its intended state: a pending file that is untouched reads as it will be saved. */
  readonly files: SavedFiles
  /**
   * Call before it is live: durable when it resolves; earlier pending files stay pending. Throws `ERR_FILES_CHANGED`. The
   * returned function saves the files once it is live and never rejects: files that cannot be written stay pending and are
   * reported.
   */
  note(unsaved: Unsaved): Promise<() => Promise<NotSaved | undefined>>
  /** Retries files that could not be written; undefined if none are pending. */
  retry(): Promise<NotSaved | undefined>
  /** Files that could not be written. */
  unsaved(): readonly string[]
  /** Call before the first reading of the files. `liveTexts`: the live revision's files. */
  finish(live: RevisionPlan, liveTexts: Texts | undefined): Promise<Resaved | undefined>
}

export type Resaved =
  /** The files match the live revision. */
  | { readonly kind: 'saved'; readonly files: readonly string[] }
  /** They were changed since: their content counts, and may revert what the live revision grants. */
  | { readonly kind: 'touched'; readonly files: readonly string[] }
  /** They cannot be written, and count as saved until they can. If the note is unreadable, their content counts. */
  | { readonly kind: 'failed'; readonly error: unknown }

/**
 * Never widens: it only writes the live revision's files, and only over files that are untouched. A file that was reverted by
 * hand stays reverted.
 */
export function unsavedFiles(dataFolder: string, disk: SavedFiles): UnsavedFiles {
  const path = join(dataFolder, 'unsaved.json')
  /** Live, but not yet in the folder. */
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
      // Files that already match need no writable folder.
      note = { ...all, ...only(await unlike(Object.keys(all.seen), all.texts), all) }
      if (Object.keys(note.seen).length > 0) await disk.write(note.seen, note.texts)
      await clear()
      return undefined
    } catch (error) {
      pending = { ...note, unwritable: true }
      // The earlier note is still on disk: a restart uses it, and it is stricter about touched files.
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
      // A later revision may be live that changed other files: this file is still pending.
      const isStillPending = isLive || (liveTexts !== undefined && (liveTexts[file] ?? null) === text)
      if (isStillPending && (await disk.read(file)) !== text) names.push(file)
    }
    if (names.length === 0) return void (await clear())
    for (const file of names) {
      const isTouched = (await disk.touchedAt(file)) !== note.touched[file]
      // A read-only folder is mounted anew at every start, so only the text shows whether a file was changed.
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
      // Repeated, to exclude changes between reading the text and its time.
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
