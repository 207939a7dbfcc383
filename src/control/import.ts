/** Stores a file's opt-outs in groups and reports refused rows. */
import { type ImportFormat, parseChoiceRows } from '../choices/import.ts'
import { findNamespace } from '../choices/namespaces.ts'
import type { ControlDeps } from './deps.ts'

/** Rows stored concurrently: one group commit, one freshness step. */
const ROWS_AT_ONCE = 500
/** Problems listed; more are only counted. */
const MAX_PROBLEMS = 100

export interface Imported {
  readonly stored: number
  readonly refused: number
  readonly problems: readonly { readonly line: number; readonly problem: string }[]
}

type ImportDeps = Pick<ControlDeps, 'choices' | 'stateChoice' | 'ledger' | 'revisions' | 'now'>

/** Resolves once every stored row is durable, in force and on record. */
export async function importChoices(
  { choices, stateChoice, ledger, revisions, now }: ImportDeps,
  text: AsyncIterable<string | Uint8Array>,
  format: ImportFormat,
): Promise<Imported> {
  const problems: { readonly line: number; readonly problem: string }[] = []
  let refused = 0
  let stored = 0
  let waiting: Promise<void>[] = []
  const { apps } = revisions.current()
  const defaults = {
    now: now(),
    saidBy: 'import',
    namespaceOf: (name: string | undefined) => findNamespace(apps, name),
  }
  for await (const parsed of parseChoiceRows(text, format, defaults)) {
    if ('problem' in parsed) {
      refused++
      if (problems.length < MAX_PROBLEMS) problems.push({ line: parsed.line, problem: parsed.problem })
      continue
    }
    const { identity, statement } = parsed.row
    waiting.push(stateChoice(choices.keysFor(identity), statement, undefined, [identity]))
    stored++
    if (waiting.length >= ROWS_AT_ONCE) {
      await Promise.all(waiting)
      waiting = []
    }
  }
  await Promise.all(waiting)
  await ledger.append([{ kind: 'request', time: now(), action: 'choices_imported', facts: { stored, refused } }])
  return { stored, refused, problems }
}
