/**
 * Resolves the actors of the audit trail. The ledger holds only keyed references, because it cannot forget. This list,
 * `<data>/actors.jsonl`, holds the names, and can.
 */
import { open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { EpochMs } from '../../model/brand.ts'
import { ifThere, syncFolder, writeDurably } from '../../platform/durable-file.ts'
import { createInTurn } from '../../platform/in-turn.ts'

export interface KnownActor {
  /** The reference in the audit trail. */
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly name?: string
  /** Epoch milliseconds. */
  readonly since: EpochMs
}

export interface ActorBook {
  /** Resolves once the actor is durably in the list. */
  note(actor: Omit<KnownActor, 'since'>): Promise<void>
  /** By id. */
  list(): readonly KnownActor[]
  /** Removes the name and subject; their records stay but can no longer be resolved. False if there was none. */
  forget(id: string): Promise<boolean>
  /** Takes in what other processes did. */
  refresh(): Promise<void>
}

/** Storage of the list. */
export interface ActorStore {
  /** In order of addition; for a repeated id the later entry counts. */
  all(): Promise<readonly KnownActor[]>
  /** Durable when it resolves. */
  add(actor: KnownActor): Promise<void>
  /** Leaves no trace. Durable when it resolves. */
  remove(id: string): Promise<void>
}

export async function openActors(store: ActorStore, now: () => EpochMs): Promise<ActorBook> {
  let actors = new Map<string, KnownActor>()
  const refresh = async (): Promise<void> => {
    actors = new Map((await store.all()).map((actor) => [actor.id, actor]))
  }
  await refresh()
  // One write at a time: none is lost to a replacement.
  const inTurn = createInTurn()
  const note: ActorBook['note'] = async (actor) => {
    if (isSame(actors.get(actor.id), actor)) return
    await inTurn(async () => {
      if (isSame(actors.get(actor.id), actor)) return
      const noted = { ...actor, since: actors.get(actor.id)?.since ?? now() }
      await store.add(noted)
      actors.set(actor.id, noted)
    })
  }
  const forget: ActorBook['forget'] = (id) =>
    inTurn(async () => {
      if (!actors.has(id)) return false
      await store.remove(id)
      actors.delete(id)
      return true
    })
  return { note, forget, list: () => [...actors.values()], refresh: () => inTurn(refresh) }
}

/** One line for each actor. The caller MUST serialise writes. */
export function actorsIn(path: string): ActorStore {
  return {
    all: () => readActors(path),
    add: (actor) => appendDurably(path, `${JSON.stringify(actor)}\n`),
    remove: async (id) => {
      const others = (await readActors(path)).filter((actor) => actor.id !== id)
      await writeDurably(path, others.map((actor) => `${JSON.stringify(actor)}\n`).join(''))
    },
  }
}

function isSame(known: KnownActor | undefined, actor: Omit<KnownActor, 'since'>): boolean {
  return known !== undefined && known.name === actor.name
}

/** Skips a line cut by a crash: its actor's call was not answered, and the next call adds them again. */
async function readActors(path: string): Promise<readonly KnownActor[]> {
  const text = (await ifThere(readFile(path, 'utf8'))) ?? ''
  return text.split('\n').flatMap((line): readonly KnownActor[] => {
    try {
      const value: unknown = JSON.parse(line)
      // Sound: a complete line was written by this module.
      return typeof value === 'object' && value !== null && 'id' in value ? [value as KnownActor] : []
    } catch {
      return []
    }
  })
}

async function appendDurably(path: string, line: string): Promise<void> {
  const file = await open(path, 'a+', 0o600)
  try {
    const { size } = await file.stat()
    const end = Buffer.from('\n')
    if (size > 0) await file.read(end, 0, 1, size - 1)
    // Terminate a line cut by a crash, so that this one starts a new line.
    await file.writeFile(end.toString('latin1') === '\n' ? line : `\n${line}`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
}
