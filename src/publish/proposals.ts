/** Changes that wait for a second person, kept for good: `<data>/proposals/000001.json`, one durable file each. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Plans } from '../contracts/config.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import { CHANGES, type Change } from '../model/contract.ts'
import { syncFolder, writeDurably } from '../platform/durable-file.ts'
import type { Texts } from './revision-files.ts'
import type { Seen } from './saved-files.ts'

export const PROPOSAL_STATES = ['waiting', 'approved', 'rejected', 'withdrawn', 'superseded'] as const
export type ProposalState = (typeof PROPOSAL_STATES)[number]

export interface Proposal {
  /** From 1. */
  readonly number: number
  readonly state: ProposalState
  /** The revision it was made for: once another is live it is stale. */
  readonly base: Revision
  /** Keyed reference of a member of staff, or `files`. */
  readonly author: string
  /** Others who wrote any of it: who made it anew, who handed in the files. */
  readonly coauthors?: readonly string[] | undefined
  readonly message: string
  /** Why more is to be disclosed. */
  readonly reason: string
  readonly at: EpochMs
  readonly change: Change
  /** What it means, in sentences, as it was when it was made. */
  readonly words: string
  /** What `sluice check` warned of in the pieces that change; absent in proposals of before November 2026. */
  readonly warnings?: readonly string[] | undefined
  readonly until?: EpochMs | undefined
  readonly percent?: number | undefined
  /** Digest of what was asked for, before it was staged. */
  readonly asked: string
  /** What becomes live. */
  readonly plans: Plans
  readonly texts?: Texts | undefined
  /** Files to be saved once it is live, as they were seen. */
  readonly seen?: Seen | undefined
  /** What people said of it while it waited, in order. */
  readonly comments?: readonly Comment[] | undefined
  readonly ended?: {
    readonly by: string
    readonly at: EpochMs
    readonly note: string
    /** Where it was approved. */
    readonly revision?: Revision | undefined
  }
}

export interface Comment {
  /** Keyed reference of a member of staff. */
  readonly by: string
  readonly at: EpochMs
  readonly text: string
}
/** Of one proposal. */
export const MAX_COMMENTS = 100

export interface Proposals {
  all(): readonly Proposal[]
  find(number: number): Proposal | undefined
  /** Durable when it resolves. */
  add(proposal: Omit<Proposal, 'number' | 'state' | 'ended'>): Promise<Proposal>
  /** Who else had a hand in it; durable when it resolves. */
  addCoauthors(number: number, coauthors: readonly string[]): Promise<Proposal>
  /** After those that are there; durable when it resolves. */
  addComments(number: number, comments: readonly Comment[]): Promise<Proposal>
  /** Durable when it resolves. Only a waiting proposal ends; `requireWaiting` is the caller's business. */
  end(
    number: number,
    state: Exclude<ProposalState, 'waiting'>,
    ended: NonNullable<Proposal['ended']>,
  ): Promise<Proposal>
}

/** A proposal's file is not what was written: nothing is published by it. Restore it, or remove it. */
export class ProposalDamaged extends Error {
  constructor(file: string, cause: unknown) {
    super(`${file} is not a proposal. Restore it from a backup, or remove it: what it proposes is then forgotten.`, {
      cause,
    })
    this.name = 'ProposalDamaged'
  }
}

const FILE = z.looseObject({
  number: z.int(),
  state: z.enum(PROPOSAL_STATES),
  base: z.int(),
  author: z.string(),
  change: z.enum(CHANGES),
  asked: z.string(),
  plans: z.looseObject({ contracts: z.array(z.unknown()), apps: z.array(z.unknown()), policy: z.looseObject({}) }),
})

/** Where proposals are kept, each under its number. */
export interface ProposalStore {
  /** In the order of their numbers. Rejects with `ProposalDamaged`. */
  all(): Promise<readonly Proposal[]>
  /** In place of what it was; durable when it resolves. */
  keep(proposal: Proposal): Promise<void>
}

/** Over `<dataFolder>/proposals`. Rejects with `ProposalDamaged`. */
export function openProposals(dataFolder: string): Promise<Proposals> {
  return openProposalBook(proposalsIn(join(dataFolder, 'proposals')))
}

export async function openProposalBook(store: ProposalStore): Promise<Proposals> {
  const known = new Map((await store.all()).map((proposal) => [proposal.number, proposal]))
  const keep = async (proposal: Proposal): Promise<Proposal> => {
    await store.keep(proposal)
    known.set(proposal.number, proposal)
    return proposal
  }
  return {
    all: () => [...known.values()],
    find: (number) => known.get(number),
    add: (proposal) => keep({ ...proposal, number: Math.max(0, ...known.keys()) + 1, state: 'waiting' }),
    addCoauthors: (number, coauthors) => keep({ ...known.get(number)!, coauthors }),
    addComments: (number, comments) => {
      const one = known.get(number)!
      return keep({ ...one, comments: [...(one.comments ?? []), ...comments] })
    },
    end: (number, state, ended) => keep({ ...known.get(number)!, state, ended }),
  }
}

/** A file each in a folder, which `all` makes. */
export function proposalsIn(folder: string): ProposalStore {
  return {
    all: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await syncFolder(dirname(folder))
      const names = (await readdir(folder)).filter((name) => /^\d{6,}\.json$/.test(name)).sort()
      const proposals: Proposal[] = []
      for (const name of names) proposals.push(await readProposal(join(folder, name)))
      return proposals
    },
    keep: (proposal) =>
      writeDurably(join(folder, `${String(proposal.number).padStart(6, '0')}.json`), `${JSON.stringify(proposal)}\n`),
  }
}

async function readProposal(file: string): Promise<Proposal> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    FILE.parse(value)
    // Sound: this process alone writes here, whole files, and the parts that decide were just checked.
    return value as Proposal
  } catch (error) {
    throw new ProposalDamaged(file, error)
  }
}
