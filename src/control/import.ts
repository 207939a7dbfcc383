/** `POST /api/v1/choices/import`: the opt-outs a company already has, as JSON lines or CSV. */
import type { RequestHandler } from 'express'
import { parseChoiceRows } from '../choices/import.ts'
import type { ControlDeps } from './deps.ts'

/** Rows stored at once: one group commit, one step of freshness. */
const ROWS_AT_ONCE = 500
/** Problems listed; the rest are counted. */
const MAX_PROBLEMS = 100

export function createImport({ choices, ledger, now }: ControlDeps): RequestHandler {
  return async (request, response) => {
    const format = request.headers['content-type']?.startsWith('text/csv') ? 'csv' : 'jsonl'
    const problems: { readonly line: number; readonly problem: string }[] = []
    let refused = 0
    let stored = 0
    let waiting: Promise<void>[] = []
    for await (const parsed of parseChoiceRows(request, format, { now: now(), saidBy: 'import' })) {
      if ('problem' in parsed) {
        refused++
        if (problems.length < MAX_PROBLEMS) problems.push({ line: parsed.line, problem: parsed.problem })
        continue
      }
      const { identity, statement } = parsed.row
      waiting.push(choices.put([choices.keyOf(identity)], statement))
      stored++
      if (waiting.length >= ROWS_AT_ONCE) {
        await Promise.all(waiting)
        waiting = []
      }
    }
    await Promise.all(waiting)
    await ledger.append([{ kind: 'request', time: now(), action: 'choices_imported', facts: { stored, refused } }])
    response.status(refused === 0 ? 200 : 422).json({ stored, refused, problems })
  }
}
