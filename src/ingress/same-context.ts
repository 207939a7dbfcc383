/**
 * Events of one batch mostly have the identical context: SDKs repeat it in each. Consecutive identical ones are parsed,
 * read for signals and screened once, as if the batch had a shared context.
 */
import { type AcceptRules, prepareRequest, type RequestContext, shareContext } from '../flow/accept.ts'
import type { Json, JsonObject } from '../model/brand.ts'
import { parseText } from './body.ts'
import type { Item } from './json-scan.ts'

const OPEN_OBJECT = 0x7b

/** An event without its context, and the text around it: its context as well. */
export interface Divided {
  readonly raw: JsonObject
  readonly around: RequestContext
}

/** For one batch, whose events MUST be asked for in order. */
export interface SameContexts {
  /** Undefined unless the previous or next event has the same. The text MUST then be parsed as a whole. */
  divide(index: number): Divided | undefined
}

/**
 * @param text the batch
 * @param request of a batch without a context of its own
 */
export function createSameContexts(
  text: string,
  events: readonly Item[],
  request: RequestContext,
  rules: AcceptRules,
): SameContexts {
  let last: { readonly written: string; readonly around: RequestContext | undefined } | undefined
  const writtenAt = (index: number): string | undefined => {
    const part = events[index]?.part
    if (part === undefined || text.charCodeAt(part.start) !== OPEN_OBJECT) return undefined
    return text.slice(part.start, part.end)
  }
  const aroundOf = (context: JsonObject): RequestContext =>
    prepareRequest({ ...request, shared: shareContext({ context }, request.receivedAt, rules.countryOf) }, rules)
  return {
    divide: (index) => {
      const written = writtenAt(index)
      if (written === undefined) return undefined
      if (last?.written !== written) {
        if (writtenAt(index + 1) !== written) return undefined
        // Sound: it begins like an object, and was scanned.
        const context = parseText(written) as JsonObject
        last = { written, around: mayJoinNeighbours(context) ? undefined : aroundOf(context) }
      }
      if (last.around === undefined) return undefined
      const { start, end, part } = events[index]!
      // Sound: it has members.
      const raw = parseText(`${text.slice(start, part!.start)}{}${text.slice(part!.end, end)}`) as JsonObject
      return { raw, around: last.around }
    },
  }
}

/** Keys of parts that `guard/pairs.ts` joins with the leaf beside them: of a name, of a position. */
const PART = /^(?:first|given|last|family|sur)|lat|lon|lng|coord/i

/**
 * The guard reads adjacent given and family names, or two degrees, as one value. A context that begins or ends with
 * such a part may belong to a leaf outside, so it is read with each event.
 */
function mayJoinNeighbours(context: JsonObject): boolean {
  return [borderKey('', context, false), borderKey('', context, true)].some(
    (key) => key !== undefined && PART.test(key),
  )
}

/** The key above the first or last leaf; undefined if there is none. */
function borderKey(key: string, value: Json, isLast: boolean): string | undefined {
  if (typeof value !== 'object' || value === null) return key
  const inner: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((one: Json) => [key, one] as const)
    : Object.entries(value as JsonObject)
  for (const [name, one] of isLast ? inner.toReversed() : inner) {
    const found = borderKey(name, one, isLast)
    if (found !== undefined) return found
  }
  return undefined
}
