/** Shares out what a gateway's threads have cost among the parts of its work. Pure. */
import { isScriptThread, PROFILER_THREADS, V8_THREADS } from './threads.ts'

export const PARTS = [
  'HTTP in',
  'acceptance',
  'choices',
  'intake',
  'decision',
  'encoding',
  'guard',
  'ledger',
  'HTTP out',
  'collector and compiler',
  'elsewhere',
] as const
export type Part = (typeof PARTS)[number]

/** As the inspector's `Profiler.stop` gives it. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples?: readonly number[]
  /** Microseconds between a sample and the one before it. */
  readonly timeDeltas?: readonly number[]
}

/**
 * By source file, the first that fits. A file that none fits says nothing of whom it worked for: its time goes to the
 * nearest caller that does.
 */
const BY_FILE: readonly (readonly [RegExp, Part])[] = [
  [/\/src\/guard\/(?:screen|kept|dropped)\.ts$/, 'acceptance'],
  [/\/src\/guard\//, 'guard'],
  [/\/src\/flow\/(?:accept|routes)\.ts$|\/src\/transform\/(?:classify|property-path)\.ts$/, 'acceptance'],
  [/\/src\/partners\//, 'encoding'],
  [/\/src\/(?:decide|transform)\/|\/src\/flow\/(?:prepare|judge|parts|relay-prepare|relay-read)\.ts$/, 'decision'],
  [/\/src\/(?:choices|subjects)\/|\/src\/storage\/sqlite\/choices|\/src\/threads\/choices/, 'choices'],
  [/\/src\/intake\/|\/src\/storage\/sqlite\/intake|\/src\/threads\/intake/, 'intake'],
  [/\/src\/ledger\/|\/src\/storage\/sqlite\/ledger|\/src\/threads\/ledger|\/src\/flow\/(?:records|late-)/, 'ledger'],
  [/\/src\/delivery\/|\/src\/flow\/(?:disclose|relay|relay-answer|sendable)\.ts$|\/undici\//, 'HTTP out'],
  [/\/src\/ingress\/|\/node_modules\/(?:express|router|body-parser|qs)\/|^node:_http_/, 'HTTP in'],
]
/** Threads that do one part's work and no other. */
const BY_THREAD: ReadonlyMap<string, Part> = new Map([
  ['choices', 'choices'],
  ['intake', 'intake'],
  ['ledger', 'ledger'],
  ['ledger-sealer', 'ledger'],
  ['ledger-verifier', 'ledger'],
])

/** The kernel keeps 15 characters of a thread's name. */
const KERNEL_NAME_CHARS = 15

export interface Budget {
  /** CPU in microseconds by part. */
  readonly parts: ReadonlyMap<Part, number>
  /** What taking the profile cost on threads of its own: no part of the gateway's work. */
  readonly profilerMicros: number
}

/**
 * @param threads CPU in microseconds by thread, as the kernel counted it
 * @param profiles by thread; says how a thread's time is divided, never how much it is
 */
export function budgetOf(threads: ReadonlyMap<string, number>, profiles: ReadonlyMap<string, CpuProfile>): Budget {
  const parts = new Map<Part, number>(PARTS.map((part) => [part, 0]))
  const add = (part: Part, micros: number): void => {
    parts.set(part, (parts.get(part) ?? 0) + micros)
  }
  const named = new Map([...profiles].map(([name, profile]) => [name.slice(0, KERNEL_NAME_CHARS), profile]))
  let profilerMicros = 0
  for (const [thread, micros] of threads) {
    if (PROFILER_THREADS.has(thread)) profilerMicros += micros
    else if (V8_THREADS.has(thread)) add('collector and compiler', micros)
    else if (!isScriptThread(thread)) add('elsewhere', micros)
    else {
      const profile = named.get(thread)
      const shares = profile === undefined ? new Map() : sharesOf(profile, BY_THREAD.get(thread))
      if (shares.size === 0) add(BY_THREAD.get(thread) ?? 'elsewhere', micros)
      for (const [part, share] of shares) add(part, share * micros)
    }
  }
  return { parts, profilerMicros }
}

/** A longer gap between two samples is one in which the machine had other work: the sample says nothing of most of it. */
const MOST_INTERVALS = 4

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

/**
 * How a thread's busy time divides, adding up to 1; empty where it was never busy.
 * @param whole all of it but the collector's, where the thread works for one part
 */
export function sharesOf(profile: CpuProfile, whole?: Part): ReadonlyMap<Part, number> {
  const { nodes, samples = [], timeDeltas = [] } = profile
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const partOf = new Map<number, Part | 'idle'>()
  // From the root downwards: what a frame does not say, its caller does. No recursion: stacks are deep.
  const open: { readonly id: number; readonly inherited: Part | undefined }[] = []
  for (const { id, callFrame } of nodes) if (callFrame.functionName === '(root)') open.push({ id, inherited: whole })
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { callFrame, children = [] } = byId.get(next.id)!
    const own = callFrame.functionName.startsWith('(') ? META.get(callFrame.functionName) : undefined
    const part = own ?? whole ?? partOfFile(callFrame.url) ?? next.inherited
    partOf.set(next.id, part ?? 'elsewhere')
    for (const child of children) open.push({ id: child, inherited: part === 'idle' ? undefined : part })
  }
  const spent = new Map<Part, number>()
  const most = MOST_INTERVALS * medianOf(timeDeltas)
  let busy = 0
  samples.forEach((id, index) => {
    const part = partOf.get(id) ?? 'elsewhere'
    if (part === 'idle') return
    // A sample stands for the time until the next one.
    const micros = Math.min(most, Math.max(0, timeDeltas[index + 1] ?? 0))
    spent.set(part, (spent.get(part) ?? 0) + micros)
    busy += micros
  })
  if (busy === 0) return new Map()
  return new Map([...spent].map(([part, micros]) => [part, micros / busy]))
}

/** V8's names for what is no function. `(program)` is native code: the event loop, reading sockets, messages. */
const META: ReadonlyMap<string, Part | 'idle'> = new Map([
  ['(idle)', 'idle'],
  ['(garbage collector)', 'collector and compiler'],
])

function partOfFile(url: string): Part | undefined {
  if (url === '') return undefined
  return BY_FILE.find(([pattern]) => pattern.test(url))?.[1]
}
