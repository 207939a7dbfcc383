/** The columns of a stored statement. */
import type { SQLOutputValue } from 'node:sqlite'
import type { IdentityKey } from '../../model/brand.ts'
import type { Channel } from '../../model/choice.ts'
import type { Finding } from '../../model/signal.ts'
import { createFindingReader } from '../finding-text.ts'

export type Row = readonly SQLOutputValue[]

export interface StatementRow {
  readonly id: number
  readonly finding: Finding
  readonly channel: Channel
  readonly saidBy: string
  readonly at: number
  readonly device?: IdentityKey
  readonly cover: boolean
}

/** In the order that `RowReader` expects; the query MUST join `said` and `findings`. */
export const STATEMENT_COLUMNS = `findings.text, said.id, said.channel, said.said_by, said.at, lower(hex(said.device)), said.cover`
export const STATEMENT_WIDTH = 7
/** The active statements of one identity. */
export const STATEMENTS_ON_KEY = `SELECT ${STATEMENT_COLUMNS}, stands.direct
  FROM stands CROSS JOIN said ON said.id = stands.said CROSS JOIN findings ON findings.id = said.finding
  WHERE stands.key = unhex(?)`

/** Decodes findings and statements; equal findings are the same object. */
export interface RowReader {
  finding(text: SQLOutputValue | undefined): Finding
  statement(row: Row): StatementRow
}

export function createRowReader(): RowReader {
  const read = createFindingReader()
  const finding = (text: SQLOutputValue | undefined): Finding => read(String(text))
  return {
    finding,
    statement: ([text, id, channel, saidBy, at, device, cover]) => ({
      id: id as number,
      finding: finding(text),
      channel: channel as Channel,
      saidBy: saidBy as string,
      at: at as number,
      cover: cover === 1,
      ...(device === '' || device === null ? {} : { device: device as IdentityKey }),
    }),
  }
}
