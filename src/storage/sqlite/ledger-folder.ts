/** The ledger's folder: segment files, the newest checkpoint, and the keys that signed checkpoints. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { replaceFile, syncFolder } from '../../platform/durable-file-sync.ts'
import { isCannotOpen, isDiskFull } from './ledger-failure.ts'
import { readKept } from './ledger-kept.ts'
import { followSegment, makeSegment, openSegment, readSegment, type SqliteSegment } from './ledger-segment.ts'

const SEGMENT_NAME = /^segment-([0-9]{12,16})\.db$/u
const CHECKPOINT = 'checkpoint'
const TRUST = 'trust'
/** Below this, a file that cannot be created counts as a full disk. */
const ROOM_FOR_A_FILE = 1_000_000

/** `<data>/ledger`, used only by the ledger. */
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

  /** Size of the segment and its write-ahead log; 0 if it is gone. */
  bytesOf(first: number): number {
    return ['', '-wal'].reduce((sum, end) => {
      const file = statSync(this.#segmentPath(first) + end, { throwIfNoEntry: false })
      return sum + (file?.size ?? 0)
    }, 0)
  }

  remove(first: number): void {
    for (const end of ['', '-wal', '-shm']) rmSync(this.#segmentPath(first) + end, { force: true })
    syncFolder(this.folder)
  }

  open(first: number): SqliteSegment {
    return openSegment(this.#segmentPath(first))
  }

  /** Creates the segment under another name first, so that a file with a segment's name is always complete. */
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
    replaceFile(join(this.folder, TRUST), `${trusted}${verifierKey}\n`)
    syncFolder(this.folder)
  }

  saveLatestCheckpoint(note: string): 'durable' | 'disk_full' {
    try {
      replaceFile(join(this.folder, CHECKPOINT), note)
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
}
