/**
 * Events of one batch mostly have the same context, letter for letter: an SDK repeats it in each. Where one follows another
 * with the same, it is parsed, read for signals and screened once, as if the batch had said it for them.
 */
import { type AcceptRules, prepareRequest, type RequestContext, shareContext } from '../flow/accept.ts'
import type { Json, JsonObject } from '../model/brand.ts'
import { parseText } from './body.ts'
import type { Item } from './json-scan.ts'

const OPEN_OBJECT = 0x7b

/** An event without its context, and what is around it: its context as well. */
export interface Divided {
  readonly raw: JsonObject
  readonly around: RequestContext
}

/** For one batch, whose events are to be asked for in their order. */
export interface SameContexts {
  /** Undefined where neither the event before nor the one behind has the same. The text MUST be parsed as a whole then. */
  divide(index: number): Divided | undefined
}

/**
 * @param text the batch
 * @param request of a batch that has no context of its own
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
        // Sound: it begins like an object, and was looked through.
        const context = parseText(written) as JsonObject
        last = { written, around: maySpeakWithNeighbours(context) ? undefined : aroundOf(context) }
      }
      if (last.around === undefined) return undefined
      const { start, end, part } = events[index]!
      // Sound: it has members.
      const raw = parseText(`${text.slice(start, part!.start)}{}${text.slice(part!.end, end)}`) as JsonObject
      return { raw, around: last.around }
    },
  }
}

/** Keys of parts that `guard/pairs.ts` puts together with the leaf beside them: of a name, of a position. */
const PART = /^(?:first|given|last|family|sur)|lat|lon|lng|coord/i

/**
 * The guard reads a given and a family name, or two degrees, that stand side by side as one value. A context that begins or
 * ends with such a part may belong to what stands outside of it, so it is read with each event.
 */
function maySpeakWithNeighbours(context: JsonObject): boolean {
  return [borderKey('', context, false), borderKey('', context, true)].some(
    (key) => key !== undefined && PART.test(key),
  )
}

/** Of the first leaf, or the last, the key that it stands under; undefined where there is none. */
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
