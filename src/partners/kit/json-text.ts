/**
 * Compact JSON, members in the given order, without undefined ones. A value that spells a secret's placeholder is escaped, so
 * that it is never mistaken for one.
 */
export function jsonText(value: object): string {
  const text = JSON.stringify(value)
  return text.includes('{{secret:') ? text.replaceAll('{{secret:', '{\\u007bsecret:') : text
}

/** The object, or undefined if all members are. */
export function unlessEmpty<T extends object>(candidate: T): T | undefined {
  for (const name in candidate) if (candidate[name] !== undefined) return candidate
  return undefined
}

/** The members sorted by name; undefined if there are none. */
export function byName<T>(record: Readonly<Record<string, T>> | undefined): Readonly<Record<string, T>> | undefined {
  if (record === undefined) return undefined
  const names = Object.keys(record)
  if (names.length < 2) return names.length === 0 ? undefined : record
  return Object.fromEntries(names.sort().map((name) => [name, record[name]!]))
}
