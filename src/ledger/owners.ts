/**
 * The subjects of a commit's leaves, stored in its segment: for each leaf its owner, the number of a subject key, and its
 * finders, further identities that find the record, as numbers of sets shared by many leaves. Everything that names a
 * subject is kept here and in the index built from it, within reach of an erasure, and never in a leaf.
 */
import { bufferOf } from './leaf-layout.ts'
import type { Segment, WritableSegment, Written } from './store.ts'

export const OWNER_BYTES = 6
const SET_BYTES = 3
export const IDENTITY_BYTES = 16
/** Commits read at a time. */
const PAGE = 512
const NO_SET = 0

/** Builds the owners and finders of one commit. */
export class CommitOwners {
  readonly ids: Buffer
  readonly #sets = new Map<string, number>()
  readonly #setOf: Buffer
  #owned = false

  constructor(leaves: number) {
    this.ids = Buffer.alloc(leaves * OWNER_BYTES)
    this.#setOf = Buffer.alloc(leaves * SET_BYTES)
  }

  /** @param finders identity keys end to end, or empty */
  put(at: number, subject: number, finders: Buffer): void {
    this.#owned = true
    this.ids.writeUIntBE(subject, at * OWNER_BYTES, OWNER_BYTES)
    if (finders.length === 0) return
    const text = finders.toString('latin1')
    let set = this.#sets.get(text)
    if (set === undefined) {
      set = this.#sets.size + 1
      this.#sets.set(text, set)
    }
    this.#setOf.writeUIntBE(set, at * SET_BYTES, SET_BYTES)
  }

  /** The columns to store; empty if no leaf has a subject. */
  kept(): { readonly owners?: Uint8Array; readonly finders?: Uint8Array } {
    if (!this.#owned) return {}
    if (this.#sets.size === 0) return { owners: this.ids }
    return { owners: this.ids, finders: packed(this.#setOf, [...this.#sets.keys()]) }
  }
}

function packed(setOf: Uint8Array, sets: readonly string[]): Uint8Array {
  const parts: Uint8Array[] = [setOf]
  for (const set of sets) parts.push(Buffer.of(set.length / IDENTITY_BYTES), Buffer.from(set, 'latin1'))
  return Buffer.concat(parts)
}

/** Reads the finders of one commit. */
export class FinderSets {
  readonly #setOf: Buffer
  /** By number: identity keys end to end, as one-byte characters; empty for 0. */
  readonly sets: readonly string[]

  constructor(bytes: Uint8Array, leaves: number) {
    const all = bufferOf(bytes)
    this.#setOf = all.subarray(0, leaves * SET_BYTES)
    const sets = ['']
    for (let at = leaves * SET_BYTES; at < all.length; ) {
      const end = at + 1 + all[at]! * IDENTITY_BYTES
      sets.push(all.toString('latin1', at + 1, end))
      at = end
    }
    this.sets = sets
  }

  of(at: number): string {
    return this.sets[this.setOf(at)] ?? ''
  }
  setOf(at: number): number {
    return this.#setOf.readUIntBE(at * SET_BYTES, SET_BYTES)
  }
}

/** The identity keys of a set, in hex. */
export function identitiesIn(set: string): readonly string[] {
  return Array.from({ length: set.length / IDENTITY_BYTES }, (_, i) =>
    Buffer.from(set.slice(i * IDENTITY_BYTES, (i + 1) * IDENTITY_BYTES), 'latin1').toString('hex'),
  )
}

/** What an erasure removes: owner entries of these subject keys, and these identities as finders. */
export interface Forgotten {
  readonly subjects: readonly number[]
  readonly identities: readonly string[]
}

/** Overwrites the entries in a segment. */
export function forgetOwners(segment: WritableSegment, what: Forgotten): Written {
  const subjects = new Set(what.subjects)
  const identities = new Set(what.identities)
  for (let rows = segment.owners(-1, PAGE); rows.length > 0; rows = segment.owners(rows.at(-1)!.size, PAGE)) {
    const finders = new Map(segment.finders(rows[0]!.size - 1, rows.at(-1)!.size).map(({ size, sets }) => [size, sets]))
    const changed = rows.flatMap(({ size, ids }) => {
      const sets = finders.get(size)
      const left = withoutForgotten(bufferOf(ids), sets, subjects, identities)
      return left === undefined ? [] : [{ size, ...left }]
    })
    if (changed.length > 0 && segment.putOwners(changed) === 'disk_full') return 'disk_full'
  }
  return 'durable'
}

/** The commit's columns without the forgotten entries; undefined if it has none. */
function withoutForgotten(
  ids: Buffer,
  sets: Uint8Array | undefined,
  subjects: ReadonlySet<number>,
  identities: ReadonlySet<string>,
): { readonly ids: Uint8Array; readonly sets?: Uint8Array } | undefined {
  const leaves = ids.length / OWNER_BYTES
  const before = sets === undefined ? undefined : new FinderSets(sets, leaves)
  const names = before?.sets.some((set) => identitiesIn(set).some((identity) => identities.has(identity))) === true
  const left = new CommitOwners(leaves)
  let found = names
  for (let at = 0; at < leaves; at++) {
    const subject = ids.readUIntBE(at * OWNER_BYTES, OWNER_BYTES)
    if (subject === 0) continue
    if (subjects.has(subject)) {
      found = true
      continue
    }
    const kept = identitiesIn(before?.of(at) ?? '').filter((identity) => !identities.has(identity))
    left.put(at, subject, Buffer.from(kept.join(''), 'hex'))
  }
  return found ? { ids: left.ids, sets: left.kept().finders ?? new Uint8Array(0) } : undefined
}

/** Owners and finders of the first commit that has any for a record at or after `seq`. */
export interface OwnersAt {
  readonly from: number
  readonly to: number
  readonly ids: Buffer
  readonly finders: FinderSets | undefined
}
export function ownersFrom(segment: Segment, seq: number): OwnersAt | undefined {
  const row = segment.owners(seq, 1)[0]
  if (row === undefined) return undefined
  const leaves = row.ids.length / OWNER_BYTES
  const sets = segment.finders(row.size - 1, row.size)[0]?.sets
  const finders = sets === undefined || sets.length === 0 ? undefined : new FinderSets(sets, leaves)
  return { from: row.size - leaves, to: row.size, ids: bufferOf(row.ids), finders }
}

/** The owner and the finder set of record `seq`; 0 and `''` if it has no subject. */
export function ownerIn(owners: OwnersAt | undefined, seq: number): { readonly subject: number; readonly set: string } {
  if (owners === undefined || seq < owners.from || seq >= owners.to) return { subject: NO_SET, set: '' }
  const at = seq - owners.from
  return { subject: owners.ids.readUIntBE(at * OWNER_BYTES, OWNER_BYTES), set: owners.finders?.of(at) ?? '' }
}
