/** Who this folder was last, so that a start of the same folder need not wait until its own lease has run out. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NodeId } from '../model/brand.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

export interface CellMark {
  readonly cell: NodeId
  readonly incarnation: string
  readonly epoch: number
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
