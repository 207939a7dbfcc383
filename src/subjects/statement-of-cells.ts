/** One statement of what several cells hold about a subject: what a device did while somebody else was logged in lies in that account's cell. */
import type { IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { StaffReads } from './staff-reads.ts'
import {
  byDay,
  type StatedRecipient,
  type Statement,
  type StatementOptions,
  type StatementParts,
  statementOf,
  together,
} from './statement.ts'
import { ENGLISH } from './words/en.ts'
import { SPANISH } from './words/es.ts'

/** What one cell asks all others, as JSON. It names nobody: identities are keyed. */
export interface StatementQuestion {
  readonly v: 1
  readonly identities: readonly IdentityKey[]
  readonly options: Omit<StatementOptions, 'words' | 'after' | 'otherAccounts'>
  /** BCP 47. */
  readonly language: string
  /** By cell: the last record of the page before. */
  readonly after: Readonly<Record<string, number>>
  readonly seenBy?: SeenBy | undefined
}

/** By whom on the staff a statement is seen, for the record of that. */
export interface SeenBy {
  readonly call: string
  readonly actor: string
}

/** Undefined of a cell that does not answer. */
export interface CellStatement {
  readonly cell: string
  readonly statement: Statement | undefined
}

export interface Cells {
  /** Which one this is; 0 where it is by itself. */
  readonly own: string
  /** Of each other cell. */
  readonly otherStatements: (question: StatementQuestion) => Promise<readonly CellStatement[]>
}

/** Answers another cell. Rejects a question that this version does not know, and where the reading cannot be recorded. */
export function createStatementHere(
  parts: StatementParts & { readonly cells: Pick<Cells, 'own'> },
  staffReads: Pick<StaffReads, 'record'>,
) {
  return async ({ v, identities, options, language, after, seenBy }: StatementQuestion): Promise<Statement> => {
    if (v !== 1) throw new Error('another cell asks for a statement in a way that this version does not know')
    if (seenBy !== undefined) await staffReads.record(seenBy.call, seenBy.actor, identities)
    const words = language === SPANISH.language ? SPANISH : ENGLISH
    return statementOf(parts, identities, { ...options, words, after: after[parts.cells.own] })
  }
}

/** `next` of a page: by cell, its last record. A number alone is one of the cell that is asked. Throws `ERR_CURSOR`. */
export function readPositions(next: string | undefined, own: string): Readonly<Record<string, number>> {
  if (next === undefined) return {}
  if (/^\d{1,15}$/u.test(next)) return { [own]: Number(next) }
  return Object.fromEntries(
    next.split('.').map((position) => {
      const [, cell, seq] = /^(\d{1,2})-(\d{1,15})$/u.exec(position) ?? []
      if (cell === undefined) throw new GatewayError('ERR_CURSOR')
      return [cell, Number(seq)]
    }),
  )
}

function writePositions(positions: Readonly<Record<string, number>>): string {
  return Object.entries(positions)
    .map(([cell, seq]) => `${cell}-${seq}`)
    .join('.')
}

/**
 * Disclosures by time, and within a cell in its ledger's order.
 *
 * @param parts the cell's own first; of the others, pages from `positions` on of at most `limit` disclosures
 */
export function joinStatements(
  parts: readonly [{ readonly cell: string; readonly statement: Statement }, ...CellStatement[]],
  positions: Readonly<Record<string, number>>,
  { limit, words = ENGLISH }: Pick<StatementOptions, 'words'> & { readonly limit: number },
): Statement {
  const answered = parts.flatMap(({ cell, statement }) => (statement === undefined ? [] : [{ cell, statement }]))
  const missing = parts.flatMap(({ cell, statement }) => (statement === undefined ? [cell] : [])).toSorted(byNumber)
  const statements = answered.map(({ statement }) => statement)
  const { disclosures, after, isLast } = firstOf(answered, positions, limit)
  const told = statements.flatMap((one) => one.told ?? []).toSorted(byDay)
  const byHand = statements.flatMap((one) => one.by_hand ?? []).toSorted(byTime)
  const reads = distinct(
    statements.flatMap((one) => one.staff_reads ?? []),
    ({ at, call }) => `${at} ${call}`,
  ).toSorted(byTime)
  const notes = distinct(
    [
      ...statements.flatMap((one) => one.notes ?? []),
      ...(missing.length === 0 ? [] : [{ code: 'cells_missing', in_words: words.notes.missing }]),
    ],
    ({ code }) => code,
  )
  const keys = statements.flatMap((one) => one.keys ?? [])
  const { at, policy, contact, other_accounts: otherAccounts } = parts[0].statement
  return {
    at,
    policy,
    contact,
    recipients: recipientsOf(statements),
    disclosures,
    withheld: withheldOf(statements),
    ...(told.length === 0 ? {} : { told }),
    ...(reads.length === 0 ? {} : { staff_reads: reads }),
    ...(byHand.length === 0 ? {} : { by_hand: byHand }),
    ...(otherAccounts === undefined ? {} : { other_accounts: otherAccounts }),
    ...(notes.length === 0 ? {} : { notes }),
    ...(missing.length === 0 ? {} : { missing }),
    ...(isLast ? {} : { next: writePositions(after) }),
    ...(keys.length === 0 ? {} : { keys }),
  }
}

/** The earliest of all cells, and how far each cell has been read with them. */
function firstOf(
  answered: readonly { readonly cell: string; readonly statement: Statement }[],
  positions: Readonly<Record<string, number>>,
  limit: number,
) {
  const queues = answered.map(({ cell, statement }) => ({ cell, left: statement.disclosures.values().toArray() }))
  for (const queue of queues) queue.left.reverse()
  const disclosures: Statement['disclosures'][number][] = []
  const after = { ...positions }
  while (disclosures.length < limit) {
    const waiting = queues.filter(({ left }) => left.length > 0)
    if (waiting.length === 0) break
    const { cell, left } = waiting.reduce((one, other) => (other.left.at(-1)!.at < one.left.at(-1)!.at ? other : one))
    const disclosure = left.pop()!
    disclosures.push({ ...disclosure, cell })
    after[cell] = disclosure.seq
  }
  const isLast =
    queues.every(({ left }) => left.length === 0) && answered.every((one) => one.statement.next === undefined)
  return { disclosures, after, isLast }
}

function recipientsOf(statements: readonly Statement[]): readonly StatedRecipient[] {
  const found = new Map<string, StatedRecipient>()
  for (const one of statements.flatMap(({ recipients }) => recipients)) {
    const known = found.get(one.partner) ?? { ...one, disclosures: 0 }
    found.set(one.partner, {
      ...(one.contract_unreadable === true ? known : one),
      purposes: together(known.purposes, one.purposes),
      countries: together(known.countries, one.countries),
      disclosures: known.disclosures + one.disclosures,
      first: one.first < known.first ? one.first : known.first,
      last: one.last > known.last ? one.last : known.last,
    })
  }
  return [...found.values()].toSorted((a, b) => (a.partner < b.partner ? -1 : 1))
}

function withheldOf(statements: readonly Statement[]): Statement['withheld'] {
  const found = new Map<string, Statement['withheld'][number]>()
  for (const one of statements.flatMap(({ withheld }) => withheld)) {
    const name = `${one.recipient}\0${one.why}`
    found.set(name, { ...one, count: one.count + (found.get(name)?.count ?? 0) })
  }
  return [...found.values()]
}

function distinct<Item>(items: readonly Item[], nameOf: (item: Item) => string): readonly Item[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()]
}

function byTime(one: { readonly at: string }, other: { readonly at: string }): number {
  return one.at < other.at ? -1 : Number(one.at > other.at)
}

function byNumber(one: string, other: string): number {
  return Number(one) - Number(other)
}
