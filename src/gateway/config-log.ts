/** What the log says of the configuration's files. */

import type { Groundless } from '../contracts/lint/transfers.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { formatProblem } from '../model/problem.ts'
import { describeError, type Log } from '../observe/log.ts'
import type { Reloaded } from '../publish/live-config.ts'
import type { Resaved } from '../publish/unsaved.ts'

/** What reading the files came to, for whoever looks at the log. */
export function tellOfFiles(
  log: Log,
  { ok, problems, warnings, revision, changed, waiting, turnedDown, restartNeeded }: Reloaded,
): void {
  for (const warning of warnings) log.warn({ problem: formatProblem(warning) }, 'configuration: please look')
  for (const problem of problems)
    log.error(
      { problem: formatProblem(problem), running: revision },
      'configuration is bad: the last good revision runs',
    )
  if (!ok) return
  if (waiting !== undefined)
    log.warn(
      { proposal: waiting.number, change: waiting.change },
      'the files give somebody more than what is live: that part waits for approval',
    )
  if (turnedDown) log.warn({ revision }, 'the files hold a change that was turned down: they and what is live differ')
  log.info({ revision, changed, restartNeeded }, 'configuration read')
}

/** Live contracts that send where a law asks for a ground, and name none. */
export function tellOfTransfers(log: Log, transfers: readonly Groundless[]): void {
  for (const { partner, law, countries } of transfers)
    log.warn({ partner, law, countries }, 'a live contract sends where its law asks for a ground: name transfer_basis')
}

/** What a stop between publishing and saving back left, for whoever looks at the log. */
export function tellOfSaving(log: Log, resaved: Resaved, { number, publication: { author } }: RevisionPlan): void {
  const about = { revision: number, author }
  if (resaved.kind === 'failed')
    log.error(
      { ...about, ...describeError(resaved.error) },
      'the live revision could not be saved to its files: until it can they count as saved, and every reading tries again',
    )
  else if (resaved.kind === 'saved')
    log.warn({ ...about, files: resaved.files }, 'the live revision had not been saved to its files: it is now')
  else
    log.error(
      { ...about, files: resaved.files },
      'a stop had kept the live revision from its files, and they cannot be saved any more: what they say counts, and takes back what was approved and is not in them',
    )
}
