/**
 * What operators decide, in the database that all cells share: it says which of two that decide at once was first, and the
 * feed tells the others. Each cell has the revisions in its own folder too, because decisions need past ones at once.
 */
import { join } from 'node:path'
import { canonicalJson } from '../contracts/canonical.ts'
import type { Hold } from '../ledger/store.ts'
import type { NodeId, Revision } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { endedAs, type Proposal, type ProposalStore } from '../publish/proposals.ts'
import {
  type Approval,
  digestOfPlans,
  RevisionMoved,
  type RevisionStore,
  revisionsIn,
  type Texts,
} from '../publish/revision-files.ts'
import type { RevisionStores, SharedStores } from '../publish/revisions.ts'
import { type StopState, type StopStore, stopsIn, turned } from '../publish/stops.ts'
import { connect } from '../storage/postgres/connection.ts'
import { changeSetting, type Setting } from '../storage/postgres/feed.ts'
import * as rows from '../storage/postgres/settings.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { type CellsStatus, cellsStatus } from './status.ts'

export interface SharedSettings extends Required<RevisionStores> {
  readonly proposals: ProposalStore
  readonly actors: SharedActors
  readonly calls: SharedCalls
  readonly secrets: SharedSecrets
  readonly holds: SharedHolds
  /** How the cells stand; those who ask at once share one answer. Rejects within seconds where the database does not answer. */
  status(): Promise<CellsStatus>
  /** Called when another cell, or this one, changed it; awaited before this cell confirms that. */
  onChange(setting: Setting, refresh: () => Promise<void>): void
  /** To be told of what the feed says. Resolves once it is in force here. */
  takeIn(changed: ReadonlySet<Setting>): Promise<void>
  /** What this cell needs before it acts on what is decided; each is set once. */
  attach(parts: Partial<SettingsParts>): void
  close(): Promise<void>
}

export interface SettingsParts extends Pick<SharedStores, 'announce' | 'announceTurn'> {
  /** Resolves once every other cell acts on the feed up to there. */
  readonly confirmed: (at: number) => Promise<void>
}

interface Actor {
  readonly id: string
}
export interface SharedActors {
  all<T extends Actor>(): Promise<readonly T[]>
  add(actor: Actor): Promise<void>
  remove(id: string): Promise<void>
}
/** Of answers under an `Idempotency-Key`. */
export interface SharedCalls {
  readonly isShared: true
  all(): Promise<ReadonlyMap<string, number>>
  read(name: string): Promise<{ readonly sealed: string; readonly at: number } | undefined>
  claim(name: string, sealed: string): Promise<boolean>
  write(name: string, sealed: string): Promise<void>
  remove(name: string): Promise<void>
}
export interface SharedSecrets {
  read(what: string): Promise<string | undefined>
  /** Replaces it by what is made of it. Nothing comes in between; every cell knows it when this resolves. */
  change(what: string, by: (stored: string | undefined) => string): Promise<string>
}

export interface SharedHolds {
  /** Those that were ever placed. */
  all(): Promise<readonly { readonly hold: Hold; readonly released: boolean }[]>
  keep(hold: Hold, released: boolean): Promise<void>
  /** Resolves once every other cell acts on what was kept here. */
  everywhere(): Promise<void>
}

export interface SharedSettingsOptions {
  readonly urls: readonly string[]
  readonly cell: NodeId
  /** The cell's data folder. */
  readonly folder: string
}

/** How long a commit may wait for a standby before whoever asked is told that it may not be kept. */
const TIMEOUT_MS = 10_000
/** How long whoever looks at the cells waits. */
const LOOK_TIMEOUT_MS = 3_000
/** As long as a key counts. */
const CALLS_KEPT_HOURS = 24

