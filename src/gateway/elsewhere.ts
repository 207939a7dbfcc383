/** What one cell asks all others, because each holds a part of it. */
import type { SharedErasures } from '../choices/ports.ts'
import type { Aggregate } from '../ledger/aggregate.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import type { Row } from '../ledger/row.ts'
import type { IdentityKey } from '../model/brand.ts'
import type { NoticeRow } from '../notices/ports.ts'
import type { Erasures } from '../subjects/erase.ts'
import type { ErasedElsewhere, ErasureQuestion, ForeseenPart, KeptAnswer } from '../subjects/ports.ts'
import type { RightsParts } from '../subjects/rights.ts'
import type { Statement } from '../subjects/statement.ts'
import type { StatementQuestion } from '../subjects/statement-of-cells.ts'
import type { JoinedNotices } from './notices.ts'
import type { JoinedCell } from './open-folder.ts'
import type { Stores } from './stores.ts'

/** Questions and answers travel as JSON. */
export interface CellReads {
  statement(question: StatementQuestion): Promise<Statement>
  erased(question: ErasureQuestion): Promise<KeptAnswer | null>
  erasureAnswer(question: { readonly code: string }): Promise<KeptAnswer | null>
  foreseen(question: { readonly identities: readonly IdentityKey[] }): Promise<ForeseenPart>
  heldOver(question: { readonly identities: readonly IdentityKey[] }): Promise<readonly string[]>
  counts(question: { readonly query: Aggregate }): Promise<readonly Row[]>
  notices(question: { readonly ids: readonly string[] }): Promise<readonly NoticeRow[]>
}

/** Of each other cell; undefined of one that does not answer. */
export type AskOthers = <Name extends keyof CellReads>(
  name: Name,
  question: Parameters<CellReads[Name]>[0],
) => Promise<readonly { readonly cell: string; readonly answer: Awaited<ReturnType<CellReads[Name]>> | undefined }[]>

/** What this cell answers the others. */
export function readsOf(
  {
    statementHere,
    erasures,
  }: {
    readonly statementHere: CellReads['statement']
    readonly erasures: Pick<Erasures, 'answerHere' | 'answerByCode' | 'foreseeHere' | 'heldOver'>
  },
  { asked }: Pick<JoinedNotices, 'asked'>,
  archive: Pick<LedgerArchive, 'count'>,
): CellReads {
  return {
    statement: statementHere,
    erased: async (question) => (await erasures.answerHere(question)) ?? null,
    erasureAnswer: async ({ code }) => (await erasures.answerByCode(code)) ?? null,
    foreseen: ({ identities }) => erasures.foreseeHere(identities),
    heldOver: ({ identities }) => erasures.heldOver(identities),
    counts: ({ query }) => archive.count(query),
    notices: ({ ids }) => asked.byIds(ids),
  }
}

/** Without `cluster.internal`, and before this cell listens, no other cell answers. @param forwarding undefined until then */
export function createElsewhere(
  self: JoinedCell | undefined,
  { owners }: Pick<Stores, 'owners'>,
  forwarding: () => { readonly ask: AskOthers } | undefined,
): { readonly erasures: ErasedElsewhere; readonly rights: RightsParts['cells'] } {
  const ask: AskOthers = async (name, question) =>
    forwarding()?.ask(name, question) ?? otherCells(self, { owners }).map((cell) => ({ cell, answer: undefined }))
  const { unfinishedCells, finishedErasures, concludeErasure } = owners ?? NO_OTHER_CELL
  return {
    erasures: {
      ...{ unfinishedCells, finishedErasures, concludeErasure },
      others: (question) => ask('erased', question),
      foreseen: (identities) => ask('foreseen', { identities }),
      heldOver: (identities) => ask('heldOver', { identities }),
    },
    rights: {
      own: self?.cell ?? '0',
      unfinishedCells,
      otherStatements: async (question) =>
        (await ask('statement', question)).map(({ cell, answer }) => ({ cell, statement: answer })),
      otherNotices: (ids) => ask('notices', { ids }),
      otherAnswers: (code) => ask('erasureAnswer', { code }),
    },
  }
}

const NO_OTHER_CELL: Omit<SharedErasures, 'claimNotices'> = {
  unfinishedCells: async () => [],
  finishedErasures: async () => [],
  concludeErasure: async () => undefined,
}

export function otherCells(self: JoinedCell | undefined, { owners }: Pick<Stores, 'owners'>): readonly string[] {
  return (owners?.cells() ?? []).flatMap(({ cell }) => (cell === self?.cell ? [] : [cell]))
}
