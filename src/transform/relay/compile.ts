/**
 * Compiles a field map to functions: one reads a request, one writes the parts that may pass. Output is built from the map and
 * never copied, so an unlisted member cannot pass.
 */
import type { Json, JsonObject } from '../../model/brand.ts'
import { isObject } from '../../model/json-object.ts'
import { tryJson } from '../../model/json-text.ts'
import type { ListNode, ObjectNode, RelayNode, TupleNode } from '../../model/relay-map.ts'
import { leafPlace, type Place } from './leaf.ts'
import { createOrder } from './order.ts'
import { positionWriter, readPosition } from './position.ts'
import type { Writing } from './reading.ts'
import { JsonMembers, JsonText, jsonText, listText, type MemberName, type MemberSink, memberName } from './written.ts'

const MAX_ELEMENTS = 1_000

export function compileNode(node: RelayNode): Place {
  switch (node.kind) {
    case 'object':
      return compileObject(node).place
    case 'list':
      return listPlace(node)
    case 'tuple':
      return tuplePlace(node)
    case 'json_text': {
      const { of, blank } = node
      const inner = compileNode(of)
      const parse = (value: Json | undefined): Json | undefined => (typeof value === 'string' ? tryJson(value) : value)
      return {
        always: inner.always || blank !== undefined,
        read: (value, reading) => {
          const parsed = parse(value)
          if (parsed === undefined) reading.unknown(value)
          else inner.read(parsed, reading)
        },
        write: (value, writing) => {
          const written = inner.write(parse(value), writing)
          return written === undefined ? blank : jsonText(written)
        },
      }
    }
    default:
      return leafPlace(node)
  }
}

/** A compiled object: as a place, and as a writer of members into any sink. */
export interface CompiledObject {
  readonly place: Place
  /** False if the object itself is not written, with or without members. */
  writeMembers(value: Json | undefined, writing: Writing, into: MemberSink): boolean
}

/** A member that may be there. Without `write` it is written in its own turn, or never. */
interface Member {
  readonly read: Place['read']
  readonly write?: Place['write']
  readonly as: MemberName
}

const readUnknown: Place['read'] = (value, reading) => reading.unknown(value)
const UNKNOWN_MEMBER: Member = { read: readUnknown, as: memberName('') }

export function compileObject({ members, position, isFromIp, keep, onlyFirst, ifGiven }: ObjectNode): CompiledObject {
  const places = Object.entries(members).map(([name, node]) => ({ as: memberName(name), place: compileNode(node) }))
  const always = places.filter(({ place }) => place.always)
  const onlyGiven = places.filter(({ place }) => !place.always)
  const positional = position === undefined ? [] : [position.latitude, position.longitude, ...position.quality]
  const byName = new Map<string, Member>([
    ...positional.map((name): [string, Member] => [name, { read: readPosition, as: memberName(name) }]),
    ...always.map(({ as, place }): [string, Member] => [as.name, { read: place.read, as }]),
    ...onlyGiven.map(({ as, place }): [string, Member] => [as.name, { read: place.read, write: place.write, as }]),
  ])
  const writePosition = position === undefined ? undefined : positionWriter(position)
  const inOrder = createOrder((name) => byName.get(name) ?? UNKNOWN_MEMBER)

  const read: Place['read'] = (value, reading) => {
    if (!isObject(value)) {
      reading.unknown(value)
      return
    }
    const found = inOrder(Object.keys(value))
    const values = Object.values(value)
    for (let index = 0; index < found.length; index++) found[index]!.read(values[index], reading)
  }
  const writeGiven = (given: JsonObject, writing: Writing, into: MemberSink): void => {
    const found = inOrder(Object.keys(given))
    const values = Object.values(given)
    for (let index = 0; index < found.length; index++) {
      const { write, as } = found[index]!
      const written = write?.(values[index], writing)
      if (written !== undefined) into.add(as, written)
    }
  }
  const writeFirst = (given: JsonObject, writing: Writing, into: MemberSink): void => {
    for (const { as, place } of onlyGiven) {
      const written = Object.hasOwn(given, as.name) ? place.write(given[as.name], writing) : undefined
      if (written === undefined) continue
      into.add(as, written)
      return
    }
  }
  const writeAll = (given: JsonObject, writing: Writing, into: MemberSink): void => {
    if (onlyFirst === true) writeFirst(given, writing, into)
    else writeGiven(given, writing, into)
    writePosition?.(given, writing, into)
    for (const { as, place } of always) {
      const written = place.write(Object.hasOwn(given, as.name) ? given[as.name] : undefined, writing)
      if (written !== undefined) into.add(as, written)
    }
  }
  const writeMembers: CompiledObject['writeMembers'] = (value, writing, into) => {
    const isGiven = isObject(value)
    if (ifGiven === true && !isGiven) return false
    const given = isGiven ? value : NOTHING
    if (isFromIp?.(given) === true) writing.derived(() => writeAll(given, writing, into))
    else writeAll(given, writing, into)
    return keep === true && isGiven
  }
  const write: Place['write'] = (value, writing) => {
    const into = new JsonMembers()
    const stays = writeMembers(value, writing, into)
    const text = into.text ?? (stays ? '{}' : undefined)
    return text === undefined ? undefined : new JsonText(text)
  }
  return { writeMembers, place: { always: always.length > 0 && ifGiven !== true, read, write } }
}

function listPlace({ of, people, orOne }: ListNode): Place {
  const element = compileNode(of)
  const listOf = (value: Json | undefined): readonly Json[] | undefined =>
    Array.isArray(value)
      ? atMost(MAX_ELEMENTS, value as readonly Json[])
      : orOne === true && value !== undefined
        ? [value]
        : undefined
  return {
    always: false,
    read: (value, reading) => {
      const list = listOf(value)
      if (list === undefined) {
        reading.unknown(value)
        return
      }
      for (const one of list) {
        if (people === true) reading.nextElement()
        element.read(one, reading)
      }
    },
    write: (value, writing) => {
      const list = listOf(value)
      if (list === undefined) return undefined
      return Array.isArray(value)
        ? listText(list.map((one) => element.write(one, writing)))
        : element.write(value, writing)
    },
  }
}

function tuplePlace({ of, blank }: TupleNode): Place {
  const places = of.map(compileNode)
  return {
    always: false,
    read: (value, reading) => {
      if (!Array.isArray(value)) {
        reading.unknown(value)
        return
      }
      ;(value as readonly Json[]).forEach((one, index) => {
        const place = places[index]
        if (place === undefined) reading.unknown(one)
        else place.read(one, reading)
      })
    },
    write: (value, writing) => {
      if (!Array.isArray(value)) return undefined
      writing.constant(blank)
      return listText(places.map((place, index) => place.write((value as readonly Json[])[index], writing) ?? blank))
    },
  }
}

function atMost(count: number, list: readonly Json[]): readonly Json[] {
  return list.length > count ? list.slice(0, count) : list
}

const NOTHING: JsonObject = {}
