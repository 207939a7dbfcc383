/** Objects with more members are not cached. */
const MAX_ORDER = 100

/** The members for an object's keys. Senders repeat one key order, so the last one is cached. */
export function createOrder<Member>(
  memberOf: (name: string) => Member,
): (names: readonly string[]) => readonly Member[] {
  let last: readonly string[] = []
  let found: readonly Member[] = []
  return (names) => {
    if (names.length === last.length && names.every((name, index) => name === last[index])) return found
    const members = names.map(memberOf)
    if (names.length > MAX_ORDER) return members
    last = names
    found = members
    return members
  }
}
