/** Loads one side of a diff from a folder, a revision or Git. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Plans } from '../../contracts/config.ts'
import { loadConfig, type PartnerTypes } from '../../contracts/load.ts'
import type { EpochMs, Revision } from '../../model/brand.ts'
import { formatProblem } from '../../model/problem.ts'
import { withoutTail } from '../../model/text.ts'
import { RevisionDamaged, readRevision } from '../../publish/revision-files.ts'

export interface SideOptions {
  readonly dataFolder: string
  readonly types: PartnerTypes
  readonly now: EpochMs
  /** Reports a problem that does not prevent the comparison. */
  readonly warn: (text: string) => void
}

/** A side is missing or invalid; the message says what to do. */
export class SideUnreadable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'SideUnreadable'
  }
}

const git = promisify(execFile)
/** Enough for a configuration with thousands of apps. */
const MAX_OUTPUT = 64 * 1024 * 1024

/** A folder takes precedence over a revision number, and both over Git. Throws `SideUnreadable`. */
export async function readPlans(side: string, options: SideOptions): Promise<Plans> {
  if (await isFolder(side)) return readFolder(side, options)
  if (/^\d{1,9}$/.test(side)) return readNumber(Number(side), options)
  const colon = side.indexOf(':')
  if (colon > 0) return readGit(side.slice(0, colon), side.slice(colon + 1), options)
  throw new SideUnreadable(`${side}: no such folder. Name a folder, a revision's number, or REF:FOLDER.`)
}

async function readFolder(folder: string, { types, now, warn }: SideOptions, shown = folder): Promise<Plans> {
  const loaded = await loadConfig(folder, types, now)
  if (loaded.ok) return loaded.config.plans
  const problems = loaded.problems.map((problem) =>
    formatProblem({ ...problem, file: problem.file.replace(folder, shown) }),
  )
  if (loaded.butForCases !== undefined) {
    warn(`${shown} breaks its own cases:\n${problems.join('\n')}\n`)
    return loaded.butForCases.plans
  }
  throw new SideUnreadable(`${shown} is not right:\n${problems.join('\n')}`)
}

function readNumber(number: number, { dataFolder }: SideOptions): Plans {
  try {
    // Sound: an integer; `readRevision` checks that it was published.
    const plan = readRevision(join(dataFolder, 'revisions'), number as Revision)
    if (plan !== undefined) return plan
  } catch (error) {
    if (error instanceof RevisionDamaged) throw new SideUnreadable(error.message, error)
    throw error
  }
  throw new SideUnreadable(`revision ${number} is not in ${dataFolder}. Name the data folder with --data.`)
}

/** Reads the folder at a commit from a temporary copy; the working tree is not touched. */
async function readGit(ref: string, path: string, options: SideOptions): Promise<Plans> {
  if (ref.startsWith('-')) throw new SideUnreadable(`${ref}: not a name of a commit`)
  const folder = withoutTail(path, '/') || '.'
  const copy = await mkdtemp(join(tmpdir(), 'sluice-diff-'))
  try {
    const listed = await git('git', ['ls-tree', '-r', '-z', '--name-only', `${ref}:./${folder}`], {
      maxBuffer: MAX_OUTPUT,
    })
    for (const name of listed.stdout.split('\0').filter((name) => name !== '')) {
      const shown = await git('git', ['show', `${ref}:./${folder}/${name}`], {
        maxBuffer: MAX_OUTPUT,
        encoding: 'buffer',
      })
      await mkdir(dirname(join(copy, name)), { recursive: true })
      await writeFile(join(copy, name), shown.stdout)
    }
    // Git keeps no empty folders.
    await mkdir(join(copy, 'partners'), { recursive: true })
    return await readFolder(copy, options, `${ref}:${path}`)
  } catch (error) {
    if (error instanceof SideUnreadable) throw error
    throw new SideUnreadable(`${ref}:${path}: Git has no such folder at that commit, or is not here.`, error)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    return false
  }
}
