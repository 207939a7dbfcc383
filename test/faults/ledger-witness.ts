/**
 * Reads INTENTs, OUTCOMEs and WITHHELDs from the ledger's segment files by `docs/ledger-format.md` alone: a judge does
 * not ask the accused's own code. Files are opened for reading only.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

interface OfPair {
  readonly seq: number
  readonly partner: string
  /** 32 hex digits. */
  readonly eventRef: string
}
export interface WitnessedIntent extends OfPair {
  readonly kind: 'intent'
  readonly attempt: number
  /** 64 hex digits. */
  readonly commitment: string
}
export interface WitnessedOutcome extends OfPair {
  readonly kind: 'outcome'
  readonly outcome: (typeof OUTCOMES)[number]
  /** For `refused`: the partner may be asked again. */
  readonly mayRetry: boolean
}
export interface WitnessedWithheld extends OfPair {
  readonly kind: 'withheld'
}
export type Witnessed = WitnessedIntent | WitnessedOutcome | WitnessedWithheld

/** By number, from 1. */
const OUTCOMES = [
  'delivered',
  'refused',
  'failed_before_write',
  'unknown_after_write',
  'cancelled_not_sent',
  'unresolved_assume_disclosed',
] as const
const REFUSED = 2
const BODY_AT = 15
/** `ip` is field class 10: the low half of the fifth byte of treatments. */
const IP_AT = 4

/** Every such record from sequence number `from` on, in order, and the number of records there are. */
export function readLedger(dataFolder: string, from: number): { readonly records: Witnessed[]; readonly size: number } {
  const folder = join(dataFolder, 'ledger')
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^segment-[0-9]+\.db$/.test(name)) : []
  const records: Witnessed[] = []
  let size = from
  for (const file of files.sort()) {
    const db = new DatabaseSync(join(folder, file), { readOnly: true })
    try {
      const rows = db.prepare('SELECT seq, leaf FROM leaves WHERE seq >= ? ORDER BY seq').iterate(from)
      for (const { seq, leaf } of rows) {
        if (seq !== size) throw new Error(`record ${size} is missing: ${String(seq)} comes instead`)
        if (!(leaf instanceof Uint8Array)) throw new Error(`record ${seq} holds no bytes`)
        const record = decodeLeaf(Buffer.from(leaf))
        if (record !== undefined) records.push(record)
        size++
      }
    } finally {
      db.close()
    }
  }
  return { records, size }
}

/** Undefined for CONTROL and REQUEST. Throws for what is no leaf of version 1. */
export function decodeLeaf(leaf: Buffer): Witnessed | undefined {
  if (leaf[0] !== 1 || leaf[2] !== 0) throw new Error('not a leaf of version 1 without flags')
  const seq = leaf.readUIntBE(3, 6)
  const take = reader(leaf)
  switch (leaf[1]) {
    case 1: {
      take.bytes(16)
      const eventRef = take.hex(16)
      const partner = take.text()
      take.text() // app
      take.text() // event
      take.bytes(4) // revision
      take.text() // regime
      take.bytes(1) // why
      const attempt = take.number(2)
      take.bytes(1 + 2) // role, purposes
      take.bytes(2 * take.number(1)) // countries
      const treatments = take.bytes(take.number(1))
      if (((treatments[IP_AT] ?? 0) & 0x0f) !== 0) take.bytes(2)
      const commitment = take.hex(32)
      take.bytes(4) // size of the item
      take.end()
      return { kind: 'intent', seq, partner, eventRef, attempt, commitment }
    }
    case 2: {
      take.bytes(16)
      const eventRef = take.hex(16)
      const partner = take.text()
      const number = take.number(1)
      const outcome = OUTCOMES[number - 1]
      if (outcome === undefined) throw new Error(`outcome ${number} is not known`)
      const mayRetry = number === REFUSED && take.number(2) > 0 && (take.number(1) & 1) === 1
      return { kind: 'outcome', seq, partner, eventRef, outcome, mayRetry }
    }
    case 3: {
      const eventRef = take.hex(16)
      return { kind: 'withheld', seq, eventRef, partner: take.text() }
    }
    case 4:
    case 5:
      return undefined
    default:
      throw new Error(`leaf kind ${leaf[1]} is not known`)
  }
}

function reader(leaf: Buffer) {
  let at = BODY_AT
  const bytes = (count: number): Buffer => {
    if (at + count > leaf.length) throw new Error('a leaf is cut short')
    at += count
    return leaf.subarray(at - count, at)
  }
  const number = (count: number): number => bytes(count).readUIntBE(0, count)
  return {
    bytes,
    number,
    hex: (count: number): string => bytes(count).toString('hex'),
    text: (): string => bytes(number(1)).toString('utf8'),
    end: (): void => {
      if (at !== leaf.length) throw new Error('bytes follow a leaf')
    },
  }
}
