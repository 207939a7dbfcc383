/** Kill switches of operators, stored in `<data>/stops.json`. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

export interface StopState {
  /** Individually stopped; a stop of all leaves this list unchanged. */
  readonly partners: ReadonlySet<string>
  readonly all: boolean
}

const FILE = z.strictObject({ all: z.boolean(), partners: z.array(z.string()) })

/** One switch, as it was turned: a partner, or `all`. */
export interface StopTurn {
  readonly partner: string
  readonly stopped: boolean
}

export function turned({ partners, all }: StopState, { partner, stopped }: StopTurn): StopState {
  if (partner === 'all') return { partners, all: stopped }
  const others = [...partners].filter((id) => id !== partner)
  return { all, partners: new Set(stopped ? [...others, partner] : others) }
}

/** Storage of the kill switches. */
export interface StopStore {
  /** Never rejects. `readable` false: the stops are unknown, so everything is stopped. */
  read(): Promise<StopState & { readonly readable: boolean }>
  /** Durable when it resolves: one turn, and all switches as they are since, where nobody else turns any. */
  write(turn: StopTurn, stops: StopState): Promise<void>
}

/** In one small file. */
export function stopsIn(file: string): StopStore {
  return { read: () => readStops(file), write: (_turn, stops) => writeStops(file, stops) }
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
