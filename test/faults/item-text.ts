/**
 * Cuts a webhook's body into the texts of its items, by position: what was committed to is the text as it was sent, and
 * to parse and print it again would be to judge something else.
 */

export interface CutBody {
  /** The exact text of every item that arrived whole. */
  readonly items: readonly string[]
  /** True where the body ends before it should: whatever item was under way then is not in `items`. */
  readonly isCut: boolean
}

const BATCH = '{"batch":['

/** A body is `{"batch":[ITEM,ITEM,…]}` or one ITEM. Throws for a body that is neither, and not the beginning of one. */
export function itemTexts(body: string): CutBody {
  if (body === '' || (BATCH.startsWith(body) && body.length < BATCH.length)) return { items: [], isCut: true }
  if (!body.startsWith(BATCH)) {
    const end = objectEnd(body, 0)
    if (end === undefined) return { items: [], isCut: true }
    if (end !== body.length) throw new SyntaxError(`something follows the item at ${end}`)
    return { items: [body], isCut: false }
  }
  const items: string[] = []
  for (let at = BATCH.length; ; ) {
    if (at === body.length) return { items, isCut: true }
    const end = objectEnd(body, at)
    if (end === undefined) return { items, isCut: true }
    items.push(body.slice(at, end))
    if (body[end] === ',') at = end + 1
    else if (body.startsWith(']}', end) && body.length === end + 2) return { items, isCut: false }
    else if (']}'.startsWith(body.slice(end))) return { items, isCut: true }
    else throw new SyntaxError(`neither another item nor the end at ${end}`)
  }
}

/** Where the object that begins at `start` ends; undefined where the text ends first. */
function objectEnd(text: string, start: number): number | undefined {
  if (text[start] !== '{') throw new SyntaxError(`no object at ${start}`)
  let depth = 0
  let inString = false
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (inString) {
      if (character === '\\') at++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      depth--
      if (depth === 0) return at + 1
    }
  }
  return undefined
}
