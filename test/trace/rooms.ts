/**
 * `npm run trace:rooms [-- --json]`: the walk of one advertising id, from an event of an app to its OUTCOME at one partner,
 * and of one opt-out until it is acknowledged, through the rooms of `src/`. Nothing is written down by hand: the gateway
 * runs, and each function says whether it was handed the value.
 *
 * A crossing is a pair of rooms between which the value goes: as an argument, or as the result of a function that had not
 * been handed it. It goes under its own name, its keyed pseudonym or sealed for the ledger, in texts, bytes and messages
 * between threads. A pair counts once, however often it is crossed. What every room may use as it uses the language counts
 * as no room: `model`, `platform`, `observe`.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Crossing } from './hooks.ts'

export interface Step {
  readonly from: string
  readonly to: string
  /** The first time: the file and function it came to, or came back from. */
  readonly by: string
}
export interface Walk {
  readonly steps: readonly Step[]
  /** How many files of other rooms it comes to, counted once for each room it comes from. */
  readonly entries: number
}
export interface Walks {
  readonly advertisingId: Walk
  readonly optOut: Walk
}

const TOOLS: readonly string[] = ['model', 'platform', 'observe']
const OUTSIDE = 'outside'

export function traceRooms(): Walks {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-trace-'))
  const [trace, forms] = [join(folder, 'crossings'), join(folder, 'forms')]
  for (const file of [trace, forms]) writeFileSync(file, '')
  try {
    const here = import.meta.dirname
    const args = ['--import', join(here, 'hooks.ts'), join(here, 'walk.ts')]
    const env = { ...process.env, SLUICE_TRACE: trace, SLUICE_TRACE_FORMS: forms }
    execFileSync(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
    const [event = [], optOut = []] = readFileSync(trace, 'utf8')
      .split('--\n')
      .map((lines) => lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Crossing])))
    return { advertisingId: walkOf(event), optOut: walkOf(optOut) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function walkOf(crossings: readonly Crossing[]): Walk {
  const entries = new Set<string>()
  const steps = new Map<string, Step>()
  for (const { from, to, name, by } of crossings.toSorted((a, b) => a.at - b.at)) {
    // A message between two threads has no caller: it comes from the other end of the same room.
    const rooms = [from === undefined && to === 'threads/rpc.ts' ? 'threads' : roomOf(from), roomOf(to)] as const
    const [before, after] = rooms
    if (before === after || rooms.some((room) => TOOLS.includes(room))) continue
    entries.add(`${before} ${to}`)
    const how = by === 'call' ? `${to} ${name}` : `${to}, back from ${from} ${name}`
    if (!steps.has(rooms.join())) steps.set(rooms.join(), { from: before, to: after, by: how })
  }
  return { steps: [...steps.values()], entries: entries.size }
}

function roomOf(file: string | undefined): string {
  return file?.split('/', 1)[0] ?? OUTSIDE
}

if (import.meta.main) {
  const walks = traceRooms()
  if (process.argv.includes('--json')) console.log(JSON.stringify(walks))
  else {
    for (const [title, { steps, entries }] of [
      ['One advertising id, from the event to the OUTCOME', walks.advertisingId],
      ['One opt-out, until it is acknowledged', walks.optOut],
    ] as const) {
      console.log(`${title}: ${steps.length} crossings, into ${entries} files`)
      for (const [index, { from, to, by }] of steps.entries())
        console.log(`${String(index + 1).padStart(4)}  ${from} → ${to}`.padEnd(30), by)
    }
  }
}
