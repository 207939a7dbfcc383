/**
 * `Idempotency-Key`: a call that acts, sent again with the same key by the same actor, is answered as it was the first
 * time and acts once. The key is on disk before the call takes effect and its answer after, so that a crash in between
 * is known: then nobody can say whether it acted, and the second call is told so.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

/** How long an answer is kept. */
const KEPT_MS = 86_400_000
/** Keys kept at once; the oldest go first. */
const MAX_KEYS = 10_000
/** Characters. Larger answers are not kept: the call is then remembered without one. */
const MAX_ANSWER = 65_536
const IV_BYTES = 12
const TAG_BYTES = 16

export interface KeptAnswer {
  readonly status: number
  readonly body: unknown
  readonly etag?: string
}

/** The first call with its key: go on, then say how it ended. */
export interface FirstCall {
  readonly kind: 'first'
  /** Resolves once the answer is durable. */
  answered(answer: KeptAnswer): Promise<void>
  /** It was refused before it took effect: the key is free again. */
  refused(): Promise<void>
  /** It failed on the way: nobody can say how much of it took effect. */
  lost(): void
}

export interface IdempotencyKeys {
  /**
   * @param caller whose keys these are: two actors' keys never meet
   * @param asked what is asked for: method, path and body
   * Throws `ERR_IDEMPOTENCY_REUSED` where the key stands for something else, `ERR_IDEMPOTENCY_UNDER_WAY` while the first
   * call has not ended, and `ERR_IDEMPOTENCY_UNKNOWN` where a crash hid how it ended.
   */
  begin(
    caller: string,
    key: string,
    asked: string,
  ): Promise<FirstCall | { readonly kind: 'again'; readonly answer: KeptAnswer }>
}

interface Entry {
  readonly asked: string
  readonly at: EpochMs
  readonly answer?: KeptAnswer
}

/** Where calls and their answers are kept, sealed, each under a name that says nothing. */
export interface CallStore {
  /** Names, and when each was written last; oldest first. */
  all(): Promise<ReadonlyMap<string, EpochMs>>
  /** Of any process's calls; undefined where there is none. */
  read(name: string): Promise<{ readonly sealed: string; readonly at: EpochMs } | undefined>
  /** Durable when it resolves. False where there is one already: somebody else was first. */
  claim(name: string, sealed: string): Promise<boolean>
  /** In place of what was there; durable when it resolves. */
  write(name: string, sealed: string): Promise<void>
  /** Never rejects: what cannot be removed is found again by `all`. */
  remove(name: string): Promise<void>
}

/** Over files in `<dataFolder>/idempotency/`. */
export function openIdempotencyKeys(
  dataFolder: string,
  encryptionKey: Uint8Array,
  now: () => EpochMs,
): Promise<IdempotencyKeys> {
  return openCalls(callsIn(join(dataFolder, 'idempotency')), encryptionKey, now)
}

/**
 * Named by hash, sealed: an answer may say what a person chose.
 * @param encryptionKey 32 bytes; the key for what is kept is derived from it
 */
export async function openCalls(
  store: CallStore,
  encryptionKey: Uint8Array,
  now: () => EpochMs,
): Promise<IdempotencyKeys> {
  const sealing = new Uint8Array(hkdfSync('sha256', encryptionKey, '', 'sluice idempotency', 32))
  /** Name → when it was written; oldest first. */
  const known = new Map(await store.all())
  const underWay = new Set<string>()

  const forget = async (name: string): Promise<void> => {
    known.delete(name)
    await store.remove(name)
  }
  const makeRoom = async (): Promise<void> => {
    for (const [name, at] of known) {
      if (known.size < MAX_KEYS && now() - at <= KEPT_MS) return
      if (!underWay.has(name)) await forget(name)
      else if (known.size < MAX_KEYS) return
    }
  }
  const sealed = (name: string, entry: Entry): string => seal(sealing, name, JSON.stringify(entry))
  const noted = (name: string, { at }: Entry): void => {
    known.delete(name)
    known.set(name, at)
  }
  const claim = async (name: string, entry: Entry): Promise<void> => {
    if (!(await store.claim(name, sealed(name, entry)))) throw new GatewayError('ERR_IDEMPOTENCY_UNDER_WAY')
    noted(name, entry)
  }
  const write = async (name: string, entry: Entry): Promise<void> => {
    await store.write(name, sealed(name, entry))
    noted(name, entry)
  }
  const read = async (name: string): Promise<Entry | undefined> => {
    const kept = await store.read(name)
    if (kept === undefined) return undefined
    if (now() - (known.get(name) ?? kept.at) > KEPT_MS) {
      await forget(name)
      return undefined
    }
    return unseal(sealing, name, kept.sealed)
  }

  return {
    begin: async (caller, key, asked) => {
      const name = hashOf(`${caller}\0${key}`)
      const hash = hashOf(asked)
      if (underWay.has(name)) throw new GatewayError('ERR_IDEMPOTENCY_UNDER_WAY')
      // In the same turn as the look: a second call does not slip through.
      underWay.add(name)
      try {
        const entry = await read(name)
        if (entry !== undefined) {
          if (entry.asked !== hash) throw new GatewayError('ERR_IDEMPOTENCY_REUSED')
          if (entry.answer === undefined) throw new GatewayError('ERR_IDEMPOTENCY_UNKNOWN')
          underWay.delete(name)
          return { kind: 'again', answer: entry.answer }
        }
        await makeRoom()
        await claim(name, { asked: hash, at: now() })
      } catch (error) {
        underWay.delete(name)
        throw error
      }
      return {
        kind: 'first',
        answered: async (answer) => {
          try {
            const small = JSON.stringify(answer.body ?? null).length <= MAX_ANSWER
            if (small) await write(name, { asked: hash, at: now(), answer })
          } finally {
            underWay.delete(name)
          }
        },
        refused: async () => {
          await forget(name)
          underWay.delete(name)
        },
        lost: () => {
          underWay.delete(name)
        },
      }
    },
  }
}

/** A file each in a folder, which `all` makes. */
export function callsIn(folder: string): CallStore {
  return {
    all: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return readNames(folder)
    },
    read: async (name) => {
      const path = join(folder, name)
      const sealed = await ifThere(readFile(path, 'utf8'))
      return sealed === undefined ? undefined : { sealed, at: (await stat(path)).mtimeMs }
    },
    // One process owns the folder, and begins one call under a name at a time.
    claim: async (name, sealed) => {
      if ((await ifThere(stat(join(folder, name)))) !== undefined) return false
      await writeDurably(join(folder, name), sealed)
      return true
    },
    write: (name, sealed) => writeDurably(join(folder, name), sealed),
    remove: (name) => unlink(join(folder, name)).catch(() => undefined),
  }
}

async function readNames(folder: string): Promise<Map<string, EpochMs>> {
  const names = (await readdir(folder)).filter((name) => /^[0-9a-f]{64}$/.test(name))
  const dated = await Promise.all(names.map(async (name) => [name, (await stat(join(folder, name))).mtimeMs] as const))
  return new Map(dated.toSorted(([, a], [, b]) => a - b))
}

function seal(key: Uint8Array, name: string, text: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(name))
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')
}

/** A file that another key sealed, or that is damaged, tells nothing: as after a crash. */
function unseal(key: Uint8Array, name: string, text: string): Entry {
  try {
    const bytes = Buffer.from(text, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(name))
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
    // Sound: only this module seals, under this key and name.
    return JSON.parse(opened.toString('utf8')) as Entry
  } catch (error) {
    throw new GatewayError('ERR_IDEMPOTENCY_UNKNOWN', {}, error)
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
