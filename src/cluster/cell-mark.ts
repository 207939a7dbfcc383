/** Which cell this folder is, and under which names it acted or was about to: one of them is in the cell's row. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeId } from '../model/brand.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

export interface CellMark {
  readonly cell: NodeId
  /** The last that is known to have been claimed, and each that was drawn since. */
  readonly incarnations: readonly string[]
}

const FILE = 'cell.json'

/** Undefined in a folder that was no cell yet. @throws Error where the file cannot be read */
export async function readMark(folder: string): Promise<CellMark | undefined> {
  const text = await ifThere(readFile(join(folder, FILE), 'utf8'))
  if (text === undefined) return undefined
  // Sound: written below alone.
  return JSON.parse(text) as CellMark
}

export async function writeMark(folder: string, mark: CellMark): Promise<void> {
  await writeDurably(join(folder, FILE), `${JSON.stringify(mark)}\n`)
}
