/** The data folder of an installation that becomes a cell, and of the last cell that goes back. */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { openLearntMark } from '../choices/learnt.ts'
import { type CellMark, readMark, removeMark, writeMark } from '../cluster/cell-mark.ts'
import { fingerprintOf } from '../cluster/member.ts'
import { type Beginning, initCluster, leaveCluster, removeTheCell, standingOf } from '../cluster/members.ts'
import { type Installation, numberIn, type Settings } from '../cluster/moving.ts'
import type { ClusterSettings } from '../cluster/settings.ts'
import { openSharedSettings } from '../cluster/shared-settings.ts'
import { canonicalJson } from '../contracts/canonical.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { BOOTSTRAP_HASH, NAMED_TOKENS } from '../control/access/secrets.ts'
import type { Hold } from '../ledger/store.ts'
import type { NodeId, Revision } from '../model/brand.ts'
import { syncFolder, writeDurably } from '../platform/durable-file.ts'
import { proposalsIn } from '../publish/proposals.ts'
import { revisionsIn } from '../publish/revision-files.ts'
import { stopsIn } from '../publish/stops.ts'
import { openKept, readKept } from '../storage/sqlite/ledger-kept.ts'
import { lockFolder } from '../storage/sqlite/lock.ts'
import { removeReplica } from '../storage/sqlite/replica.ts'
import { missingKeys, missingStores } from './before-opening.ts'
import { filesIn } from './control-plane.ts'
import { loadKeys } from './keys.ts'
import { requireLayout } from './layout.ts'

type Environment = Readonly<Record<string, string | undefined>>

const CHOICES = 'choices.db'
/** The way back is whole once this has the other's name. */
const RETURNING = 'choices.returning.db'
/** What is in the database instead. The choices last: where they are left, this is not over. */
const MOVED = [
  'stops.json',
  'proposals',
  'actors.jsonl',
  'idempotency',
  join('keys', BOOTSTRAP_HASH),
  join('keys', NAMED_TOKENS),
]
const sidesOf = (file: string): readonly string[] => [`${file}-wal`, `${file}-shm`, file]

/**
 * `sluice cluster init`. A folder with choices moves into the database, and is a cell's from then on; another one begins with
 * `files`, where they are given. Interrupted, it may be run again.
 */
export async function beginCluster(
  config: GatewayConfig,
  settings: ClusterSettings,
  leaseMs: number,
  files: (Beginning & { readonly files: unknown }) | undefined,
  environment: Environment,
) {
  const { dataFolder } = config
  if (!existsSync(join(dataFolder, CHOICES))) return { ...(await initCluster(settings, leaseMs, files)), moved: false }
  if (files !== undefined)
    throw new Error(
      `${dataFolder} has choices and a live revision, which move as they are: leave the folder of files out.`,
    )
  const lock = lockFolder(dataFolder)
  try {
    const made = await initCluster(settings, leaseMs, await installationIn(config, settings.cell, environment))
    await removeReplica(dataFolder)
    for (const name of [...MOVED, ...sidesOf(CHOICES)])
      await rm(join(dataFolder, name), { recursive: true, force: true })
    await syncFolder(dataFolder)
    return { ...made, moved: true }
  } finally {
    lock.release()
  }
}

async function installationIn(config: GatewayConfig, cell: NodeId, environment: Environment): Promise<Installation> {
  const { dataFolder } = config
  requireLayout(dataFolder)
  for (const { says } of [...missingKeys(config), ...missingStores(dataFolder)]) throw new Error(says)
  const former = await readMark(dataFolder)
  if (former !== undefined && former.cell !== cell)
    throw new Error(`${dataFolder} is the folder of cell ${former.cell}, and this is to be cell ${cell}.`)
  const mark: CellMark = former ?? { cell, incarnations: [randomUUID()] }
  const learnt = openLearntMark(join(dataFolder, 'learnt.json'))
  return {
    ...(await settingsIn(dataFolder)),
    choices: join(dataFolder, CHOICES),
    learnt: learnt.found,
    incarnations: mark.incarnations,
    keyFingerprint: fingerprintOf(loadKeys(config, environment).index),
    begun: () => writeMark(dataFolder, mark),
    undone: () => removeMark(dataFolder),
  }
}

async function settingsIn(dataFolder: string): Promise<Settings> {
  const { actors, secrets, calls } = filesIn(dataFolder)
  const { all, partners, readable } = await stopsIn(join(dataFolder, 'stops.json')).read()
  if (!readable) throw new Error(`${join(dataFolder, 'stops.json')}: cannot be read, so nobody knows who is stopped.`)
  const hashes = [BOOTSTRAP_HASH, NAMED_TOKENS] as const
  const kept = await Promise.all(hashes.map(async (what) => ({ what, body: await secrets.read(what) })))
  const names = [...(await calls.all()).keys()]
  return {
    revisions: await revisionsOf(dataFolder),
    stops: [...partners, ...(all ? ['all'] : [])],
    proposals: (await proposalsIn(join(dataFolder, 'proposals')).all()).map((one) => JSON.stringify(one)),
    // The last one of an id counts, in the place of the first.
    actors: (await actors.all()).map((one) => JSON.stringify(one)),
    secrets: kept.flatMap(({ what, body }) => (body === undefined ? [] : [{ what, body }])),
    calls: await Promise.all(names.map(async (name) => ({ name, ...(await calls.read(name))! }))),
    holds: holdsIn(dataFolder),
  }
}

