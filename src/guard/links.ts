/** The contents of links in a text: path segments and query values. */

const BREAK = /[\s"'<>\\]+/
const QUERY = /[?#]/
const SIGN = /[&?#/,;)\]}]/
/** Ends a link. */
const END = /[&,;)\]}]/
/** A request's own path, which is the partner's. */
const OWN_PATH = /^(?:(?:get|post|put|patch|delete) )?\//

/** Of links with a host, and of paths that begin with a slash. Linear in the text. */
export function linkPartsIn(lower: string): ReadonlySet<string> {
  const found = new Set<string>()
  if (!lower.includes('/')) return found
  let isOwn = OWN_PATH.test(lower)
  for (const link of lower.split(BREAK)) {
    if (link[0] === '/' && isOwn) isOwn = false
    else if (link[0] === '/' || link.includes('://')) addParts(link, found)
  }
  return found
}

function addParts(link: string, found: Set<string>): void {
  const mark = link.search(QUERY)
  const path = mark < 0 ? link : link.slice(0, mark)
  for (const segment of path.split('/').slice(1)) {
    const end = segment.search(END)
    found.add(end < 0 ? segment : segment.slice(0, end))
  }
  if (mark < 0) return
  for (const part of link.slice(mark + 1).split(SIGN)) found.add(part).add(part.slice(part.indexOf('=') + 1))
}
