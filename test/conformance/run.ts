/** Judges every record of a folder of vectors. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { JUDGES, LOOSER, NOT_APPLICABLE } from './catalogue.ts'
import type { Bench, Field, VectorRecord } from './judgement.ts'
import { type PartnerVector, readPartnerVectors } from './partners/vectors.ts'

export const OUTCOMES = ['passed', 'failed', 'stricter', 'looser', 'not applicable'] as const
export type Outcome = (typeof OUTCOMES)[number]

export interface Judged {
  /** `file#number`, from 1. */
  readonly where: string
  readonly kind: string
  readonly source: string
  readonly outcome: Outcome
  /** Why it did not simply pass. */
  readonly why: string
}

/** Both kinds of vectors: records about signals, and cases of other forwarders. */
export interface Vectors {
  readonly records: readonly (readonly [file: string, records: readonly VectorRecord[] | undefined])[]
  readonly cases: readonly PartnerVector[]
}

/**
 * Every `*.json` of the folder and of its folders `signals` and `partners`, in the order of their names. Beside cases of
 * forwarders a file of another shape is an index of theirs, and nobody's failure.
 */
export async function readVectors(folder: string): Promise<Vectors> {
  const records: (readonly [string, readonly VectorRecord[] | undefined])[] = []
  const cases: PartnerVector[] = []
  for (const inner of ['', 'signals', 'partners']) {
    const texts = await readTexts(join(folder, inner), inner === '')
    const own = texts.map(([, text]) => readPartnerVectors(text))
    cases.push(...own.flatMap((one) => one ?? []))
    const hasCases = own.some((one) => one !== undefined)
    for (const [index, [name, text]] of texts.entries()) {
      if (own[index] !== undefined) continue
      const read = readRecords(text)
      if (read !== undefined || !hasCases) records.push([name, read])
    }
  }
  return { records, cases }
}

async function readTexts(folder: string, isNeeded: boolean): Promise<readonly (readonly [string, string])[]> {
  let found: readonly string[]
  try {
    found = await readdir(folder)
  } catch (error) {
    if (isNeeded) throw error
    return []
  }
  const names = found.filter((name) => name.endsWith('.json')).sort()
  return Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const))
}

/** A file that cannot be read is one failure. */
export function judgeRecords(records: Vectors['records'], bench: Bench): Judged[] {
  const judged: Judged[] = []
  for (const [name, read] of records) {
    if (read === undefined) {
      judged.push(failure(name, 'not a list of records'))
      continue
    }
    for (const [index, record] of read.entries()) {
      judged.push(judgeRecord(`${name}#${index + 1}`, record, bench))
    }
  }
  return judged
}

function readRecords(text: string): readonly VectorRecord[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isRecord = (one: unknown): one is VectorRecord => typeof one === 'object' && one !== null && 'kind' in one
    return Array.isArray(value) && value.every(isRecord) ? value : undefined
  } catch {
    return undefined
  }
}

export function judgeRecord(where: string, record: VectorRecord, bench: Bench): Judged {
  const { kind, source } = record
  const facts = { where, kind, source }
  if (Object.hasOwn(NOT_APPLICABLE, kind)) return { ...facts, outcome: 'not applicable', why: NOT_APPLICABLE[kind]! }
  if (!Object.hasOwn(JUDGES, kind)) return { ...facts, outcome: 'failed', why: 'a kind that nobody judges' }
  let fields: readonly Field[]
  try {
    fields = JUDGES[kind]!(record, bench)
  } catch (error) {
    return {
      ...facts,
      outcome: 'failed',
      why: `the judge threw: ${error instanceof Error ? error.message : 'something'}`,
    }
  }
  return { ...facts, ...outcomeOf(record, fields) }
}

function outcomeOf(record: VectorRecord, fields: readonly Field[]): Pick<Judged, 'outcome' | 'why'> {
  if (fields.length === 0) return { outcome: 'failed', why: 'no field was compared' }
  const different = fields.filter(({ relation }) => relation === 'different')
  if (different.length > 0) return { outcome: 'failed', why: words(different) }
  const looser = fields.filter(({ relation }) => relation === 'looser')
  const rules = looser.map((field) => LOOSER.find(({ explains }) => explains(record, field)))
  if (rules.some((rule) => rule === undefined))
    return { outcome: 'failed', why: `looser without a rule: ${words(looser)}` }
  if (rules.length > 0)
    return { outcome: 'looser', why: [...new Set(rules.map((rule) => `${rule!.id}: ${rule!.why}`))].join(' ') }
  const stricter = fields.filter(({ relation }) => relation === 'stricter')
  return stricter.length > 0 ? { outcome: 'stricter', why: words(stricter) } : { outcome: 'passed', why: '' }
}

function words(fields: readonly Field[]): string {
  return fields.map(({ name, ours, expected }) => `${name} is ${shown(ours)}, expected ${shown(expected)}`).join('; ')
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

function failure(where: string, why: string): Judged {
  return { where, kind: '', source: '', outcome: 'failed', why }
}
