/** Splits a request into places, named as in the vectors: `/params/x`, `/headers/x`, `/body/form/x`, `/body/json/…`. */
import type { PartnerRequest } from '../../partners/kit/type.ts'
import { anyPosition, type Leaf, leavesWithPointers } from './pointers.ts'

/** Place without list positions → its texts. */
export type Places = ReadonlyMap<string, readonly string[]>

export function placesOf({ path, headers, body }: PartnerRequest): Places {
  const places = new Map<string, string[]>()
  for (const [pointer, text] of leavesOfRequest({ path, headers, body })) {
    const place = anyPosition(pointer)
    places.set(place, [...(places.get(place) ?? []), text])
  }
  return places
}

/** Every leaf of a request, including JSON inside strings. */
export function leavesOfRequest({ path, headers, body }: Pick<PartnerRequest, 'path' | 'headers' | 'body'>): Leaf[] {
  const mark = path.indexOf('?')
  return [
    ...path
      .slice(0, mark < 0 ? path.length : mark)
      .split('/')
      .filter((segment) => segment !== '')
      .map((segment, index): Leaf => [`/path/${index}`, decodeOnce(segment)]),
    ...(mark < 0 ? [] : leavesOfForm(path.slice(mark + 1), '/params')),
    ...Object.entries(headers).map(([name, value]): Leaf => [`/headers/${name.toLowerCase()}`, value]),
    ...(/^\s*[[{]/.test(body)
      ? leavesWithPointers(body, '/body/json').filter(([pointer]) => pointer !== '/body/json')
      : leavesOfForm(body, '/body/form')),
  ]
}

function leavesOfForm(text: string, pointer: string): Leaf[] {
  return [...new URLSearchParams(text)].flatMap(([name, value]) => leavesWithPointers(value, `${pointer}/${name}`))
}

function decodeOnce(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    // Not valid percent-encoding: use it as is.
    return segment
  }
}
