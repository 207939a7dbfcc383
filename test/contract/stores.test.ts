/** What ownership and the stores of revisions, stops, proposals, actors and calls promise: over today's files, and over memory. */
import { rejects } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { actorsIn, type KnownActor } from '../../src/control/access/actor-book.ts'
import { secretsIn } from '../../src/control/access/secrets.ts'
import { callsIn } from '../../src/control/idempotency.ts'
import type { Revision } from '../../src/model/brand.ts'
import type { RevisionPlan } from '../../src/model/contract.ts'
import type { Ownership } from '../../src/platform/ownership.ts'
import { type Proposal, proposalsIn } from '../../src/publish/proposals.ts'
import { revisionsIn, type Texts } from '../../src/publish/revision-files.ts'
import { type StopState, stopsIn } from '../../src/publish/stops.ts'
import { ownershipOf } from '../../src/storage/sqlite/lock.ts'
import { type Stores, storesContract } from './stores-suite.ts'

/** Nothing of an object that was handed over is shared with whoever reads it. */
function inMemory(): Stores {
  const plans = new Map<Revision, { readonly plan: RevisionPlan; readonly texts: Texts | undefined }>()
  let stops: StopState = { partners: new Set(), all: false }
  const proposals = new Map<number, Proposal>()
  let actors: KnownActor[] = []
  const calls = new Map<string, { readonly sealed: string; readonly at: number }>()
  const secrets = new Map<string, string>()
  return {
    revisions: {
      newest: async () => Math.max(0, ...plans.keys()),
      read: (number) => structuredClone(plans.get(number)?.plan),
      write: async (plan, texts) => void plans.set(plan.number, structuredClone({ plan, texts })),
      texts: async (number) => structuredClone(plans.get(number)?.texts),
    },
    stops: {
      read: async () => ({ ...structuredClone(stops), readable: true }),
      write: async (_turn, state) => {
        stops = structuredClone(state)
      },
    },
    proposals: {
      all: async () => structuredClone([...proposals.values()].sort((a, b) => a.number - b.number)),
      add: async (proposal) => {
        const added = { ...structuredClone(proposal), number: proposals.size + 1 }
        proposals.set(added.number, added)
        return structuredClone(added)
      },
      change: async (number, by) => {
        proposals.set(number, structuredClone(by(structuredClone(proposals.get(number)!))))
        return structuredClone(proposals.get(number)!)
      },
    },
    actors: {
      all: async () => structuredClone(actors),
      add: async (actor) => void actors.push(structuredClone(actor)),
      remove: async (id) => {
        actors = actors.filter((one) => one.id !== id)
      },
    },
    calls: {
      all: async () => new Map([...calls].map(([name, { at }]) => [name, at])),
      read: async (name) => calls.get(name),
      claim: async (name, sealed) => {
        if (calls.has(name)) return false
        calls.set(name, { sealed, at: Date.now() })
        return true
      },
      write: async (name, sealed) => void calls.set(name, { sealed, at: Date.now() }),
      remove: async (name) => void calls.delete(name),
    },
    secrets: {
      read: async (what) => secrets.get(what),
      change: async (what, by) => {
        const text = by(secrets.get(what))
        secrets.set(what, text)
        return text
      },
    },
  }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-stores-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const inFiles = (): Stores => ({
  revisions: revisionsIn(join(folder, 'revisions')),
  stops: stopsIn(join(folder, 'stops.json')),
  proposals: proposalsIn(join(folder, 'proposals')),
  actors: actorsIn(join(folder, 'actors.jsonl')),
  calls: callsIn(join(folder, 'idempotency')),
  secrets: secretsIn(join(folder, 'keys')),
})

describe('ownership', () => {
  const taken = new Set<string>()
  const rows: readonly (readonly [string, (name: string) => Ownership])[] = [
    ['by a lock in the folder', (name) => ownershipOf(join(folder, name))],
    [
      'in memory',
      (name) => ({
        claim: async () => {
          if (taken.has(name)) throw new Error('another has it')
          taken.add(name)
          return { release: () => void taken.delete(name) }
        },
      }),
    ],
  ]
  for (const [how, own] of rows)
    test(`${how} is one process’s at a time, and another’s once it lets go`, async () => {
      const first = await own('a').claim()
      await rejects(own('a').claim(), /another/)
      const other = await own('b').claim()
      first.release()
      const second = await own('a').claim()
      await rejects(own('a').claim(), /another/)
      for (const one of [second, other]) one.release()
    })
})

describe('stores in files', () => {
  // One process owns the folder, and a later one opens it anew.
  storesContract(async () => {
    const first = inFiles()
    return { first, again: { ...inFiles(), secrets: first.secrets } }
  })
})

describe('stores in memory', () => {
  storesContract(async () => {
    const stores = inMemory()
    return { first: stores, again: stores }
  })
})
