/**
 * Validates namespaces of user ids. `sub` is unique within its issuer only (OpenID Connect Core 1.0, 2 and 5.7; RFC 7519, 4.1.2),
 * so a namespace has one issuer.
 */
import type { AppPlan } from '../../model/contract.ts'
import { type Path, type Problem, printPath } from '../../model/problem.ts'
import type { AppOptions } from '../options/apps.ts'
import type { Parts } from '../salvage.ts'
import { problemAt, type Source } from '../source.ts'

const DEFAULT = 'default'

/**
 * Two issuers in one namespace are a problem. If that is already live it is a warning, and tokens of neither may read, lift or
 * erase. An app must not leave a named namespace: its stored choices could no longer be found.
 * @param live the apps of the live revision; undefined if there is none or it is unknown
 */
export function checkNamespaces(
  source: Source,
  apps: readonly Parts<AppOptions>[],
  live: readonly AppPlan[] | undefined,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const first = new Map<string, { readonly issuer: string; readonly path: Path }>()
  const formats = new Map<string, { readonly rules: string; readonly path: Path }>()
  for (const [index, { id, users }] of apps.entries()) {
    const namespace = users?.namespace ?? DEFAULT
    const path = ['apps', index, 'users', 'namespace']
    const before = live?.find((app) => app.id === id)
    const was = before?.userIds?.namespace
    if (id !== undefined && was !== undefined && was !== namespace) {
      problems.push(
        problemAt(source, path, {
          found: `${namespace}, and the live app's users are of ${was}: what stands for them there would not be found any more`,
          hint: `Keep ${was}, or add an app beside this one.`,
        }),
      )
    }
    if (users === undefined) continue
    const rules = JSON.stringify([users.format ?? 'opaque', users.real_ids ?? []])
    const spelled = formats.get(namespace)
    if (spelled === undefined) formats.set(namespace, { rules, path })
    else if (spelled.rules !== rules) {
      problems.push(
        problemAt(source, ['apps', index, 'users'], {
          found: `another format or other real_ids than ${printPath(spelled.path.slice(0, 3))}, which has the same namespace`,
          hint: 'User ids of one namespace are spelled in one way.',
        }),
      )
    }
    if (typeof users.issuer !== 'string') continue
    const known = first.get(namespace)
    if (known === undefined) first.set(namespace, { issuer: users.issuer, path: ['apps', index, 'users', 'issuer'] })
    else if (known.issuer !== users.issuer) {
      const isLive =
        live !== undefined && issuersIn(live, namespace).has(users.issuer) && issuersIn(live, namespace).size > 1
      const found = `a second issuer for the user ids of namespace ${namespace}, beside ${printPath(known.path)}: equal ids may be two people`
      const hint = `Give one of the two apps a namespace of its own: users: { namespace: ${typeof id === 'string' ? id : 'name'}, … }.`
      ;(isLive ? warnings : problems).push(problemAt(source, ['apps', index, 'users', 'issuer'], { found, hint }))
    }
  }
  return { problems, warnings }
}

function issuersIn(apps: readonly AppPlan[], namespace: string): ReadonlySet<string> {
  return new Set(
    apps.flatMap(({ users, userIds }) =>
      users !== undefined && (userIds?.namespace ?? DEFAULT) === namespace ? [users.issuer] : [],
    ),
  )
}
