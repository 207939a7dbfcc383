/** The readable parts of `apps.yaml`, so that contracts can be validated even if other parts are invalid. */
import { APP, type AppOptions } from './options/apps.ts'
import { type Parts, salvageParts } from './salvage.ts'
import type { Source } from './source.ts'

/** Each app as far as it is readable; undefined if there is no list of apps. */
export function readableApps({ value }: Source): readonly Parts<AppOptions>[] | undefined {
  const apps = typeof value === 'object' && value !== null && 'apps' in value ? value.apps : undefined
  return Array.isArray(apps) ? apps.map((app) => salvageParts(APP, app)) : undefined
}

/** Undefined if one of them is unreadable, because then no name can be called unknown. */
export function namesOf(apps: readonly Parts<AppOptions>[] | undefined): ReadonlySet<string> | undefined {
  const names = apps?.flatMap(({ id }) => (id === undefined ? [] : [id]))
  return names === undefined || names.length !== apps?.length ? undefined : new Set(names)
}

/** Each app's consent categories, as far as they are readable. */
export function categoriesOf(apps: readonly Parts<AppOptions>[] | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    (apps ?? []).flatMap(({ id, consent_categories: categories = {} }) =>
      id === undefined ? [] : [[id, new Set(Object.keys(categories ?? {}))] as const],
    ),
  )
}
