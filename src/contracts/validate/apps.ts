/** Validates the apps among each other. Never repeats a write key. */

import type { AppPlan } from '../../model/contract.ts'
import type { Path, Problem } from '../../model/problem.ts'
import { printPath } from '../../model/problem.ts'
import type { AppOptions } from '../options/apps.ts'
import type { Parts } from '../salvage.ts'
import { problemAt, type Source } from '../source.ts'
import { checkNamespaces } from './namespaces.ts'

export interface CheckedApps {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

/**
 * @param apps in file order, as far as each is readable
 * @param live the live apps, if known
 */
export function checkApps(source: Source, apps: readonly Parts<AppOptions>[], live?: readonly AppPlan[]): CheckedApps {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const ids = new Map<string, Path>()
  const keys = new Map<string, Path>()
  /** Reports a duplicate. */
  const once = (seen: Map<string, Path>, word: string, path: Path, found: string, hint: string): void => {
    const first = seen.get(word)
    if (first === undefined) seen.set(word, path)
    else problems.push(problemAt(source, path, { found: `${found} ${printPath(first)}`, hint }))
  }
  for (const [index, app] of apps.entries()) {
    if (app.id !== undefined) once(ids, app.id, ['apps', index, 'id'], 'the same id as', 'Give each app its own.')
    for (const list of ['write_keys', 'retired_keys'] as const) {
      for (const [place, key] of (app[list] ?? []).entries()) {
        const hint = 'A key belongs to one app, and is live or retired.'
        once(keys, key, ['apps', index, list, place], 'the same key as', hint)
      }
    }
    if (app.write_keys?.length === 0) {
      warnings.push(
        problemAt(source, ['apps', index, 'write_keys'], { found: 'no live write key: this app cannot send' }),
      )
    }
  }
  const namespaces = checkNamespaces(source, apps, live)
  return { problems: [...problems, ...namespaces.problems], warnings: [...warnings, ...namespaces.warnings] }
}
