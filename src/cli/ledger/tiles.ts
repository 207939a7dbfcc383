/** Untrusted sources of checkpoints and tiles: a data folder, or a server of `/ledger/`. */

import { PageWalk } from '../../ledger/verify/page.ts'
import type { LedgerView } from '../../ledger/verify/ports.ts'
import { TileMissing, type TileSource } from '../../ledger/verify/tiles.ts'
import { leafHashIn } from '../../ledger/verify/tree.ts'
import { LedgerFolder } from '../../storage/sqlite/ledger-folder.ts'
import { readKept } from '../../storage/sqlite/ledger-kept.ts'

export interface LedgerSource extends TileSource {
  /** Name for messages. */
  readonly name: string
  /** The newest signed note. Throws `SourceUnreadable` if unavailable. */
  checkpoint(): Promise<string>
  close(): void
}

/** Nothing could be fetched, so there is no verdict. */
export class SourceUnreadable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'SourceUnreadable'
  }
}

const PATIENCE_MS = 30_000
const MOST_BYTES = 1_048_576
const TILE_WIDTH = 256

/** `url` ends before `checkpoint` and `tile/`, such as `https://gateway.example/ledger`. */
export function servedSource(url: string): LedgerSource {
  const base = url.endsWith('/') ? url : `${url}/`
  const load = (path: string): Promise<Buffer> => loadFrom(new URL(path, base).href)
  return {
    name: base,
    checkpoint: () => servedText(`${base}checkpoint`),
    tile: async (level, index, width) => {
      try {
        return await load(`tile/${tileName(level, index, width)}`)
      } catch (error) {
        throw new TileMissing(level, index, error instanceof SourceUnreadable ? error.message : 'cannot be fetched')
      }
    },
    close: () => undefined,
  }
}

/** Throws `SourceUnreadable`. */
export async function servedText(url: string): Promise<string> {
  try {
    return (await loadFrom(url)).toString('utf8')
  } catch (error) {
    throw error instanceof SourceUnreadable ? error : new SourceUnreadable(`${url} cannot be reached`, error)
  }
}

async function loadFrom(url: string): Promise<Buffer> {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) })
  if (!answer.ok) throw new SourceUnreadable(`${url} was answered ${answer.status}`)
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > MOST_BYTES) throw new SourceUnreadable(`${url} is larger than ${MOST_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** C2SP tlog-tiles: the index in groups of three digits, all but the last prefixed with `x`. */
function tileName(level: number, index: number, width: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  const name = groups.map((group, i) => (i === groups.length - 1 ? group : `x${group}`)).join('/')
  return `${level}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** Leaf hashes are computed from the records; stored hashes are not used. */
export function folderSource(dataFolder: string): LedgerSource {
  const files = new LedgerFolder(dataFolder)
  const kept = readKept(dataFolder)
  const open = new Map<number, ReturnType<LedgerView['read']> & ReturnType<LedgerFolder['read']>>()
  const segmentOf = (seq: number) => {
    const first = files.segments().findLast((first) => first <= seq)
    if (first === undefined) return undefined
    const segment = open.get(first) ?? files.read(first)
    open.set(first, segment)
    return segment
  }
  const leafHash = (seq: number): string | undefined => {
    const page = segmentOf(seq)?.page(seq, 1)
    const walk = page === undefined ? undefined : new PageWalk(page)
    if (walk?.next() !== true || walk.row !== seq) return undefined
    return leafHashIn(walk.bytes, walk.leafAt, walk.leafEnd)
  }
  const hashAt = (level: number, index: number): Uint8Array | undefined => {
    const own = level === 0 ? leafHash(index) : undefined
    if (own !== undefined) return Buffer.from(own, 'latin1')
    const height = level * 8
    const last = (index + 1) * 2 ** height - 1
    return (level === 0 ? undefined : segmentOf(last)?.node(height, index)) ?? kept?.node(height, index)
  }
  return {
    name: dataFolder,
    checkpoint: async () => {
      const note = files.latestCheckpoint()
      if (note === undefined) throw new SourceUnreadable(`${dataFolder}: there is no checkpoint here`)
      return note
    },
    tile: async (level, index, width) => {
      const hashes: Uint8Array[] = []
      for (let i = index * TILE_WIDTH; i < index * TILE_WIDTH + width; i++) {
        const hash = hashAt(level, i)
        if (hash === undefined) throw new TileMissing(level, index, 'is not kept in these files')
        hashes.push(hash)
      }
      return Buffer.concat(hashes)
    },
    close: () => {
      for (const segment of open.values()) segment.close()
      kept?.close()
    },
  }
}
