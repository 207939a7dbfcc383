/** What is shown of traffic as it passes: the tail, the SDKs heard of, the sandbox of test events. Holds no rules. */
import { randomBytes } from 'node:crypto'
import { resolveBySystem } from '../delivery/egress.ts'
import { createHttpWire } from '../delivery/http-wire.ts'
import { createHeardSdks, type HeardSdks } from '../live/heard.ts'
import { createSandbox, SANDBOX_SECRET, type Sandbox } from '../live/sandbox.ts'
import { createTail } from '../live/tail.ts'
import type { RevisionPlan } from '../model/contract.ts'
import type { SimulateDeps } from '../simulate/simulator.ts'
import type { World } from '../simulate/world.ts'
import { type SimulationParts, simulationDeps } from './simulation.ts'

export interface Live {
  readonly tail: ReturnType<typeof createTail>
  readonly heard: HeardSdks
  readonly sandbox: Pick<Sandbox, 'send'>
  readonly simulation: SimulateDeps
  /** Lets nobody wait any longer. */
  close(): Promise<void>
}

export interface LiveParts extends SimulationParts {
  readonly joined: { readonly forgetWithErasure: (forget: () => void) => void }
}

const after = (ms: number, call: () => void): (() => void) => {
  const timer = setTimeout(call, ms).unref()
  return () => clearTimeout(timer)
}

export function openLive(parts: LiveParts): Live {
  const { now, types } = parts
  const simulation = simulationDeps(parts)
  const worldOf = lastWorld(simulation)
  const tail = createTail({
    ...simulation,
    worldOf,
    epoch: randomBytes(4).toString('hex'),
    after,
    nextTurn: () => new Promise((resolve) => setImmediate(resolve)),
  })
  parts.joined.forgetWithErasure(tail.forget)
  const sandbox = createSandbox({
    wireFor: (contract) =>
      createHttpWire({
        contractOf: () => contract,
        secretsOf: ({ type }) => types.get(type)?.secrets ?? [],
        readSecret: () => SANDBOX_SECRET,
        resolve: resolveBySystem,
        now,
      }),
    newId: () => randomBytes(16).toString('hex'),
    after,
  })
  return {
    tail,
    heard: createHeardSdks(now),
    sandbox,
    simulation,
    close: async () => {
      tail.close()
      await sandbox.close()
    },
  }
}

/** Of the live revision, made when it is first asked for. */
function lastWorld({ current, worldOf }: Pick<SimulateDeps, 'current' | 'worldOf'>): () => World {
  let last: { readonly plan: RevisionPlan; readonly world: World } | undefined
  return () => {
    const plan = current()
    if (last?.plan !== plan) last = { plan, world: worldOf(plan) }
    return last.world
  }
}
