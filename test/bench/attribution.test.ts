import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { budgetOf, type CpuProfile, PARTS, type Part, sharesOf } from '../../bench/support/attribution.ts'

/** Of the main thread of a gateway that takes batches in and delivers them, thinned out. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.cpuprofile'), 'utf8')) as CpuProfile

/** One stack, sampled for `micros`, the outermost frame first. */
type Stack = readonly [micros: number, ...urlsOrNames: readonly string[]]

function profileOf(stacks: readonly Stack[]): CpuProfile {
  const nodes = [{ id: 1, callFrame: { functionName: '(root)', url: '' }, children: [] as number[] }]
  const samples: number[] = []
  const timeDeltas: number[] = [0]
  for (const [micros, ...frames] of stacks) {
    let parent = nodes[0]!
    for (const frame of frames) {
      const meta = frame.startsWith('(')
      const callFrame = { functionName: meta ? frame : 'work', url: meta ? '' : frame }
      const node = { id: nodes.length + 1, callFrame, children: [] }
      parent.children.push(node.id)
      nodes.push(node)
      parent = node
    }
    samples.push(parent.id)
    timeDeltas.push(micros)
  }
  return { nodes, samples, timeDeltas }
}
const sharesFrom = (...stacks: readonly Stack[]) => Object.fromEntries(sharesOf(profileOf(stacks)))
const at = (file: string): string => `file:///app/src/${file}`

describe('attribution: a frame', () => {
  const rows: readonly (readonly [string, readonly string[], Part])[] = [
    ['belongs to its own room', [at('guard/scan.ts')], 'guard'],
    ['belongs to its own room, not to its caller', [at('flow/prepare.ts'), at('guard/scan.ts')], 'guard'],
    ['of the vocabulary belongs to its caller', [at('guard/scan.ts'), at('model/text.ts')], 'guard'],
    ['of native code belongs to its caller', [at('ingress/body.ts'), ''], 'HTTP in'],
    ['of Node belongs to its caller', [at('ledger/frames.ts'), 'node:buffer'], 'ledger'],
    ['of the screen is acceptance, though it lies with the guard', [at('guard/screen.ts')], 'acceptance'],
    ['of signals is acceptance at acceptance', [at('flow/accept.ts'), at('signals/read.ts')], 'acceptance'],
    ['of signals is the decision at sending', [at('flow/judge.ts'), at('signals/gpp.ts')], 'decision'],
    ['of a partner is encoding', [at('flow/prepare.ts'), at('partners/webhook/encode.ts')], 'encoding'],
    ['of undici is HTTP out', ['file:///app/node_modules/undici/lib/dispatcher/client.js'], 'HTTP out'],
    ['of Express is HTTP in', ['node:_http_server', 'file:///app/node_modules/express/lib/express.js'], 'HTTP in'],
    ['of nobody is elsewhere', ['node:internal/timers'], 'elsewhere'],
    ['of no function is elsewhere', ['(program)'], 'elsewhere'],
    ['of a collection is the collector’s', ['(garbage collector)'], 'collector and compiler'],
  ]
  for (const [name, frames, part] of rows) {
    test(name, () => {
      deepEqual(sharesFrom([500, ...frames]), { [part]: 1 })
    })
  }

  test('that waits is nobody’s, and what is left adds up', () => {
    deepEqual(sharesFrom([900, '(idle)'], [300, at('guard/scan.ts')], [100, at('ledger/frames.ts')]), {
      guard: 0.75,
      ledger: 0.25,
    })
  })

  test('that was left waiting by the machine counts for four intervals at most', () => {
    const usual: Stack = [100, at('ledger/frames.ts')]
    deepEqual(sharesFrom(usual, usual, usual, usual, [90_000, at('guard/scan.ts')]), { ledger: 0.5, guard: 0.5 })
  })

  test('of a store’s thread is the store’s, unless it collects', () => {
    const profile = profileOf([
      [300, at('platform/sync-folder.ts')],
      [100, '(garbage collector)'],
    ])
    deepEqual(Object.fromEntries(sharesOf(profile, 'intake')), { intake: 0.75, 'collector and compiler': 0.25 })
  })
})

describe('attribution: a recorded profile', () => {
  test('divides as one sample after another does, each looked at alone', () => {
    const shares = sharesOf(recorded)
    deepEqual(rounded(shares), rounded(oneByOne(recorded)))
    for (const part of ['HTTP in', 'acceptance', 'guard', 'ledger', 'HTTP out', 'collector and compiler'] as const)
      ok((shares.get(part) ?? 0) > 0.01, `nothing seen of ${part}`)
  })

  test('adds up to the whole', () => {
    equal(Math.round(1e6 * [...sharesOf(recorded).values()].reduce((sum, share) => sum + share, 0)), 1e6)
  })
})

describe('attribution: the budget', () => {
  const threads = new Map([
    ['MainThread', 700],
    ['intake', 80],
    ['ledger-sealer', 20],
    ['V8Worker', 150],
    ['libuv-worker', 10],
    ['v8:ProfEvntProc', 40],
  ])
  const { parts, profilerMicros } = budgetOf(threads, new Map([['MainThread', recorded]]))

  test('holds what every thread has cost, and the profiler apart', () => {
    equal(profilerMicros, 40)
    equal(Math.round([...parts.values()].reduce((sum, micros) => sum + micros, 0)), 960)
  })

  test('gives a store’s thread to its part where there is no profile of it', () => {
    const alone = budgetOf(new Map([['intake', 80]]), new Map()).parts
    equal(alone.get('intake'), 80)
  })

  test('names every part, though nothing was seen of it', () => {
    deepEqual([...budgetOf(new Map(), new Map()).parts.keys()], [...PARTS])
  })
})

function rounded(shares: ReadonlyMap<Part, number>): unknown {
  return Object.fromEntries([...shares].map(([part, share]) => [part, Math.round(share * 1e6)]).toSorted())
}

/** The same by another way: from each sample upwards. */
function oneByOne({ nodes, samples = [], timeDeltas = [] }: CpuProfile): ReadonlyMap<Part, number> {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const spent = new Map<Part, number>()
  const most = 4 * timeDeltas.toSorted((a, b) => a - b)[timeDeltas.length >> 1]!
  let busy = 0
  for (const [index, sample] of samples.entries()) {
    const stack: Stack[number][] = []
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) {
      const { functionName, url } = frames.get(id)!
      if (functionName !== '(root)') stack.unshift(functionName.startsWith('(') ? functionName : url)
    }
    if (stack[0] === '(idle)') continue
    const [part] = Object.keys(sharesFrom([1, ...(stack as string[])])) as [Part]
    const micros = Math.min(most, timeDeltas[index + 1] ?? 0)
    spent.set(part, (spent.get(part) ?? 0) + micros)
    busy += micros
  }
  return new Map([...spent].map(([part, micros]) => [part, micros / busy]))
}
