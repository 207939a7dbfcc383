/** An object of more members is not one that comes again and again. */
const MAX_ORDER = 100

/** The members for an object's keys. Senders give them in one order again and again: the last is remembered. */
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
