/** Requests made from a type's own field map: every place filled, and something that no map names at every level. */
import type { Json } from '../../src/model/brand.ts'
import { FIELD_CLASSES, type FieldClass } from '../../src/model/field-class.ts'
import type { ObjectNode, OursNode, PlainForm, RelayNode, RelayRoute, ValueNode } from '../../src/model/relay-map.ts'
import type { RelayRequest } from '../../src/transform/relay/request.ts'

/** The mark that a class's values carry; undefined for a class that is absent. */
export type Marks = (fieldClass: FieldClass) => string | undefined
export type OwnOf = (node: OursNode) => Json
const otherOwn: OwnOf = () => OWN_KEY
/** In every value that no place names, and where the sender's own keys stand. */
export const STRANGER = 'cnrystranger'
export const OWN_KEY = 'cnryownkey'

/** @param own what the sender puts where the contract's own stands; without it something else */
export function sampleRequest(route: RelayRoute, marks: Marks, own: OwnOf = otherOwn): RelayRequest {
  return {
    query: (sampleOf(route.query, marks, own) ?? {}) as RelayRequest['query'],
    headers: {
      ...(sampleOf({ ...route.headers, kind: 'object' }, marks, own) as object),
      'x-stranger': `${STRANGER}header77`,
      cookie: `${STRANGER}=cookie77`,
      authorization: `Basic ${STRANGER}`,
    },
    content: route.body === 'none' ? undefined : sampleOf(route.content, marks, own),
  }
}

/** Undefined for what is absent. */
export function sampleOf(node: RelayNode, marks: Marks, own: OwnOf = otherOwn): Json | undefined {
  switch (node.kind) {
    case 'value':
      return sampleValue(node, marks(node.of))
    case 'plain':
      return PLAIN[node.form]
    case 'object':
      return sampleObject(node, marks, own)
    case 'list': {
      const one = sampleOf(node.of, marks, own)
      return one === undefined ? undefined : [one]
    }
    case 'tuple':
      return node.of.map((one) => sampleOf(one, marks, own) ?? '')
    case 'json_text': {
      const inner = sampleOf(node.of, marks, own)
      return inner === undefined ? undefined : JSON.stringify(inner)
    }
    case 'ours':
      return own(node)
    case 'named':
      return 'named-by-the-contract'
    default:
      return undefined
  }
}

function sampleObject({ members, position }: ObjectNode, marks: Marks, own: OwnOf): Json {
  const mark = marks('coordinates')
  const place =
    position === undefined || mark === undefined
      ? {}
      : { [position.latitude]: 30 + shift(mark), [position.longitude]: -97 - shift(mark) }
  const entries = Object.entries(members).flatMap(([name, node]) => {
    const sample = sampleOf(node, marks, own)
    return sample === undefined ? [] : [[name, sample] as const]
  })
  return { ...Object.fromEntries(entries), ...place, zz_stranger: `${STRANGER}member77` }
}

const PLAIN: Readonly<Record<PlainForm, Json>> = {
  text: 'plain',
  word: 'plain',
  number: 1,
  flag: 1,
  keywords: 'plain',
  url: 'https://apps.example/app',
  store_url: 'https://apps.example/app',
}

/** Under one degree, by the mark. */
function shift(mark: string): number {
  return (Number.parseInt(mark, 16) % 9_000) / 10_000 + 0.012_345
}

function sampleValue({ of, ip, place, time }: ValueNode, mark: string | undefined): Json | undefined {
  if (mark === undefined) return undefined
  const number = Number.parseInt(mark, 16)
  const digits = String(number % 1_000_000).padStart(6, '1')
  switch (of) {
    case 'advertising_id':
    case 'vendor_id':
      return `${mark.padEnd(8, '0')}-2222-4333-8444-${of === 'vendor_id' ? 'bbbbbbbbbbbb' : 'aaaaaaaaaaaa'}`
    case 'ip':
      return ip === 6
        ? `2001:db8:${(number % 60_000).toString(16)}::77`
        : `203.${number % 200}.113.${(number % 250) + 1}`
    case 'place':
      // The country is a signal too: it stays the same, so that the law does.
      return place === 'country' ? 'US' : `cnryplace${place}${mark}`
    case 'os':
      // So is the system.
      return '17.5'
    case 'gender':
      return number % 2 === 0 ? 'female' : 'male'
    case 'email':
      return `cnry${mark}@example.com`
    case 'phone':
      return `+49171${digits}1`
    case 'birth_date':
      return `19${10 + (number % 80)}-06-05`
    case 'time':
      return time === 'iso'
        ? `2031-07-08T09:10:1${number % 10}.123Z`
        : time === 'date_time'
          ? `2031-07-08 09:10:1${number % 10}.000`
          : 1_767_000_000 + (number % 86_000)
    case 'url':
    case 'referrer':
      return `https://cnry${of}${mark}.example/path`
    default:
      return `cnry${of}${mark}`
  }
}

/** Every class a map names, in order of appearance. */
export function classesOf(route: RelayRoute): readonly FieldClass[] {
  const found = new Set<FieldClass>()
  const walk = (node: RelayNode): void => {
    switch (node.kind) {
      case 'value':
        found.add(node.of)
        return
      case 'object':
        if (node.position !== undefined) found.add('coordinates')
        for (const member of Object.values(node.members)) walk(member)
        return
      case 'list':
      case 'json_text':
        walk(node.of)
        return
      case 'tuple':
        for (const one of node.of) walk(one)
        return
      default:
    }
  }
  for (const part of [route.query, route.headers, route.content]) walk(part)
  return FIELD_CLASSES.filter((name) => found.has(name))
}
