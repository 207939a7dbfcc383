/**
 * The ledger's public data: checkpoints, hash tiles and proofs, in the formats of C2SP tlog-tiles and tlog-proof. Records
 * are never served. A leaf's hash covers a random id or nonce, so it reveals nothing without the leaf.
 */

import type { TreeHashes } from './hashes.ts'
import { Pruned } from './hashes.ts'
import { consistencyProof, inclusionProof, proofLines, tlogProof } from './proofs.ts'
import { parseTilePath } from './tile-path.ts'

export interface Served {
  readonly type: 'text/plain; charset=utf-8' | 'application/octet-stream' | 'application/json; charset=utf-8'
  /** May be cached for ever. */
  readonly immutable: boolean
  readonly body: Uint8Array
}
/** `pruned`: the records and the hashes that it needs are no longer kept. */
export type ServedOr = Served | 'unknown' | 'pruned'

export interface ServedParts {
  readonly hashes: TreeHashes
  /** The newest signed note; undefined before the first. */
  readonly newest: () => string | undefined
  /** The signed note of exactly this size. */
  readonly checkpointOf: (size: number) => string | undefined
  /** Verifier keys, one a line. */
  readonly trust: () => string
}

const NUMBER = /^(?:0|[1-9][0-9]{0,14})$/u

/**
 * `path` is what follows `/ledger/`: `checkpoint`, `checkpoint/<size>`, `trust`, `tile/<L>/<N>[.p/<W>]`, `proof/<index>`,
 * `proof/<index>/<size>`, `consistency/<from>/<to>`. Sizes are those of checkpoints. Nothing above the newest is served.
 */
export function serveHashes(path: string, parts: ServedParts): ServedOr {
  const newest = parts.newest()
  if (newest === undefined) return 'unknown'
  const [kind, ...rest] = path.split('/')
  try {
    switch (kind) {
      case 'checkpoint':
        return rest.length === 0 ? text(newest, false) : checkpoint(rest, parts)
      case 'trust':
        return rest.length === 0 ? text(parts.trust(), false) : 'unknown'
      case 'tile':
        return tile(rest.join('/'), sizeOf(newest), parts)
      case 'proof':
        return proof(rest, newest, parts)
      case 'consistency':
        return consistency(rest, sizeOf(newest), parts)
      default:
        return 'unknown'
    }
  } catch (error) {
    if (error instanceof Pruned) return 'pruned'
    throw error
  }
}

/** Size in a checkpoint that this ledger signed. */
export function sizeOf(note: string): number {
  return Number(note.split('\n', 2)[1])
}

function checkpoint(rest: readonly string[], { checkpointOf }: ServedParts): ServedOr {
  const [size, ...more] = numbers(rest)
  const note = size === undefined || more.length > 0 ? undefined : checkpointOf(size)
  // Mutable: witnesses may cosign it later.
  return note === undefined ? 'unknown' : text(note, false)
}

function tile(path: string, signed: number, { hashes }: ServedParts): ServedOr {
  const name = parseTilePath(path)
  if (name === undefined) return 'unknown'
  const { level, index, width } = name
  if ((index * 256 + width) * 256 ** level > signed) return 'unknown'
  return { type: 'application/octet-stream', immutable: true, body: hashes.tile(level, index, width) }
}

function proof(rest: readonly string[], newest: string, { hashes, checkpointOf }: ServedParts): ServedOr {
  const [index, size, ...more] = numbers(rest)
  const note = size === undefined ? newest : checkpointOf(size)
  if (index === undefined || note === undefined || more.length > 0 || index >= sizeOf(note)) return 'unknown'
  return text(tlogProof(index, inclusionProof(hashes, index, sizeOf(note)), note), false)
}

function consistency(rest: readonly string[], signed: number, { hashes }: ServedParts): ServedOr {
  const [from, to, ...more] = numbers(rest)
  if (from === undefined || to === undefined || more.length > 0 || from > to || to > signed) return 'unknown'
  const lines = proofLines(consistencyProof(hashes, from, to))
  return text(lines.map((line) => `${line}\n`).join(''), true)
}

/** Empty if any part is not a number. */
function numbers(parts: readonly string[]): readonly number[] {
  return parts.every((part) => NUMBER.test(part)) ? parts.map(Number) : []
}

function text(body: string, immutable: boolean): Served {
  return { type: 'text/plain; charset=utf-8', immutable, body: Buffer.from(body, 'utf8') }
}