function holdsIn(dataFolder: string): Settings['holds'] {
  const kept = readKept(dataFolder)
  const holds = kept?.holds() ?? []
  kept?.close()
  return holds.flatMap((hold) =>
    hold.first === undefined ? [{ id: hold.id, body: JSON.stringify(hold), released: false }] : [],
  )
}

async function revisionsOf(dataFolder: string): Promise<Settings['revisions']> {
  const stored = revisionsIn(join(dataFolder, 'revisions'))
  const newest = await stored.newest()
  const revisions: Settings['revisions'][number][] = []
  for (let number = 1; number <= newest; number++) {
    const plan = stored.read(number as Revision)
    const texts = await stored.texts(number as Revision)
    if (plan !== undefined)
      revisions.push({ number, plan: canonicalJson(plan), texts: texts === undefined ? null : canonicalJson(texts) })
  }
  return revisions
}

/**
 * `sluice cluster leave`. The last cell takes everything back into its folder, and the database is left empty; any other one is
 * only taken out. Interrupted, it may be run again.
 */
export async function leave(
  { dataFolder }: GatewayConfig,
  settings: ClusterSettings,
  cell: NodeId,
  isLost: boolean,
): Promise<'out' | 'home' | 'never moved'> {
  const mark = settings.cell === cell ? await readMark(dataFolder) : undefined
  const { isHome, isLast, isKnown } = await standingOf(settings, cell, mark ?? {})
  if (!isHome && (!isLast || isLost)) {
    await removeTheCell(settings, cell, isLost)
    return 'out'
  }
  if (settings.cell !== cell)
    throw new Error(`cell ${cell} is the last: its folder takes everything back. Run this with its own gateway.yaml.`)
  const lock = lockFolder(dataFolder)
  try {
    if (!isHome && !isKnown && existsSync(join(dataFolder, CHOICES))) {
      await removeMark(dataFolder)
      return 'never moved'
    }
    if (!isHome) await takeBack(dataFolder, settings, mark ?? { cell, incarnations: [] })
    if (existsSync(join(dataFolder, RETURNING))) {
      for (const name of sidesOf(CHOICES)) await rm(join(dataFolder, name), { force: true })
      await rename(join(dataFolder, RETURNING), join(dataFolder, CHOICES))
      await syncFolder(dataFolder)
    }
    await removeReplica(dataFolder)
    await removeMark(dataFolder)
    return 'home'
  } finally {
    lock.release()
  }
}

async function takeBack(dataFolder: string, settings: ClusterSettings, mark: CellMark): Promise<void> {
  const choices = join(dataFolder, RETURNING)
  for (const name of [...MOVED, ...sidesOf(RETURNING)])
    await rm(join(dataFolder, name), { recursive: true, force: true })
  // Revisions that the folder lacks, and stops that only this cell knows of.
  const shared = openSharedSettings({ ...settings, folder: dataFolder })
  const newest = await shared.revisions.newest()
  await shared.stops.read()
  await shared.close()
  const id = randomUUID()
  await leaveCluster(settings, {
    incarnations: mark.incarnations,
    choices,
    id,
    keep: async (decided, newestNow) => {
      if (newestNow !== newest) throw new Error('a revision was published meanwhile: try again.')
      await keepSettings(dataFolder, decided)
      await writeMark(dataFolder, { ...mark, leaving: id })
    },
  })
}

async function keepSettings(
  dataFolder: string,
  { stops, proposals, actors, secrets, calls, holds }: Omit<Settings, 'revisions'>,
): Promise<void> {
  for (const name of ['proposals', 'idempotency', 'keys'])
    await mkdir(join(dataFolder, name), { recursive: true, mode: 0o700 })
  const keep = (name: string, text: string, modifiedAt?: number): Promise<void> =>
    writeDurably(join(dataFolder, name), text, modifiedAt === undefined ? {} : { modifiedAt })
  const partners = stops.filter((one) => one !== 'all').sort()
  await keep('stops.json', `${JSON.stringify({ all: stops.includes('all'), partners })}\n`)
  for (const body of proposals)
    await keep(join('proposals', `${String(numberIn(body)).padStart(6, '0')}.json`), `${body}\n`)
  await keep('actors.jsonl', actors.map((body) => `${body}\n`).join(''))
  for (const { what, body } of secrets) await keep(join('keys', what), body)
  for (const { name, sealed, at } of calls) await keep(join('idempotency', name), sealed, at)
  if (holds.length > 0) keepHolds(dataFolder, holds)
}

function keepHolds(dataFolder: string, holds: Settings['holds']): void {
  const kept = openKept(dataFolder)
  for (const { id, body, released } of holds) {
    if (released) kept.release(id)
    // Sound: written by a cell, or above.
    else kept.hold(JSON.parse(body) as Hold)
  }
  kept.close()
}
