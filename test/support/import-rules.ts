/** The table of rooms (docs/architecture.md): who may import whom. Read from the sources, `import type` included. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, sep } from 'node:path'

export interface ImportLine {
  /** Relative to `src/`, with `/`. */
  readonly file: string
  /** Target relative to `src/`, with `/`; undefined for a package or `node:` module. */
  readonly target: string | undefined
  readonly module: string
  readonly typeOnly: boolean
  readonly line: number
}
export interface Violation {
  readonly file: string
  readonly line: number
  readonly rule: string
}

const FLOOR_0 = ['signals', 'decide', 'transform', 'partners', 'guard']
const FLOOR_2 = [
  'delivery',
  'intake',
  'choices',
  'ledger',
  'subjects',
  'notices',
  'contracts',
  'diff',
  'publish',
  'inbox',
  'live',
]
const FLOOR_3 = ['ingress', 'control', 'console']
const FLOOR_4 = ['gateway', 'cli', 'main']
/** The verifier is a room in a room: it shares nothing with what writes. */
const VERIFY = 'ledger/verify'
const ROOMS = [
  'model',
  ...FLOOR_0,
  'observe',
  'platform',
  'flow',
  'simulate',
  ...FLOOR_2,
  VERIFY,
  'storage',
  ...FLOOR_3,
  'threads',
  'cluster',
  ...FLOOR_4,
]
/** What stands on floors 0 to 1½, which any room above may use. */
const BELOW = ['model', ...FLOOR_0, 'observe', 'platform', 'flow', 'simulate']
/** Rooms of floor 2 that stand on one another: a change is of contracts, and what is published is a change. */
const STANDS_ON: Readonly<Record<string, readonly string[]>> = { diff: ['contracts'], publish: ['contracts', 'diff'] }
/** Node's modules that reach a clock, a store, a socket, the environment or randomness. Hashing and parsing do not. */
const IMPURE =
  /^node:(fs|net|http|https|http2|dns|tls|dgram|child_process|worker_threads|os|process|timers|cluster|sqlite|perf_hooks|readline)(\/|$)/
/** Pure functions of impure-sounding modules: `isIP` only looks at its argument. */
const PURE_NAMES: Readonly<Record<string, readonly string[]>> = { 'node:net': ['isIP', 'isIPv4', 'isIPv6'] }

export function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.test.ts'))
    .map((file) => file.split(sep).join('/'))
}

/** Every static and dynamic import and re-export of a file. */
export function importsOf(file: string, text: string): ImportLine[] {
  const found: ImportLine[] = []
  const pattern =
    /\b(?:import|export)\b(?<type>\s+type\b)?[^'"`;]*?\bfrom\s*['"](?<from>[^'"]+)['"]|\bimport\s*\(?\s*['"](?<bare>[^'"]+)['"]|new URL\(\s*['"](?<url>\.[^'"]+\.ts)['"]/g
  for (const match of text.matchAll(pattern)) {
    const module = match.groups?.from ?? match.groups?.bare ?? match.groups?.url ?? ''
    const line = text.slice(0, match.index).split('\n').length
    const target = module.startsWith('.')
      ? normalize(join(dirname(file), module))
          .split(sep)
          .join('/')
      : undefined
    found.push({ file, target, module, typeOnly: match.groups?.type !== undefined, line })
  }
  return found
}

