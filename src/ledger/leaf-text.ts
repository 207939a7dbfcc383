/** A leaf in readable form: treatments by name, as a JSON object or one line of text. */
import type { LedgerRecord } from '../model/disclosure.ts'
import { type FieldClass, treatmentName } from '../model/field-class.ts'
import { decodeLeaf } from './leaf.ts'
import { LeafError } from './leaf-error.ts'
import type { LeafRow } from './store.ts'

/** `seq`, `hash` (RFC 6962 leaf hash, hex) and the record's members; `malformed` in their place if it cannot be decoded. */
export function leafJson({ seq, leaf, hash }: LeafRow): { readonly [key: string]: unknown } {
  const record = recordOf(leaf)
  const at = { seq, hash: Buffer.from(hash).toString('hex') }
  if (typeof record === 'string') return { ...at, malformed: record }
  return record.kind === 'intent' ? { ...at, ...record, treatments: named(record.treatments) } : { ...at, ...record }
}

/** One line: number, time, kind and content. */
export function leafLine({ seq, leaf }: LeafRow): string {
  const record = recordOf(leaf)
  if (typeof record === 'string') return `${seq}  not a record: ${record}`
  return `${seq}  ${new Date(record.time).toISOString()}  ${record.kind.toUpperCase().padEnd(8)}  ${gist(record)}`
}

/** The record, or why there is none. */
function recordOf(leaf: Uint8Array): LedgerRecord | string {
  try {
    return decodeLeaf(leaf).record
  } catch (error) {
    if (error instanceof LeafError) return error.problem
    throw error
  }
}

function gist(record: LedgerRecord): string {
  switch (record.kind) {
    case 'intent': {
      const fields = Object.entries(named(record.treatments)).map(([name, treatment]) => `${name}=${treatment}`)
      return `${record.partner} ← ${record.app} "${record.event}" try ${record.attempt} (${record.why}) ${fields.join(' ')}`
    }
    case 'notice':
      return `${record.partner} is told to ${record.verb} (${record.identifier}) try ${record.attempt}`
    case 'outcome':
    case 'notice_outcome': {
      const { kind, ...rest } = record.outcome
      return `${record.partner} ${[kind, ...Object.values(rest)].join(' ')}`
    }
    case 'withheld':
      return `${record.partner} ← ${record.app} "${record.event}" (${record.why})`
    default:
      return `${record.action} ${JSON.stringify(record.facts)}`
  }
}

function named(treatments: Readonly<Partial<Record<FieldClass, number>>>): Readonly<Record<string, string>> {
  const entries = Object.entries(treatments) as [FieldClass, number][]
  return Object.fromEntries(entries.map(([name, level]) => [name, treatmentName(name, level)]))
}