export function openSharedSettings({ urls, cell, folder }: SharedSettingsOptions): SharedSettings {
  const opened = (timeoutMs: number): Sessions => {
    const { use, close } = createSessions(() =>
      connect({ urls, applicationName: `sluice cell ${cell} settings`, timeoutMs }),
    )
    return {
      use: (work) =>
        use(work).catch((cause: unknown) => {
          if (cause instanceof GatewayError || cause instanceof RevisionMoved) throw cause
          throw new GatewayError('ERR_SETTINGS_UNAVAILABLE', {}, cause)
        }),
      close,
    }
  }
  const sessions = opened(TIMEOUT_MS)
  // Consoles ask all the time: a stop must not wait behind them while the database hangs.
  const looks = opened(LOOK_TIMEOUT_MS)
  let looking: Promise<CellsStatus> | undefined
  const unset = async (): Promise<void> => undefined
  let parts: SettingsParts = { announce: unset, announceTurn: unset, confirmed: unset }
  /** The end of the feed behind the last change that was made here. */
  let changedAt = 0
  const change: Change = async (setting, work) => {
    const { value, at } = await sessions.use((on) => changeSetting(on, setting, () => work(on)))
    changedAt = at
    return value
  }
  const everywhere = (): Promise<void> => parts.confirmed(changedAt)
  const refreshing = new Map<Setting, (() => Promise<void>)[]>()
  return {
    revisions: sharedRevisions(sessions, change, revisionsIn(join(folder, 'revisions'))),
    stops: sharedStops(sessions, change, stopsIn(join(folder, 'stops.unsaved.json'))),
    shared: {
      announce: (plan) => parts.announce(plan),
      announceTurn: (turn) => parts.announceTurn(turn),
      everywhere,
    },
    proposals: sharedProposals(sessions, change, everywhere),
    actors: {
      // Sound: written below alone, for one kind of caller.
      all: async <T extends Actor>() => (await sessions.use(rows.actors)).map((body) => JSON.parse(body) as T),
      add: (actor) => change('access', (on) => rows.keepActor(on, actor.id, JSON.stringify(actor))),
      remove: (id) => change('access', (on) => rows.removeActor(on, id)),
    },
    calls: {
      isShared: true,
      all: async () => {
        await sessions.use((on) => rows.pruneCalls(on, CALLS_KEPT_HOURS))
        return new Map((await sessions.use(rows.callTimes)).map(({ name, at }) => [name, at]))
      },
      read: (name) => sessions.use((on) => rows.call(on, name)),
      claim: (name, sealed) => sessions.use((on) => rows.claimCall(on, name, sealed)),
      write: (name, sealed) => sessions.use((on) => rows.answerCall(on, name, sealed)),
      remove: (name) => sessions.use((on) => rows.removeCall(on, name)).catch(() => undefined),
    },
    secrets: {
      read: (what) => sessions.use((on) => rows.secret(on, what)),
      change: async (what, by) => {
        const made = await change('access', async (on) => {
          const body = by(await rows.secret(on, what))
          await rows.keepSecret(on, what, body)
          return body
        })
        await everywhere()
        return made
      },
    },
    holds: {
      // Sound: written below alone.
      all: async () =>
        (await sessions.use(rows.holds)).map(({ body, released }) => ({ hold: JSON.parse(body) as Hold, released })),
      keep: (hold, released) =>
        change('holds', (on) => rows.keepHold(on, { id: hold.id, body: JSON.stringify(hold), released })),
      everywhere,
    },
    status: () => {
      looking ??= looks.use(cellsStatus).finally(() => {
        looking = undefined
      })
      return looking
    },
    onChange: (setting, refresh) => {
      refreshing.set(setting, [...(refreshing.get(setting) ?? []), refresh])
    },
    takeIn: async (changed) => {
      for (const setting of changed) for (const refresh of refreshing.get(setting) ?? []) await refresh()
    },
    attach: (more) => {
      parts = { ...parts, ...more }
    },
    close: () => Promise.all([looks.close(), sessions.close()]).then(() => undefined),
  }
}

/** A change of one setting, told along the feed. */
type Change = <T>(setting: Setting, work: (connection: Parameters<typeof rows.stops>[0]) => Promise<T>) => Promise<T>

