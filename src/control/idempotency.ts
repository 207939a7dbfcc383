/**
 * `Idempotency-Key`: a repeated call with the same key and actor acts only once and gets the first answer. The key is stored
 * before the call takes effect, and the answer after it. After a crash in between the effect is unknown, and a repeated call
 * is refused with that.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochMs } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { ifThere, writeDurably } from '../platform/durable-file.ts'

/** How long an answer is kept. */
const KEPT_MS = 86_400_000
/** Most keys kept; the oldest are removed first. */
const MAX_KEYS = 10_000
/** In characters. A larger answer is not kept; only the key is. */
const MAX_ANSWER = 65_536
/** How long a call of another process counts as under way before it counts as cut off. */
const UNDER_WAY_MS = 60_000
const IV_BYTES = 12
const TAG_BYTES = 16

export interface KeptAnswer {
  readonly status: number
  readonly body: unknown
  readonly etag?: string
}

/** The first call with its key. Proceed, then report the end. */
export interface FirstCall {
  readonly kind: 'first'
  /** Resolves once the answer is durable. */
  answered(answer: KeptAnswer): Promise<void>
  /** The call was refused before it took effect: frees the key. */
  refused(): Promise<void>
  /** The call failed midway: its effect is unknown. */
  lost(): void
}

export interface IdempotencyKeys {
  /**
   * @param caller scopes the key: keys of different actors are independent
   * @param asked method, path and body
   * Throws `ERR_IDEMPOTENCY_REUSED` if the key belongs to another request, `ERR_IDEMPOTENCY_UNDER_WAY` while the first call
   * is in progress, and `ERR_IDEMPOTENCY_UNKNOWN` if a crash left its effect unknown.
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

/** Storage of sealed calls and answers, under opaque names. */
export interface CallStore {
  /** Other processes begin calls in it, too. */
  readonly isShared?: boolean
  /** Names and times of the last write; oldest first. */
  all(): Promise<ReadonlyMap<string, EpochMs>>
  /** Reads any process's call; undefined if there is none. */
  read(name: string): Promise<{ readonly sealed: string; readonly at: EpochMs } | undefined>
  /** Durable when it resolves. False if the name is taken. */
  claim(name: string, sealed: string): Promise<boolean>
  /** Replaces the entry; durable when it resolves. */
  write(name: string, sealed: string): Promise<void>
  /** Never rejects: `all` lists an entry that could not be removed. */
  remove(name: string): Promise<void>
}

/**
 * Entries are named by hash and sealed, because an answer may hold a subject's choices.
 * @param encryptionKey 32 bytes; the sealing key is derived from it
 */
export async function openCalls(
  store: CallStore,
  encryptionKey: Uint8Array,
  now: () => EpochMs,
): Promise<IdempotencyKeys> {
  const sealing = new Uint8Array(hkdfSync('sha256', encryptionKey, '', 'sluice idempotency', 32))
  /** Name → time of the write; oldest first. */
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
    const entry = unseal(sealing, name, kept.sealed)
    // Not from before the start, and not ours: another process may be at it.
    const isElsewhere = store.isShared === true && !known.has(name) && now() - kept.at < UNDER_WAY_MS
    if (entry.answer === undefined && isElsewhere) throw new GatewayError('ERR_IDEMPOTENCY_UNDER_WAY')
    return entry
  }

  return {
    begin: async (caller, key, asked) => {
      const name = hashOf(`${caller}\0${key}`)
      const hash = hashOf(asked)
      if (underWay.has(name)) throw new GatewayError('ERR_IDEMPOTENCY_UNDER_WAY')
      // In the same turn as the check, so that a second call cannot slip through.
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

/** One file for each entry, in a folder that `all` creates. */
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
    // One process owns the folder and begins one call under a name at a time.
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

/** A damaged file, or one sealed under another key, counts as unknown, as after a crash. */
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
