/** Typed readers of an event's members; undefined for any other type. */

const MAX_TEXT = 1_024

/** Drops undefined members; undefined if none is left. */
export function compact<T extends object>(candidate: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } | undefined {
  let kept: Partial<T> | undefined
  for (const key in candidate) {
    if (candidate[key] === undefined) continue
    kept ??= {}
    kept[key] = candidate[key]
  }
  // Sound: only members of T whose value is not undefined remain.
  return kept as { [Key in keyof T]?: Exclude<T[Key], undefined> } | undefined
}

export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length > 0 && value.length <= MAX_TEXT ? value : undefined
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

/** Some traits are lists: the first element counts. */
export function first(value: unknown): string | undefined {
  return text(Array.isArray(value) ? value[0] : value)
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

export function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}
