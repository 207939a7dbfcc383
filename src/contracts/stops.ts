/** Which partners an operator has stopped: a small durable file, `<data>/stops.json`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { isCode, writeDurably } from './durable-file.ts'

export interface StopState {
  /** Stopped one by one; a stop of all leaves this list as it was. */
  readonly partners: ReadonlySet<string>
  readonly all: boolean
}

const FILE = z.strictObject({ all: z.boolean(), partners: z.array(z.string()) })

/** `readable` false: what was stopped is not known, so everything is. */
export async function readStops(file: string): Promise<StopState & { readonly readable: boolean }> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const never = isCode(error, 'ENOENT')
    return { partners: new Set(), all: !never, readable: never }
  }
  try {
    const { all, partners } = FILE.parse(JSON.parse(text))
    return { partners: new Set(partners), all, readable: true }
  } catch {
    return { partners: new Set(), all: true, readable: false }
  }
}

export async function writeStops(file: string, { partners, all }: StopState): Promise<void> {
  await writeDurably(file, `${JSON.stringify({ all, partners: [...partners].sort() })}\n`)
}
