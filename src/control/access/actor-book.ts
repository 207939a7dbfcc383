/**
 * Who an actor of the audit trail is. The ledger names actors by keyed reference alone, since it can never forget; this
 * list beside it, `<data>/actors.jsonl`, says who they are, and can.
 */
import { open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isCode, syncFolder, writeDurably } from '../../contracts/durable-file.ts'
import type { EpochMs } from '../../model/brand.ts'

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

export async function openActorBook(dataFolder: string, now: () => EpochMs): Promise<ActorBook> {
  const path = join(dataFolder, 'actors.jsonl')
  const actors = new Map((await readActors(path)).map((actor) => [actor.id, actor]))
  // One write at a time: two appends never share a line, and none is lost to a rewrite.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(write: () => Promise<T>): Promise<T> => {
    const written = last.then(write)
    last = written.catch(() => undefined)
    return written
  }
  const note: ActorBook['note'] = async (actor) => {
    if (isSame(actors.get(actor.id), actor)) return
    await inTurn(async () => {
      if (isSame(actors.get(actor.id), actor)) return
      const noted = { ...actor, since: actors.get(actor.id)?.since ?? now() }
      await appendDurably(path, `${JSON.stringify(noted)}\n`)
      actors.set(actor.id, noted)
    })
  }
  const forget: ActorBook['forget'] = (id) =>
    inTurn(async () => {
      const found = actors.get(id)
      if (found === undefined) return false
      const others = [...actors.values()].filter((actor) => actor.id !== id)
      await writeDurably(path, others.map((actor) => `${JSON.stringify(actor)}\n`).join(''))
      actors.delete(id)
      return true
    })
  return { note, forget, list: () => [...actors.values()] }
}

function isSame(known: KnownActor | undefined, actor: Omit<KnownActor, 'since'>): boolean {
  return known !== undefined && known.name === actor.name
}

/** A line that a crash cut short is left out: its actor's first call was not answered, and the next one notes them. */
async function readActors(path: string): Promise<readonly KnownActor[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
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
