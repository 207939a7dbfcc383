/** Changes that wait for a second person, kept permanently: `<data>/proposals/000001.json`, one durable file each. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { Plans } from '../contracts/config.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import { CHANGES, type Change } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { syncFolder, writeDurably } from '../platform/durable-file.ts'
import type { Texts } from './revision-files.ts'
import type { Seen } from './saved-files.ts'

export const PROPOSAL_STATES = ['waiting', 'approved', 'rejected', 'withdrawn', 'superseded'] as const
export type ProposalState = (typeof PROPOSAL_STATES)[number]

export interface Proposal {
  /** From 1. */
  readonly number: number
  readonly state: ProposalState
  /** The revision it was made for: it is stale once another one is live. */
  readonly base: Revision
  /** Keyed reference of a member of staff, or `files`. */
  readonly author: string
  /** Further authors: those who rebased it or submitted the files. */
  readonly coauthors?: readonly string[] | undefined
  readonly message: string
  /** Why more is to be disclosed. */
  readonly reason: string
  readonly at: EpochMs
  readonly change: Change
  /** Its effect in sentences, as of its creation. */
  readonly words: string
  /** Warnings of `sluice check` in the changed pieces; absent in proposals from before November 2026. */
  readonly warnings?: readonly string[] | undefined
  readonly until?: EpochMs | undefined
  readonly percent?: number | undefined
  /** Digest of the request, before staging. */
  readonly asked: string
  /** The plans to publish. */
  readonly plans: Plans
  readonly texts?: Texts | undefined
  /** Files to save once it is live, with their content at creation. */
  readonly seen?: Seen | undefined
  /** Comments made while it waited, in order. */
  readonly comments?: readonly Comment[] | undefined
  readonly ended?: {
    readonly by: string
    readonly at: EpochMs
    readonly note: string
    /** If approved. */
    readonly revision?: Revision | undefined
  }
}

export interface Comment {
  /** Keyed reference of a member of staff. */
  readonly by: string
  readonly at: EpochMs
  readonly text: string
}
/** Per proposal. */
export const MAX_COMMENTS = 100

export interface Proposals {
  all(): readonly Proposal[]
  find(number: number): Proposal | undefined
  /** Durable when it resolves. */
  add(proposal: Omit<Proposal, 'number' | 'state' | 'ended'>): Promise<Proposal>
  /** Adds authors; durable when it resolves. */
  addCoauthors(number: number, coauthors: readonly string[]): Promise<Proposal>
  /** Appends; durable when it resolves. */
  addComments(number: number, comments: readonly Comment[]): Promise<Proposal>
  /** Durable when it resolves. Rejects with `ERR_PROPOSAL_ENDED` unless it waits. */
  end(
    number: number,
    state: Exclude<ProposalState, 'waiting'>,
    ended: NonNullable<Proposal['ended']>,
  ): Promise<Proposal>
  /** Takes in what other processes did. */
  refresh(): Promise<void>
}

/** A proposal's file is not what was written, and it cannot be published. Restore or remove the file. */
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

/** Storage of proposals by number. */
export interface ProposalStore {
  /** In order of number. Rejects with `ProposalDamaged`. */
  all(): Promise<readonly Proposal[]>
  /** Gives it the next number; durable when it resolves. */
  add(proposal: Omit<Proposal, 'number'>): Promise<Proposal>
  /** Replaces the stored one by what is made of it; durable when it resolves. Nothing comes in between. */
  change(number: number, by: (stored: Proposal) => Proposal): Promise<Proposal>
}

/** In `<dataFolder>/proposals`. Rejects with `ProposalDamaged`. */
export function openProposals(dataFolder: string): Promise<Proposals> {
  return openProposalBook(proposalsIn(join(dataFolder, 'proposals')))
}

export async function openProposalBook(store: ProposalStore): Promise<Proposals> {
  let known = new Map<number, Proposal>()
  const refresh = async (): Promise<void> => {
    known = new Map((await store.all()).map((proposal) => [proposal.number, proposal]))
  }
  const noted = (proposal: Proposal): Proposal => {
    known.set(proposal.number, proposal)
    return proposal
  }
  const change = async (number: number, by: (stored: Proposal) => Proposal): Promise<Proposal> =>
    noted(await store.change(number, by))
  await refresh()
  return {
    all: () => [...known.values()],
    find: (number) => known.get(number),
    add: async (proposal) => noted(await store.add({ ...proposal, state: 'waiting' })),
    addCoauthors: (number, coauthors) => change(number, (stored) => ({ ...stored, coauthors })),
    addComments: (number, comments) =>
      change(number, (stored) => ({ ...stored, comments: [...(stored.comments ?? []), ...comments] })),
    end: (number, state, ended) => change(number, (stored) => endedAs(stored, state, ended)),
    refresh,
  }
}

/** The same one where it has ended so already. Throws `ERR_PROPOSAL_ENDED`. */
export function endedAs(
  stored: Proposal,
  state: Exclude<ProposalState, 'waiting'>,
  ended: NonNullable<Proposal['ended']>,
): Proposal {
  if (stored.state === state && stored.ended?.by === ended.by && stored.ended.at === ended.at) return stored
  if (stored.state !== 'waiting') throw new GatewayError('ERR_PROPOSAL_ENDED', { state: stored.state })
  return { ...stored, state, ended }
}

/** One file each in a folder that `all` creates. The caller MUST serialise changes. */
export function proposalsIn(folder: string): ProposalStore {
  const names = async (): Promise<readonly string[]> =>
    (await readdir(folder)).filter((name) => /^\d{6,}\.json$/.test(name)).sort()
  const keep = async (proposal: Proposal): Promise<Proposal> => {
    await writeDurably(join(folder, fileOf(proposal.number)), `${JSON.stringify(proposal)}\n`)
    return proposal
  }
  return {
    all: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await syncFolder(dirname(folder))
      const proposals: Proposal[] = []
      for (const name of await names()) proposals.push(await readProposal(join(folder, name)))
      return proposals
    },
    add: async (proposal) => {
      const newest = Number.parseInt((await names()).at(-1) ?? '0', 10)
      return keep({ ...proposal, number: newest + 1 })
    },
    change: async (number, by) => keep(by(await readProposal(join(folder, fileOf(number))))),
  }
}

function fileOf(number: number): string {
  return `${String(number).padStart(6, '0')}.json`
}

async function readProposal(file: string): Promise<Proposal> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    FILE.parse(value)
    // Sound: only this process writes here, whole files, and the parts that decide were just checked.
    return value as Proposal
  } catch (error) {
    throw new ProposalDamaged(file, error)
  }
}
