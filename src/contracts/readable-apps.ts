/** What can be read of `apps.yaml`, so that contracts can be held against it even where parts of it are wrong. */
import { APP, type AppOptions } from './options/apps.ts'
import { type Parts, salvageParts } from './salvage.ts'
import type { Source } from './source.ts'

/** Each app of the file as far as it can be read; undefined where there is no list of apps. */
export function readableApps({ value }: Source): readonly Parts<AppOptions>[] | undefined {
  const apps = typeof value === 'object' && value !== null && 'apps' in value ? value.apps : undefined
  return Array.isArray(apps) ? apps.map((app) => salvageParts(APP, app)) : undefined
}

/** Undefined where one of them cannot be read: then nobody knows which names are wrong. */
export function namesOf(apps: readonly Parts<AppOptions>[] | undefined): ReadonlySet<string> | undefined {
  const names = apps?.flatMap(({ id }) => (id === undefined ? [] : [id]))
  return names === undefined || names.length !== apps?.length ? undefined : new Set(names)
}

/** Each app's consent categories, as far as they can be read. */
export function categoriesOf(apps: readonly Parts<AppOptions>[] | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    (apps ?? []).flatMap(({ id, consent_categories: categories = {} }) =>
      id === undefined ? [] : [[id, new Set(Object.keys(categories ?? {}))] as const],
    ),
  )
}
