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
  return Object.fromEntries(sorted(names).map((name) => [name, record[name]!]))
}

/** So few names are sorted in place sooner than by a copy. */
const FEW = 16

function sorted(names: string[]): readonly string[] {
  if (names.length > FEW) return names.sort()
  for (let index = 1; index < names.length; index++) {
    const name = names[index]!
    let at = index
    for (; at > 0 && names[at - 1]! > name; at--) names[at] = names[at - 1]!
    names[at] = name
  }
  return names
}
