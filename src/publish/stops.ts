/** Which partners an operator has stopped, and where that is kept: `<data>/stops.json`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

export interface StopState {
  /** Stopped one by one; a stop of all leaves this list as it was. */
  readonly partners: ReadonlySet<string>
  readonly all: boolean
}

const FILE = z.strictObject({ all: z.boolean(), partners: z.array(z.string()) })

/** Where the kill switches are kept. */
export interface StopStore {
  /** Never rejects. `readable` false: what was stopped is not known, so everything is. */
  read(): Promise<StopState & { readonly readable: boolean }>
  /** Durable when it resolves. */
  write(stops: StopState): Promise<void>
}

/** Kept in one small file. */
export function stopsIn(file: string): StopStore {
  return { read: () => readStops(file), write: (stops) => writeStops(file, stops) }
}

async function readStops(file: string): Promise<StopState & { readonly readable: boolean }> {
  try {
    const text = await ifThere(readFile(file, 'utf8'))
    if (text === undefined) return { partners: new Set(), all: false, readable: true }
    const { all, partners } = FILE.parse(JSON.parse(text))
    return { partners: new Set(partners), all, readable: true }
  } catch {
    return { partners: new Set(), all: true, readable: false }
  }
}

async function writeStops(file: string, { partners, all }: StopState): Promise<void> {
  await writeDurably(file, `${JSON.stringify({ all, partners: [...partners].sort() })}\n`)
}
