/**
 * The parts of a backup, in the order in which a running gateway must be copied. Each part may be older than later ones, never
 * newer: a start restores missing choices from the ledger, and settles waiting pairs from it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export const PARTS = ['choices', 'cases', 'intake', 'ledger', 'revisions'] as const
export type Part = (typeof PARTS)[number]

/** Everything a backup may hold: files, and folders, which end in `/`. */
export const PLACES = [
  'choices.db',
  'by-hand/',
  'cases/',
  'intake/',
  'ledger/',
  'revisions/',
  'proposals/',
  'released/',
  'stops.json',
  'inbox.json',
]
export const KEY_PLACES = ['keys/']

/** Never copied: SQLite's side files and temporary files. */
const LEFT_OUT = /(?:-wal|-shm|-journal|\.new|\.tmp|\.unfinished)$/u

/** The files of a part, relative to the data folder, in the order of copying. */
export function filesOf(part: Part, dataFolder: string): readonly string[] {
  switch (part) {
    case 'choices':
      return present(dataFolder, ['choices.db'])
    case 'cases':
      return ['cases', 'by-hand', 'released'].flatMap((folder) => all(dataFolder, folder))
    case 'intake':
      // The queue state before the events: otherwise it could name events that the copy lacks.
      return [...present(dataFolder, ['intake/state.db']), ...numbered(dataFolder, 'intake', /^events-(\d+)\.db$/u)]
    case 'ledger': {
      const segments = numbered(dataFolder, 'ledger', /^segment-(\d+)\.db$/u)
      // The checkpoint before the segments, because it must never be ahead of them; the newest segment last.
      const others = all(dataFolder, 'ledger').filter((file) => !segments.includes(file))
      return [...others, ...segments]
    }
    case 'revisions':
      return [
        ...all(dataFolder, 'revisions'),
        ...all(dataFolder, 'proposals'),
        ...present(dataFolder, ['stops.json', 'inbox.json']),
      ]
  }
}

/** The gateway's keys and the subjects' keys, stored separately from the data that they decrypt. Without staff tokens. */
export function keyFiles(dataFolder: string): readonly string[] {
  return all(dataFolder, 'keys').filter((file) => !isStaffToken(file))
}

/** Neither backed up nor restored: a revoked token would become valid again. */
export function isStaffToken(file: string): boolean {
  return ['keys/bootstrap.hash', 'keys/staff.token', 'keys/tokens.json'].includes(file)
}

function present(dataFolder: string, files: readonly string[]): readonly string[] {
  return files.filter((file) => existsSync(join(dataFolder, file)))
}

function all(dataFolder: string, folder: string): readonly string[] {
  const path = join(dataFolder, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !LEFT_OUT.test(entry.name))
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dataFolder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}

function numbered(dataFolder: string, folder: string, name: RegExp): readonly string[] {
  const numberOf = (file: string): number => Number(name.exec(file.slice(folder.length + 1))?.[1])
  return all(dataFolder, folder)
    .filter((file) => name.test(file.slice(folder.length + 1)))
    .sort((a, b) => numberOf(a) - numberOf(b))
}
