/** The namespaces of the live apps' user ids. */
import type { UserIds } from '../model/user-ids.ts'

export const DEFAULT_NAMESPACE = 'default'

interface App {
  readonly userIds?: UserIds
}
export type FoundNamespace =
  /** `of` is undefined if the namespace does not describe its ids. */
  | { readonly ok: true; readonly of: UserIds | undefined }
  /** Several namespaces are in use and none was given, or an unknown one was. */
  | { readonly ok: false; readonly known: readonly string[] }

/**
 * @param name the requested namespace; may be undefined while there is only one. `default` always exists, because records
 *   from before a split are stored under it
 */
export function findNamespace(apps: readonly App[], name: string | undefined): FoundNamespace {
  const byName = new Map<string, UserIds | undefined>()
  for (const { userIds } of apps) {
    const own = userIds?.namespace ?? DEFAULT_NAMESPACE
    if (byName.get(own) === undefined) byName.set(own, userIds)
  }
  if (byName.size === 0) byName.set(DEFAULT_NAMESPACE, undefined)
  const known = [...byName.keys()]
  if (name === DEFAULT_NAMESPACE && !byName.has(name)) return { ok: true, of: undefined }
  const wanted = name ?? (known.length === 1 ? known[0]! : undefined)
  return wanted !== undefined && byName.has(wanted) ? { ok: true, of: byName.get(wanted) } : { ok: false, known }
}

interface TokenApp extends App {
  readonly users?: { readonly issuer: string }
}

/** True if several issuers vouch for user ids of the app's namespace, so that an id is ambiguous. */
export function isAmbiguous(apps: readonly TokenApp[], { userIds }: App): boolean {
  const own = userIds?.namespace
  const issuers = new Set(
    apps.flatMap((app) => (app.users !== undefined && app.userIds?.namespace === own ? [app.users.issuer] : [])),
  )
  return issuers.size > 1
}

/** The distinct explicit namespaces. */
export function namedNamespaces(apps: readonly App[]): readonly string[] {
  return [...new Set(apps.flatMap(({ userIds }) => userIds?.namespace ?? []))]
}
