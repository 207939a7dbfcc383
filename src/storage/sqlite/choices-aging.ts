/** Pages over statements and links, for expiry. */
import type { StatementSync } from 'node:sqlite'
import type { AgingPages } from '../../choices/store.ts'
import type { IdentityKey } from '../../model/brand.ts'
import { type Row, type RowReader, STATEMENT_COLUMNS } from './choices-row.ts'

/** @param prepare makes SQL statements that return rows as arrays */
export function agingRows(prepare: (sql: string) => StatementSync, reader: RowReader): AgingPages {
  const all = (statement: StatementSync, ...values: (string | number)[]): readonly Row[] =>
    statement.all(...values) as unknown as readonly Row[]
  const statementsAfter = prepare(`SELECT ${STATEMENT_COLUMNS}
    FROM said CROSS JOIN findings ON findings.id = said.finding
    WHERE said.id > ? AND said.superseded_at IS NULL ORDER BY said.id LIMIT ?`)
  // `seen` is 0 for links older than the column. Each pair is stored in both directions.
  const linksAfter = prepare(`SELECT lower(hex(a)), lower(hex(b)),
      CASE seen WHEN 0 THEN (SELECT amount FROM totals WHERE what = 'links_from') ELSE seen END
    FROM links WHERE a < b AND (a, b) > (unhex(?), unhex(?)) ORDER BY a, b LIMIT ?`)
  return {
    statementsAfter: (after, max) => all(statementsAfter, after, max).map(reader.statement),
    linksAfter: (after, max) =>
      all(linksAfter, after?.a ?? '', after?.b ?? '', max).map(([a, b, seen]) => ({
        a: a as IdentityKey,
        b: b as IdentityKey,
        seen: Number(seen),
      })),
  }
}