export function violationsIn(file: string, text: string): Violation[] {
  const room = roomOf(file)
  const broken: Violation[] = []
  const add = (line: number, rule: string): void => {
    broken.push({ file, line, rule })
  }
  if (room === undefined) return [{ file, line: 1, rule: 'is in no room of the table' }]
  for (const one of importsOf(file, text)) {
    if (one.target === undefined) {
      const rule = packageRule(room, one, text)
      if (rule !== undefined) add(one.line, rule)
    } else {
      const target = roomOf(one.target)
      if (target === undefined) add(one.line, `imports ${one.target}, which is in no room`)
      else if (!allowed(room, target, one))
        add(one.line, `${room} may not import ${one.target}${one.typeOnly ? ' (even as a type)' : ''}`)
    }
  }
  if (['model', ...FLOOR_0].includes(room)) {
    for (const [pattern, what] of [
      [/\bDate\.now\(/, 'reads the clock'],
      [/\bnew Date\(\)/, 'reads the clock'],
      [/\bMath\.random\(/, 'is random'],
      [/\bprocess\./, 'reads the process'],
      [/\brandom(Bytes|UUID|Int)\b/, 'is random'],
      [/\bfetch\(/, 'opens a socket'],
    ] as const) {
      const index = text.search(pattern)
      if (index >= 0) add(text.slice(0, index).split('\n').length, `${room} is pure, and this ${what}`)
    }
  }
  return broken
}

function packageRule(room: string, { module, line }: ImportLine, text: string): string | undefined {
  if (room === VERIFY && module !== 'node:crypto') return `the verifier may not import ${module}`
  if (['node:sqlite', 'pg'].includes(module) && room !== 'storage') return 'only storage knows a database'
  if (!['model', ...FLOOR_0].includes(room) || !IMPURE.test(module)) return undefined
  const pure = PURE_NAMES[module]
  const names =
    /\{([^}]*)\}/
      .exec(
        text
          .split('\n')
          .slice(line - 1, line + 4)
          .join(' '),
      )?.[1]
      ?.split(',')
      .map((name) => name.trim()) ?? []
  if (pure !== undefined && names.every((name) => pure.includes(name))) return undefined
  return `${room} is pure and may not import ${module}`
}

function allowed(room: string, target: string, { target: path, typeOnly }: ImportLine): boolean {
  const isPorts = path?.endsWith('/ports.ts') === true && typeOnly
  if (room === target || room === 'main') return true
  if (room === 'cli') return target !== 'main'
  if (room === 'gateway') return !['main', 'cli'].includes(target)
  if (FLOOR_4.includes(target)) return false
  if (room === 'model' || room === VERIFY) return room === VERIFY && target === 'model'
  if (room === 'observe') return target === 'model'
  if (room === 'platform') return target === 'observe'
  if (FLOOR_0.includes(room)) return target === 'model' || (room === 'decide' && target === 'signals' && typeOnly)
  if (room === 'flow') return ['model', ...FLOOR_0].includes(target)
  if (room === 'simulate') return ['model', ...FLOOR_0, 'flow'].includes(target)
  if (room === 'storage')
    return (
      ['model', 'observe', 'platform'].includes(target) ||
      (FLOOR_2.includes(target) && typeOnly && /\/(ports|store)\.ts$/.test(path ?? ''))
    )
  if (FLOOR_2.includes(room))
    return (
      BELOW.includes(target) ||
      (FLOOR_2.includes(target) && isPorts) ||
      STANDS_ON[room]?.includes(target) === true ||
      // What a start believes of its own folder it reads as any stranger would.
      (room === 'ledger' && [`${VERIFY}/note.ts`, `${VERIFY}/proof.ts`].includes(path ?? ''))
    )
  if (['threads', 'cluster'].includes(room))
    return BELOW.includes(target) || [...FLOOR_2, VERIFY, 'storage', 'threads', 'cluster'].includes(target)
  // The ops API is its only source; the vocabulary it may share.
  if (room === 'console') return target === 'model'
  if (FLOOR_3.includes(room)) return BELOW.includes(target) || FLOOR_2.includes(target)
  return false
}

/** The room of a file below `src/`; undefined where it is in none. */
function roomOf(file: string): string | undefined {
  if (file === 'main.ts') return 'main'
  if (file.startsWith(`${VERIFY}/`)) return VERIFY
  const room = file.includes('/') ? file.slice(0, file.indexOf('/')) : ''
  return room !== 'main' && ROOMS.includes(room) ? room : undefined
}

/** Circles between files, as paths; none is allowed, in one room or across rooms. Types count. */
export function circlesIn(root: string): string[] {
  const files = sourceFiles(root)
  const edges = new Map(
    files.map((file) => [
      file,
      importsOf(file, readFileSync(join(root, file), 'utf8')).flatMap(({ target, module }) =>
        target === undefined || module.startsWith('new') ? [] : [target],
      ),
    ]),
  )
  const state = new Map<string, 'open' | 'done'>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === 'done') return
    if (state.get(file) === 'open') {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
      return
    }
    state.set(file, 'open')
    for (const next of edges.get(file) ?? []) visit(next, [...path, file])
    state.set(file, 'done')
  }
  for (const file of files) visit(file, [])
  return circles
}
