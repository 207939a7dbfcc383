/** The ledger's folder: its segment files, the newest checkpoint and the keys checkpoints were signed under. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isCannotOpen, isDiskFull } from './ledger-failure.ts'
import { readKept } from './ledger-kept.ts'
import { followSegment, makeSegment, openSegment, readSegment, type SqliteSegment } from './ledger-segment.ts'
import { syncFolder } from './sync-folder.ts'

const SEGMENT_NAME = /^segment-([0-9]{12,16})\.db$/u
const CHECKPOINT = 'checkpoint'
const TRUST = 'trust'
/** Below this, a file that cannot be created counts as a full disk. */
const ROOM_FOR_A_FILE = 1_000_000

/** `<data>/ledger`: everything here is for the ledger alone. */
export class LedgerFolder {
  readonly folder: string
  constructor(dataFolder: string) {
    this.folder = join(resolve(dataFolder), 'ledger')
  }

  segments(): readonly number[] {
    if (!existsSync(this.folder)) return []
    const firsts = readdirSync(this.folder).flatMap((name) => {
      const first = SEGMENT_NAME.exec(name)?.[1]
      return first === undefined ? [] : [Number(first)]
    })
    return firsts.sort((a, b) => a - b)
  }

  read(first: number): SqliteSegment {
    return readSegment(this.#segmentPath(first))
  }

  follow(first: number): SqliteSegment {
    return followSegment(this.#segmentPath(first))
  }

  trust(): string {
    return this.#readText(TRUST) ?? ''
  }

  latestCheckpoint(): string | undefined {
    return this.#readText(CHECKPOINT)
  }

  floor(): { readonly size: number; readonly range: Uint8Array } | undefined {
    const kept = readKept(dirname(this.folder))
    const floor = kept?.floor()
    kept?.close()
    return floor
  }

  remove(first: number): void {
    for (const end of ['', '-wal', '-shm']) rmSync(this.#segmentPath(first) + end, { force: true })
    syncFolder(this.folder)
  }

  open(first: number): SqliteSegment {
    return openSegment(this.#segmentPath(first))
  }

  /** A segment is made under another name first, so that a file with a segment's name is always complete. */
  create(first: number, range: Uint8Array, openedAt: number): SqliteSegment | 'disk_full' {
    const path = this.#segmentPath(first)
    const unfinished = `${path}.new`
    try {
      this.#makeFolder()
      for (const end of ['', '-wal', '-shm', '-journal']) rmSync(unfinished + end, { force: true })
      makeSegment(unfinished, first, range, openedAt)
      renameSync(unfinished, path)
      syncFolder(this.folder)
      return openSegment(path)
    } catch (error) {
      if (isDiskFull(error) || (isCannotOpen(error) && this.freeBytes() < ROOM_FOR_A_FILE)) return 'disk_full'
      throw error
    }
  }

  addTrust(verifierKey: string): void {
    const trusted = this.trust()
    if (trusted.split('\n').includes(verifierKey)) return
    this.#makeFolder()
    this.#writeText(TRUST, `${trusted}${verifierKey}\n`)
    syncFolder(this.folder)
  }

  saveLatestCheckpoint(note: string): 'durable' | 'disk_full' {
    try {
      this.#writeText(CHECKPOINT, note)
      return 'durable'
    } catch (error) {
      if (!isDiskFull(error)) throw error
      return 'disk_full'
    }
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  #segmentPath(first: number): string {
    return join(this.folder, `segment-${String(first).padStart(12, '0')}.db`)
  }

  #makeFolder(): void {
    if (existsSync(this.folder)) return
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    syncFolder(dirname(this.folder))
  }

  #readText(name: string): string | undefined {
    const path = join(this.folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }

  /** Old text or new text, never half of it, whenever the machine stops. */
  #writeText(name: string, text: string): void {
    const path = join(this.folder, name)
    const file = openSync(`${path}.new`, 'w', 0o600)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(`${path}.new`, path)
  }
}
