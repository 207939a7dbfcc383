/**
 * `npm run test:world [-- --only TEXT] [--part K/N] [--tree DIR] [--faults-expected] [--at-once N] [--list]`
 *
 * Runs every case of `test/world/<area>/` against the gateway of a checkout: this one, or `--tree`. With
 * `--faults-expected` (for a version from before they were mended) each fault must fail and each neighbour pass.
 * `--part 2/4`: the second, sixth, tenth … check: four runs with 1/4 to 4/4 are the whole.
 * Last line: `N cases, M fail`. Exit 0 where none fails.
 */
import { readdir } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createWorld } from './harness/world.ts'
import type { Check, WorldCase } from './harness/world-case.ts'

interface Run {
  /** The fault's id, or `file: neighbour`. */
  readonly id: string
  readonly kind: 'fault' | 'neighbour'
  readonly check: Check
  readonly patienceMs: number
}
type Result = Run & { readonly error?: unknown; readonly tookMs: number }

const HERE = import.meta.dirname
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
    tree: { type: 'string', default: resolve(HERE, '..', '..') },
    'faults-expected': { type: 'boolean', default: false },
    'at-once': { type: 'string', default: String(2 * Math.max(2, availableParallelism())) },
    list: { type: 'boolean', default: false },
  },
})

const [part = 0, parts = 0] = values.part.split('/').map(Number)
if (!(Number.isInteger(part) && Number.isInteger(parts) && part >= 1 && part <= parts))
  throw new Error(`--part ${values.part}: say K/N, such as 2/4`)
const runs = (await allRuns()).filter(({ id }, index) => id.includes(values.only) && index % parts === part - 1)
if (values.list) for (const { id, kind } of runs) console.log(`${kind === 'fault' ? id : `  ${id}`}`)
else await runAll()

async function runAll(): Promise<void> {
  const results: Result[] = []
  const waiting = [...runs]
  const work = async (): Promise<void> => {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      const result = await runOne(run)
      results.push(result)
      console.log(lineOf(result))
    }
  }
  await Promise.all(Array.from({ length: Number(values['at-once']) }, work))
  const faults = results.filter(({ kind }) => kind === 'fault')
  const wrong = results.filter((result) => !isAsExpected(result))
  if (values['faults-expected']) {
    const seen = faults.filter(({ error }) => error !== undefined).length
    console.log(`${seen} of ${faults.length} faults seen, ${results.length - faults.length} neighbours looked at`)
  } else console.log(`${results.length - faults.length} neighbours`)
  for (const { id } of wrong) console.log(`not as expected: ${id}`)
  console.log(`${faults.length} cases, ${wrong.length} fail`)
  process.exitCode = wrong.length === 0 && faults.length > 0 ? 0 : 1
}

function isAsExpected({ kind, error }: Result): boolean {
  return (error !== undefined) === (kind === 'fault' && values['faults-expected'])
}

function lineOf(result: Result): string {
  const { kind, id, error, tookMs } = result
  const word = isAsExpected(result) ? 'ok  ' : 'FAIL'
  const why = error === undefined ? '' : `: ${error instanceof Error ? error.message : String(error)}`
  return `${word} ${kind === 'fault' ? id : `  ${id}`} (${Math.round(tookMs)} ms)${why.split('\n').slice(0, 12).join('\n     ')}`
}

async function runOne(run: Run): Promise<Result> {
  const { world, close } = createWorld(values.tree)
  const startedAt = performance.now()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${run.patienceMs} ms`)), run.patienceMs)
  })
  try {
    await Promise.race([run.check(world), late])
    return { ...run, tookMs: performance.now() - startedAt }
  } catch (error) {
    return { ...run, error, tookMs: performance.now() - startedAt }
  } finally {
    clearTimeout(timer)
    await close()
  }
}

/** All checks of all files, in the order of their names. Each file exports `world`. A fault's id stands once. */
async function allRuns(): Promise<Run[]> {
  const found: Run[] = []
  const areas = (await readdir(HERE, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && entry.name !== 'harness',
  )
  for (const area of areas.sort((a, b) => a.name.localeCompare(b.name))) {
    for (const name of (await readdir(join(HERE, area.name))).sort()) {
      if (!name.endsWith('.ts')) continue
      const { world } = (await import(join(HERE, area.name, name))) as { readonly world?: WorldCase }
      if (world === undefined) throw new Error(`${area.name}/${name} exports no \`world\``)
      const { faults, neighbours, patienceMs = 240_000 } = world
      for (const [id, check] of Object.entries(faults)) found.push({ id, kind: 'fault', check, patienceMs })
      for (const [title, check] of Object.entries(neighbours))
        found.push({ id: `${name.slice(0, -3)}: ${title}`, kind: 'neighbour', check, patienceMs })
    }
  }
  const ids = new Set<string>()
  for (const { id } of found) {
    if (ids.has(id)) throw new Error(`two checks are called ${id}`)
    ids.add(id)
  }
  return found
}
