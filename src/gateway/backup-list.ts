/** The list in a backup: what was copied. It comes from outside: nothing in it is believed that a backup would not hold. */
import { z } from 'zod'
import { tryJson } from '../model/json-text.ts'
import { LAYOUT, laterLayout } from './layout.ts'

export const FORMAT = 1

const LIST = z.object({
  /** Of the data folder: see `layout.ts`. Absent in those made before layouts had numbers: 1. */
  layout: z.int().positive().optional(),
  /** ISO 8601: when the copy began. */
  at: z.iso.datetime(),
  files: z.array(
    z.object({ file: z.string(), bytes: z.int().nonnegative(), digest: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
})

export interface CopiedFile {
  readonly file: string
  readonly bytes: number
  /** SHA-256, hex. */
  readonly digest: string
}
export interface BackupList {
  readonly layout?: number | undefined
  readonly at: string
  readonly files: readonly CopiedFile[]
}

/** Files that stand in the way, or are not what the list says. The message names them. */
export class BackupRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BackupRefused'
  }
}

/**
 * Throws `BackupRefused`.
 * @param folder for messages
 * @param places what may be in this backup: a file, or a folder, which ends in `/`
 */
export function parseList(folder: string, text: string, places: readonly string[]): BackupList {
  const json = tryJson(text)
  const { format, layout } = (json ?? {}) as { readonly format?: unknown; readonly layout?: unknown }
  if (format !== FORMAT) throw new BackupRefused(`${folder}: a backup of format ${JSON.stringify(format)} is not known`)
  if (typeof layout === 'number' && layout > LAYOUT) throw new BackupRefused(laterLayout(folder, layout))
  const read = LIST.safeParse(json)
  if (!read.success) {
    const where = read.error.issues[0]?.path.join('.')
    throw new BackupRefused(`${folder}: its list of files is damaged at ${where}. Nothing was put back.`)
  }
  for (const { file } of read.data.files) {
    if (!isWithin(places, file))
      throw new BackupRefused(
        `${folder}: lists ${JSON.stringify(file)}, which no such backup holds. Nothing was put back.`,
      )
  }
  return read.data
}

function isWithin(places: readonly string[], file: string): boolean {
  const steps = file.split('/')
  if (file.includes('\\') || file.includes('\0') || steps.some((step) => ['', '.', '..'].includes(step))) return false
  return places.some((place) => (place.endsWith('/') ? file.startsWith(place) : file === place))
}