function sharedRevisions(sessions: Sessions, change: Change, own: RevisionStore): RevisionStore {
  return {
    newest: async () => {
      const newest = await own.newest()
      const stored = await sessions.use((on) => rows.newestRevision(on))
      if (newest > stored)
        throw new Error(
          `the database's newest revision is ${stored}, and this cell has ${newest}: the database was set back, or the folder is another's.`,
        )
      if (newest === stored) return stored
      // Sound: written below alone.
      for (const row of await sessions.use((on) => rows.revisionsAfter(on, newest)))
        await own.write(planOf(row), row.texts === null ? undefined : (JSON.parse(row.texts) as Texts))
      return stored
    },
    read: own.read,
    texts: own.texts,
    write: async (plan, texts, approved) => {
      await change('revisions', async (on) => {
        const newest = await rows.newestRevision(on)
        if (newest !== plan.publication.parent) throw new RevisionMoved(newest as Revision)
        if (approved !== undefined) await approve(on, approved, plan.number)
        const files = texts === undefined ? null : canonicalJson(texts)
        await rows.addRevision(on, { number: plan.number, plan: canonicalJson(plan), texts: files })
      })
      await own.write(plan, texts)
    },
  }
}

async function approve(on: Parameters<typeof rows.stops>[0], { number, ended }: Approval, revision: Revision) {
  const stored = await storedProposal(on, number)
  await rows.keepProposal(on, number, JSON.stringify(endedAs(stored, 'approved', { ...ended, revision })))
}

function planOf({ number, plan: text }: rows.RevisionRow): RevisionPlan {
  // Sound once the digest matches.
  const plan = JSON.parse(text) as RevisionPlan
  if (plan.number !== number || digestOfPlans(plan) !== plan.digest)
    throw new Error(`revision ${number} in the database is not what was published: restore the database.`)
  return plan
}

/** @param own of stops that could not be told to the others; they stay in force here until they could, or are lifted here */
function sharedStops(sessions: Sessions, change: Change, own: StopStore): StopStore {
  const untold = async (): Promise<readonly string[]> => {
    const { partners, all } = await own.read()
    return [...partners, ...(all ? ['all'] : [])]
  }
  const keepOwn = async (partner: string, stopped: boolean): Promise<void> => {
    const turn = { partner, stopped }
    const before = await own.read()
    const after = turned(before, turn)
    if (after.all !== before.all || after.partners.size !== before.partners.size) await own.write(turn, after)
  }
  return {
    read: async () => {
      const waiting = await untold()
      if (waiting.length > 0) {
        await change('stops', (on) => rows.addStops(on, waiting))
        for (const partner of waiting) await keepOwn(partner, false)
      }
      const stopped = await sessions.use(rows.stops)
      const none: StopState = { partners: new Set(), all: false }
      return { ...stopped.reduce((state, partner) => turned(state, { partner, stopped: true }), none), readable: true }
    },
    write: async ({ partner, stopped }) => {
      if (stopped) await keepOwn(partner, true)
      await change('stops', (on) => (stopped ? rows.addStops(on, [partner]) : rows.removeStop(on, partner)))
      await keepOwn(partner, false)
    },
  }
}

function sharedProposals(sessions: Sessions, change: Change, everywhere: () => Promise<void>): ProposalStore {
  return {
    // Sound: written below alone.
    all: async () => (await sessions.use(rows.proposals)).map((body) => JSON.parse(body) as Proposal),
    add: async (proposal) => {
      const added = await change('proposals', async (on) => {
        const numbered: Proposal = { ...proposal, number: (await rows.newestProposal(on)) + 1 }
        await rows.keepProposal(on, numbered.number, JSON.stringify(numbered))
        return numbered
      })
      await everywhere()
      return added
    },
    change: async (number, by) => {
      const changed = await change('proposals', async (on) => {
        const after = by(await storedProposal(on, number))
        await rows.keepProposal(on, number, JSON.stringify(after))
        return after
      })
      await everywhere()
      return changed
    },
  }
}

async function storedProposal(on: Parameters<typeof rows.stops>[0], number: number): Promise<Proposal> {
  // Sound: written above alone.
  return JSON.parse((await rows.proposal(on, number))!) as Proposal
}
