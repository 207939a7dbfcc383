/**
 * What a new partner type and a new signal cost: both are added to a copy of the sources, which must type-check and work, and
 * the files that had to change are counted. A new type is its folder and one line; for a new signal the compiler names every
 * place.
 */
import { deepEqual, equal, match } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')

/** A copy of the sources without their tests and without the console, which is built by itself. */
async function withCopy(run: (copy: Copy) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-growth-'))
  try {
    cpSync(join(ROOT, 'src'), join(folder, 'src'), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts') && !path.startsWith(join(ROOT, 'src', 'console')),
    })
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
    // Checked several times, each time only what a change may have touched.
    const config = { compilerOptions: { ...compilerOptions, incremental: true }, include: ['src'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    await run(copyIn(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Copy {
  /** Adds a file of this folder, under a name of its own. */
  add(part: string, file: string): void
  /** Puts a text behind the only place of another. */
  insert(file: string, after: string, text: string): void
  /** The files that the compiler names, sorted; none where all is well. */
  faults(): Promise<readonly string[]>
  /** What a program in the copy prints. */
  print(program: string): Promise<string>
  /** All files that differ from the project's own, sorted. */
  changed(): readonly string[]
}

function copyIn(folder: string): Copy {
  const node = (...words: readonly string[]) =>
    new Promise<{ readonly failed: boolean; readonly stdout: string; readonly stderr: string }>((resolve) => {
      const env = { ...process.env, GOGC: '400' }
      execFile(process.execPath, words, { cwd: folder, encoding: 'utf8', env }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, stdout, stderr }),
      )
    })
  const sources = (root: string): readonly string[] =>
    globSync('src/**/*', { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  return {
    add: (part, file) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(join(import.meta.dirname, part), join(folder, file))
    },
    insert: (file, after, text) => {
      const path = join(folder, file)
      const before = readFileSync(path, 'utf8')
      equal(before.split(after).length, 2, `${file} holds "${after}" once`)
      writeFileSync(
        path,
        before.replace(after, () => after + text),
      )
    },
    faults: async () => {
      // One checker, which collects its garbage seldom, costs half the CPU time of the compiler's usual four.
      const { failed, stdout } = await node(TSC, '--noEmit', '--pretty', 'false', '--singleThreaded')
      const files = [...new Set([...stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file]) => file!))].sort()
      equal(failed, files.length > 0, stdout)
      return files
    },
    print: async (program) => {
      const { failed, stdout, stderr } = await node('--input-type=module', '--eval', program)
      equal(failed, false, stderr)
      return stdout.trim()
    },
    changed: () =>
      sources(folder)
        .filter((file) => readOr(join(ROOT, file)) !== readFileSync(join(folder, file), 'utf8'))
        .sort(),
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

test('a new partner type is its folder and one line of the registry', async () => {
  await withCopy(async (copy) => {
    copy.add('acme.ts.txt', 'src/partners/acme/index.ts')
    copy.insert(
      'src/partners/registry.ts',
      "import { adjust } from './adjust/index.ts'\n",
      "import { acme } from './acme/index.ts'\n",
    )
    copy.insert('src/partners/registry.ts', '= [\n', '  acme,\n')
    deepEqual(await copy.faults(), [])
    const others = copy.changed().filter((file) => !file.startsWith('src/partners/acme/'))
    deepEqual(others, ['src/partners/registry.ts'])
    const printed = await copy.print(`
      import { partnerTypes } from './src/partners/registry.ts'
      const acme = partnerTypes().get('acme')
      const { item, envelope } = acme.encoder(acme.sample.connection)
      const flags = { restricted: true, sale: true, sharing: true, targetedAdvertising: true, deviceLimit: false, gpc: false }
      const view = { event: 'buy', kind: 'track', app: { id: 'a' }, ...acme.sample.view }
      console.log(JSON.stringify(envelope([item(view, flags).bytes])))
    `)
    match(printed, /"https:\/\/acme\.example".*user=u-1&limited=1/)
  })
})

test('a new signal is its file, and what the compiler asks for from its name on', async () => {
  await withCopy(async (copy) => {
    copy.add('quiet-hours.ts.txt', 'src/signals/quiet-hours.ts')
    copy.insert('src/model/signal.ts', "  age: 'age',\n", "  quiet_hours: 'quiet hours',\n")
    // The name alone: the compiler names the table, and the person's page, which has a word for each signal.
    deepEqual(await copy.faults(), [
      'src/ingress/person/me-pages.ts',
      'src/signals/quiet-hours.ts',
      'src/signals/table.ts',
    ])
    copy.insert(
      'src/signals/table.ts',
      "import { LOCATION_PERMISSION } from './location-permission.ts'\n",
      "import { QUIET_HOURS } from './quiet-hours.ts'\n",
    )
    copy.insert('src/signals/table.ts', '  age: AGE,\n', '  quiet_hours: QUIET_HOURS,\n')
    for (const language of ['en', 'es'])
      copy.insert(`src/ingress/person/texts/${language}.ts`, '  kinds: {\n', "    quiet_hours: 'Quiet hours',\n")
    copy.insert('src/model/reason.ts', 'export const REASONS = {\n', "  quiet_hours: 'It is night there.',\n")
    // Its reason: the compiler names the ledger's numbers, and the reasons in Spanish.
    deepEqual(
      (await copy.faults()).filter((file) => !file.startsWith('src/ledger/leaf')),
      ['src/ledger/numbers.ts', 'src/subjects/words/es.ts'],
    )
    copy.insert('src/ledger/numbers.ts', '  not_fresh: 36,\n', '  quiet_hours: 37,\n')
    copy.insert('src/subjects/words/es.ts', '  reasons: {\n', "    quiet_hours: 'Es de noche.',\n")
    deepEqual(await copy.faults(), [])
    deepEqual(copy.changed(), [
      'src/ingress/person/texts/en.ts',
      'src/ingress/person/texts/es.ts',
      'src/ledger/numbers.ts',
      'src/model/reason.ts',
      'src/model/signal.ts',
      'src/signals/quiet-hours.ts',
      'src/signals/table.ts',
      'src/subjects/words/es.ts',
    ])
    const printed = await copy.print(`
      import { createDecoders } from './src/signals/decoders.ts'
      import { describeSignals } from './src/signals/describe.ts'
      import { findSignals } from './src/signals/findings.ts'
      import { NO_REQUEST_SIGNALS, readSignals } from './src/signals/read.ts'
      const raw = readSignals([{ context: { device: { quietHours: true } } }], NO_REQUEST_SIGNALS, 0, () => undefined)
      const context = { honoured: { gpc: true, dnt: true }, categories: {}, decoders: createDecoders(), from: 0, until: 0 }
      const { findings } = findSignals(raw, context)
      console.log(JSON.stringify([findings.map(({ why, denies }) => [why, denies]), describeSignals(raw, context)]))
    `)
    deepEqual(JSON.parse(printed), [[['quiet_hours', 7]], [{ signal: 'quiet_hours', state: 'valid', value: true }]])
  })
})
