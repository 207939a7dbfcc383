/**
 * Who an actor of the audit trail is. The ledger names actors by keyed reference alone, since it can never forget; this
 * list beside it, `<data>/actors.jsonl`, says who they are, and can.
 */
import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EpochMs } from '../../model/brand.ts'
import { ifThere, syncFolder, writeDurably } from '../../platform/durable-file.ts'
import { createInTurn } from '../../platform/in-turn.ts'

export interface KnownActor {
  /** As the audit trail names it. */
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly name?: string
  /** Epoch milliseconds. */
  readonly since: EpochMs
}

export interface ActorBook {
  /** Resolves once the actor is in the list, durable. At once for one who is there already. */
  note(actor: Omit<KnownActor, 'since'>): Promise<void>
  /** By id. */
  list(): readonly KnownActor[]
  /** Takes the name and subject away; their records stay, and can be resolved no more. False where there was none. */
  forget(id: string): Promise<boolean>
}

/** Where actors are kept, beside the audit trail. */
export interface ActorStore {
  /** In the order in which they were noted; of one that was noted twice the later word counts. */
  all(): Promise<readonly KnownActor[]>
  /** Durable when it resolves. */
  add(actor: KnownActor): Promise<void>
  /** These and no others; nothing is left of those that are gone. Durable when it resolves. */
  replace(actors: readonly KnownActor[]): Promise<void>
}

/** Over `<dataFolder>/actors.jsonl`. */
export function openActorBook(dataFolder: string, now: () => EpochMs): Promise<ActorBook> {
  return openActors(actorsIn(join(dataFolder, 'actors.jsonl')), now)
}

export async function openActors(store: ActorStore, now: () => EpochMs): Promise<ActorBook> {
  const actors = new Map((await store.all()).map((actor) => [actor.id, actor]))
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
      await store.replace([...actors.values()].filter((actor) => actor.id !== id))
      actors.delete(id)
      return true
    })
  return { note, forget, list: () => [...actors.values()] }
}

/** A line each in a file. One write at a time is the caller's to see to: two appends never share a line. */
export function actorsIn(path: string): ActorStore {
  return {
    all: () => readActors(path),
    add: (actor) => appendDurably(path, `${JSON.stringify(actor)}\n`),
    replace: (actors) => writeDurably(path, actors.map((actor) => `${JSON.stringify(actor)}\n`).join('')),
  }
}

function isSame(known: KnownActor | undefined, actor: Omit<KnownActor, 'since'>): boolean {
  return known !== undefined && known.name === actor.name
}

/** A line that a crash cut short is left out: its actor's first call was not answered, and the next one notes them. */
async function readActors(path: string): Promise<readonly KnownActor[]> {
  const text = (await ifThere(readFile(path, 'utf8'))) ?? ''
  return text.split('\n').flatMap((line): readonly KnownActor[] => {
    try {
      const value: unknown = JSON.parse(line)
      // Sound: a whole line is one this module wrote.
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
    // What a crash cut short gets an end, so that it does not swallow this line.
    await file.writeFile(end.toString('latin1') === '\n' ? line : `\n${line}`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
}
