/**
 * The tests that docs/privacy-policy-map.md names must pass, and must fail once what they show is switched off:
 * `npm run test:policy-map [-- TOPIC …]`. Each switch (`switches.ts`) is turned off in a copy of the sources, where the row's
 * tests then run.
 */
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import {
  type Ended,
  faultOfSwitch,
  faultsOfRow,
  type MapRow,
  type NamedTest,
  ROOT,
  readPolicyMap,
  type Switch,
} from '../support/policy-map.ts'
import { SWITCHES } from './switches.ts'

const COPIES = 2
const COPIED = ['bin', 'bench', 'config', 'deploy', 'docs', 'src', 'test', 'package.json', 'README.md', 'tsconfig.json']
/** Tests that wait for what a switch keeps from happening give up before. */
const LIMIT_MS = 600_000

async function endedIn(root: string, tests: readonly NamedTest[]): Promise<readonly Ended[]> {
  const ended = new Map<string, Ended>()
  const files = [...new Set(tests.map(({ file }) => file))]
  // A suite of tests for several implementations is run by the file of the same name.
  const runBy = (file: string): string => join(root, file.replace(/-suite\.ts$/u, '.test.ts'))
  for (const file of files) {
    const names = tests.filter((one) => one.file === file).map(({ name }) => name)
    const patternOf = (name: string): RegExp =>
      new RegExp(`(?:^| )${name.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')}(?:: .*)?$`, 'u')
    const testNamePatterns = names.map(patternOf)
    const signal = AbortSignal.timeout(LIMIT_MS)
    for await (const event of run({ files: [runBy(file)], cwd: root, testNamePatterns, concurrency: 1, signal })) {
      if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
      const { name: reported, skip, todo, details } = event.data
      // Tests of a table add what they expect to the row's name.
      const name = names.find((one) => reported === one || reported.startsWith(`${one}: `))
      if (name === undefined) continue
      const isSkipped = (skip ?? todo) !== undefined
      const how = event.type === 'test:fail' ? failure(details.error) : isSkipped ? 'skipped' : 'passed'
      const known = ended.get(`${file} ${name}`)
      // The same test of several implementations: the worst counts.
      ended.set(`${file} ${name}`, known === undefined || known === 'passed' ? how : known)
    }
  }
  return tests.map(({ file, name }) => ended.get(`${file} ${name}`) ?? 'did not run')
}

/** A property that does not hold says why in its cause. */
function failure(error: unknown): Ended {
  if (!(error instanceof Error)) return 'broken'
  return 'code' in error && error.code === 'ERR_ASSERTION' ? 'refuted' : failure(error.cause)
}

async function copyOfSources(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'sluice-policy-map-'))
  for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true, preserveTimestamps: true })
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

async function withOff<Result>(root: string, off: Switch, work: () => Promise<Result>): Promise<Result> {
  const file = join(root, off.file)
  const source = await readFile(file, 'utf8')
  const fault = faultOfSwitch(off, source)
  if (fault !== undefined) throw new Error(fault)
  await writeFile(
    file,
    source.replace(off.find, () => off.replace),
  )
  try {
    return await work()
  } finally {
    await writeFile(file, source)
  }
}

const topics = process.argv.slice(2)
const rows = readPolicyMap().filter(({ topic }) => topics.length === 0 || topics.includes(topic))
const left = rows.values()
const faults: string[] = []
let passed = 0
let refuted = 0

async function prove(copy: string, row: MapRow): Promise<void> {
  const { topic, tests } = row
  const found: string[] = []
  for (const [index, how] of (await endedIn(copy, tests)).entries()) {
    if (how === 'passed') passed++
    else found.push(`${topic}: ${how}: ${tests[index]!.file} › ${tests[index]!.name}`)
  }
  const ended: { off: Switch; tests: readonly Ended[] }[] = []
  for (const off of SWITCHES[topic] ?? []) {
    ended.push({ off, tests: await withOff(copy, off, () => endedIn(copy, tests)) })
    if (ended.at(-1)!.tests.includes('refuted')) refuted++
  }
  found.push(...faultsOfRow(row, ended))
  for (const fault of found) console.error(fault)
  faults.push(...found)
  console.log(`${found.length === 0 ? 'shown' : 'NOT SHOWN'}: ${topic}`)
}

await Promise.all(
  Array.from({ length: COPIES }, async () => {
    const copy = await copyOfSources()
    try {
      for (const row of left) await prove(copy, row)
    } finally {
      await rm(copy, { recursive: true, force: true })
    }
  }),
)
console.log(`${passed} tests passed, ${refuted} switches were noticed, ${faults.length} faults`)
process.exitCode = faults.length === 0 && passed > 0 ? 0 : 1
