/** Which cell this folder is, and under which names it acted or was about to: one of them is in the cell's row. */
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeId } from '../model/brand.ts'
import { ifThere, syncFolder, writeDurably } from '../platform/durable-file.ts'

export interface CellMark {
  readonly cell: NodeId
  /** The last that is known to have been claimed, and each that was drawn since. */
  readonly incarnations: readonly string[]
  /** Which copy of the choices lies in the folder for the way back; a start of the cell ends it. */
  readonly leaving?: string
  /** Where the last of them acted, as `placeOf` says; absent in marks of earlier versions. */
  readonly place?: string
}

const FILE = 'cell.json'
/** Drawn by Linux at each boot (proc_sys_kernel(5)). */
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

/** Undefined in a folder that was no cell yet. @throws Error where the file cannot be read */
export async function readMark(folder: string): Promise<CellMark | undefined> {
  const text = await ifThere(readFile(join(folder, FILE), 'utf8'))
  if (text === undefined) return undefined
  // Sound: written below alone.
  return JSON.parse(text) as CellMark
}

/** Why a gateway that shares its choices with nobody must not start in the folder; undefined where it may. */
export async function whyNotAlone(folder: string): Promise<string | undefined> {
  const mark = await readMark(folder)
  if (mark === undefined) return undefined
  return (
    `${folder}: is the folder of cell ${mark.cell}: who opted out is in the database of its cluster, not here. ` +
    `Set storage: cluster, or bring it back with \`sluice cluster leave ${mark.cell}\`: docs/cluster.md.`
  )
}

export async function writeMark(folder: string, mark: CellMark): Promise<void> {
  await writeDurably(join(folder, FILE), `${JSON.stringify(mark)}\n`)
}

/** The folder is no cell's any more; durable when it resolves. */
export async function removeMark(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true })
  await syncFolder(folder)
}

/**
 * Tells this folder on this machine, since it was started, from a copy and from the same volume elsewhere: while it stays the
 * same, the lock on the folder proves that no earlier process acts any more. Undefined where the machine does not say.
 */
export async function placeOf(folder: string): Promise<string | undefined> {
  const boot = await ifThere(readFile(BOOT_ID, 'utf8'))
  if (boot === undefined) return undefined
  const { dev, ino } = await stat(folder, { bigint: true })
  return `${boot.trim()} ${dev} ${ino}`
}
