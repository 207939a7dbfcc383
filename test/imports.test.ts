import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { circlesIn, importsOf, sourceFiles, violationsIn } from './support/import-rules.ts'

const SRC = join(import.meta.dirname, '..', 'src')

describe('imports', () => {
  test('every source file keeps to the table of rooms', () => {
    const files = sourceFiles(SRC)
    ok(files.length > 100, `only ${files.length} files seen`)
    const rooms = new Set(
      files.map((file) => (file.startsWith('ledger/verify/') ? 'ledger/verify' : file.split('/')[0])),
    )
    for (const room of [
      'model',
      'signals',
      'decide',
      'transform',
      'partners',
      'guard',
      'platform',
      'flow',
      'simulate',
      'ingress',
      'intake',
      'choices',
      'delivery',
      'ledger',
      'ledger/verify',
      'subjects',
      'contracts',
      'diff',
      'publish',
      'control',
      'console',
      'storage',
      'observe',
      'threads',
      'gateway',
      'cli',
      'main.ts',
    ]) {
      ok(rooms.has(room), `no file seen in ${room}`)
    }
    deepEqual(
      files.flatMap((file) => violationsIn(file, readFileSync(join(SRC, file), 'utf8'))),
      [],
    )
  })

  test('no file is in a circle of imports', () => {
    deepEqual(circlesIn(SRC), [])
  })

  test('imports are seen in every form', () => {
    const text = `import a from './a.ts'\nimport type { B } from '../flow/b.ts'\nexport { c } from "./c.ts"\nimport {\n  d,\n} from './d.ts'\nconst e = await import('./e.ts')\nimport './f.ts'\nnew Worker(new URL('./g.ts', import.meta.url))`
    deepEqual(
      importsOf('intake/x.ts', text).map(({ target }) => target),
      ['intake/a.ts', 'flow/b.ts', 'intake/c.ts', 'intake/d.ts', 'intake/e.ts', 'intake/f.ts', 'intake/g.ts'],
    )
  })

  const planted: [string, string, string][] = [
    ['a decision that reads the clock', 'decide/x.ts', 'const now = Date.now()'],
    ['a transform that opens a socket', 'transform/x.ts', "import { connect } from 'node:net'"],
    ['a signal that imports the flow', 'signals/x.ts', "import { prepare } from '../flow/prepare.ts'"],
    ['a decision that runs signal code', 'decide/x.ts', "import { parseGpc } from '../signals/gpc.ts'"],
    ['a delivery that reaches into the intake', 'delivery/x.ts', "import { pack } from '../intake/pack.ts'"],
    [
      'a delivery that takes more than types from ports',
      'delivery/x.ts',
      "import { Intake } from '../intake/ports.ts'",
    ],
    ['an intake that opens a database itself', 'intake/x.ts', "import { DatabaseSync } from 'node:sqlite'"],
    [
      'a control plane that reaches into storage',
      'control/x.ts',
      "import { openDatabase } from '../storage/sqlite/open.ts'",
    ],
    ['a model that imports anything', 'model/x.ts', "import type { Terms } from '../decide/terms.ts'"],
    ['ingress that imports control', 'ingress/x.ts', "import type { ControlDeps } from '../control/deps.ts'"],
    ['a console that reaches past the ops API', 'console/x.ts', "import { ROUTES } from '../control/routes/table.ts'"],
    ['a file in a room nobody knows', 'helpers/x.ts', ''],
    ['a file beside main.ts', 'x.ts', ''],
    ['a verifier that takes from the writer', 'ledger/verify/x.ts', "import { leafHash } from '../tree.ts'"],
    ['a verifier that reads files', 'ledger/verify/x.ts', "import { readFileSync } from 'node:fs'"],
    ['a writer that takes from the verifier', 'ledger/x.ts', "import { rootOf } from './verify/tree.ts'"],
    ['a flow that imports the simulator', 'flow/x.ts', "import { simulate } from '../simulate/stages.ts'"],
    ['a simulator that imports the intake', 'simulate/x.ts', "import type { Intake } from '../intake/ports.ts'"],
    ['a file language that imports what is live', 'contracts/x.ts', "import { stagePlans } from '../publish/stage.ts'"],
    ['a platform that knows the model', 'platform/x.ts', "import type { EpochMs } from '../model/brand.ts'"],
    ['a thread that starts the gateway', 'threads/x.ts', "import { startGateway } from '../gateway/gateway.ts'"],
    ['a composition root that imports a command', 'gateway/x.ts', "import { print } from '../cli/print.ts'"],
    ['ingress that opens storage', 'ingress/x.ts', "import { openDatabase } from '../storage/sqlite/open.ts'"],
  ]
  for (const [what, file, text] of planted) {
    test(`${what} is found`, () => {
      equal(violationsIn(file, text).length, 1)
    })
  }
})
