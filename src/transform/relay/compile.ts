/**
 * A field map as functions: one that reads a request, one that writes what of it may pass. What is written is built from
 * what the map names and never copied: whatever has no line cannot pass.
 */
import { isIP } from 'node:net'
import type { Json, JsonObject } from '../../model/brand.ts'
import { never } from '../../model/brand.ts'
import { DROP, topOf } from '../../model/field-class.ts'
import type { ListNode, ObjectNode, PlainForm, RelayNode, TupleNode, ValueNode } from '../../model/relay-map.ts'
import { isDigest, jsonIn, NAMED, PLAIN, type Reading, SIGNAL, type Writing } from './reading.ts'
import { treatmentOf } from './treat.ts'

/** One place, prepared. `write` gives undefined for what does not pass. */
export interface Place {
  readonly read: (value: Json | undefined, reading: Reading) => void
  readonly write: (value: Json | undefined, writing: Writing) => Json | undefined
  /** True where something may be written though nothing was received. */
  readonly always: boolean
}

const MAX_TEXT = 2_048
const MAX_PLAIN = 512
const MAX_CONSENT = 16_384
const MAX_ELEMENTS = 1_000
const MAX_FLAG_DEPTH = 4
const MAX_FLAG_WORDS = 20
const CONSENT = /^[A-Za-z0-9_.~+/=,-]*$/
const MAY_BE_ADDRESS = /^[0-9a-f:.]{2,45}$/i
const PHONE = /^\+\d[\d\s().-]{6,}$/
const WORD = /^[A-Za-z0-9_.:/+ -]{1,64}$/
/** What would be taken for a secret's place is never written. */
const PLACEHOLDER = '{{secret:'

export function compileNode(node: RelayNode): Place {
  switch (node.kind) {
    case 'value':
      return valuePlace(node)
    case 'object':
      return objectPlace(node)
    case 'list':
      return listPlace(node)
    case 'tuple':
      return tuplePlace(node)
    case 'plain': {
      const passes = PLAIN_FORMS[node.form]
      return {
        always: false,
        read: (value, reading) => (isScalar(value) ? reading.leaf(PLAIN, value) : reading.unknown(value)),
        write: (value, writing) => {
          if (value === undefined || !passes(value)) return undefined
          writing.leaf(PLAIN, value)
          return value
        },
      }
    }
    case 'consent': {
      const { signal } = node
      return {
        always: false,
        read: (value, reading) => {
          if (value === undefined) return
          reading.signals.push([signal, value])
          if (isScalar(value)) reading.leaf(SIGNAL, value)
          else reading.unknown(value)
        },
        write: (value, writing) => {
          if (!isConsent(value)) return undefined
          if (isScalar(value)) writing.leaf(SIGNAL, value)
          else for (const one of value as readonly Json[]) writing.leaf(SIGNAL, one)
          return value
        },
      }
    }
    case 'flag': {
      const { signal, read, write } = node
      return {
        always: true,
        read: (value, reading) => {
          if (value === undefined) return
          const said = read === undefined ? value : read(value)
          if (signal !== undefined && said !== undefined) reading.signals.push([signal, said])
          if (isScalar(value)) reading.leaf(SIGNAL, value)
          else reading.unknown(value)
        },
        write: (value, writing) => {
          const { flags } = writing.decision
          const given = isFlagValue(value) ? value : undefined
          const written = write({ flags, app: writing.app, given, passed: (name) => writing.passes[name] === true })
          if (written !== undefined) writing.constant(written)
          return written
        },
      }
    }
    case 'ours': {
      const { value: own } = node
      return {
        always: true,
        read: (value, reading) => reading.unknown(value),
        write: (_, writing) => {
          writing.constant(own)
          return own
        },
      }
    }
    case 'named': {
      const { name } = node
      const isNamed = (writing: Writing): boolean =>
        writing.decision.fields.property.level !== DROP && Object.hasOwn(writing.decision.properties, name)
      return {
        always: false,
        read: (value, reading) => {
          if (isScalar(value)) reading.leaf(NAMED, value)
          else reading.unknown(value)
        },
        write: (value, writing) => {
          if (!isNamed(writing) || !isPassableText(value)) return undefined
          writing.passes.property = true
          writing.leaf(NAMED, value)
          return value
        },
      }
    }
    case 'json_text': {
      const { of, blank } = node
      const inner = compileNode(of)
      const parse = (value: Json | undefined): Json | undefined => (typeof value === 'string' ? jsonIn(value) : value)
      return {
        always: inner.always || blank !== undefined,
        read: (value, reading) => {
          const parsed = parse(value)
          if (parsed === undefined) reading.unknown(value)
          else inner.read(parsed, reading)
        },
        write: (value, writing) => {
          const written = inner.write(parse(value), writing)
          return written === undefined ? blank : JSON.stringify(written)
        },
      }
    }
    default:
      return never(node)
  }
}

function valuePlace(node: ValueNode): Place {
  const { of, signal, blank, hash } = node
  const treat = treatmentOf(node)
  return {
    always: blank !== undefined,
    read: (value, reading) => {
      if (value === undefined || value === null) return
      // A hash says nothing that could be read: the signal is absent.
      if (signal !== undefined && !isDigest(value)) reading.signals.push([signal, value])
      if (of === 'advertising_id') reading.advertisingIds.push(value)
      if (typeof value !== 'string' && typeof value !== 'number') {
        reading.unknown(value)
        return
      }
      reading.leaf(of, value)
      reading.identity(of, value)
    },
    write: (value, writing) => {
      const treated = treatScalar(value, writing)
      if (treated !== undefined) {
        writing.passes[of] = true
        writing.leaf(of, treated)
        if (hash === undefined) return treated
        const hashed = hash(String(treated))
        if (hashed !== undefined) writing.leaf(of, hashed)
        return hashed ?? blank
      }
      if (blank !== undefined) writing.constant(blank)
      return blank
    },
  }

  function treatScalar(value: Json | undefined, writing: Writing): Json | undefined {
    if (typeof value === 'string') {
      if (value === '' || value.length > MAX_TEXT || value.includes(PLACEHOLDER)) return undefined
    } else if (typeof value !== 'number') return undefined
    const level = writing.levelOf(of)
    return level === DROP ? undefined : treat(value, level, writing.pseudonymise)
  }
}

function objectPlace({ members, position, isFromIp, keep, onlyFirst, ifGiven }: ObjectNode): Place {
  const places = new Map(Object.entries(members).map(([name, node]) => [name, compileNode(node)]))
  const always = [...places].filter(([, { always }]) => always)
  const onlyGiven = new Map([...places].filter(([, { always }]) => !always))
  const isPositional = (name: string): boolean =>
    position !== undefined &&
    (name === position.latitude || name === position.longitude || position.quality.includes(name))

  return {
    always: always.length > 0 && ifGiven !== true,
    read: (value, reading) => {
      if (!isObject(value)) {
        reading.unknown(value)
        return
      }
      // Not `for … in`: V8 optimises its keyed access and throws it away again, over and over.
      for (const name of Object.keys(value)) {
        const place = places.get(name)
        if (place !== undefined) place.read(value[name], reading)
        else if (isPositional(name)) reading.leaf('coordinates', value[name])
        else reading.unknown(value[name])
      }
    },
    write: (value, writing) => {
      if (ifGiven === true && !isObject(value)) return undefined
      const given = isObject(value) ? value : NOTHING
      const stays = keep === true && isObject(value)
      return isFromIp?.(given) === true
        ? writing.derived(() => writeMembers(given, stays, writing))
        : writeMembers(given, stays, writing)
    },
  }

  function writeMembers(given: JsonObject, stays: boolean, writing: Writing): Json | undefined {
    const written: Record<string, Json> = {}
    let any = stays
    for (const name of onlyFirst === true ? onlyGiven.keys() : Object.keys(given)) {
      const one = Object.hasOwn(given, name) ? onlyGiven.get(name)?.write(given[name], writing) : undefined
      if (one === undefined) continue
      written[name] = one
      any = true
      if (onlyFirst === true) break
    }
    if (position !== undefined) any = writePosition(given, written, position, writing) || any
    for (const [name, place] of always) {
      const one = place.write(Object.hasOwn(given, name) ? given[name] : undefined, writing)
      if (one === undefined) continue
      written[name] = one
      any = true
    }
    return any ? written : undefined
  }
}

/** Exact with its quality, a cell's centre without: what made the true position good says nothing of the cell. */
function writePosition(
  given: JsonObject,
  written: Record<string, Json>,
  { latitude, longitude, quality }: NonNullable<ObjectNode['position']>,
  writing: Writing,
): boolean {
  const level = writing.levelOf('coordinates')
  const [lat, lon] = [given[latitude], given[longitude]]
  if (level === DROP || typeof lat !== 'number' || typeof lon !== 'number') return false
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return false
  const isExact = level === topOf('coordinates')
  const shown = isExact ? { latitude: lat, longitude: lon } : writing.coarse(lat, lon, level)
  if (shown === undefined) return false
  writing.passes.coordinates = true
  const add = (name: string, value: number): void => {
    written[name] = value
    writing.leaf('coordinates', value)
  }
  add(latitude, shown.latitude)
  add(longitude, shown.longitude)
  if (isExact)
    for (const name of quality) {
      const value = Object.hasOwn(given, name) ? given[name] : undefined
      if (typeof value === 'number') add(name, value)
    }
  return true
}

function listPlace({ of, people, orOne }: ListNode): Place {
  const element = compileNode(of)
  const listOf = (value: Json | undefined): readonly Json[] | undefined =>
    Array.isArray(value)
      ? (value as readonly Json[]).slice(0, MAX_ELEMENTS)
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
      const written: Json[] = []
      for (const one of listOf(value) ?? []) {
        const passed = element.write(one, writing)
        if (passed !== undefined) written.push(passed)
      }
      if (written.length === 0) return undefined
      return orOne === true && !Array.isArray(value) ? written[0] : written
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
      return places.map((place, index) => place.write((value as readonly Json[])[index], writing) ?? blank)
    },
  }
}

const PLAIN_FORMS: Readonly<Record<PlainForm, (value: Json) => boolean>> = {
  text: (value) => typeof value === 'string' && isPlainText(value),
  word: (value) => typeof value === 'string' && WORD.test(value) && !isContact(value),
  number: (value) => typeof value === 'number' || (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,9})?$/.test(value)),
  flag: (value) =>
    typeof value === 'boolean' || value === 0 || value === 1 || ['0', '1', 'true', 'false'].includes(String(value)),
  url: (value) => typeof value === 'string' && value.length <= MAX_PLAIN && /^https?:\/\/[^?#@{\s]+$/.test(value),
}

/** No contact and no address stands where something plain should. */
function isPlainText(text: string): boolean {
  return text.length <= MAX_PLAIN && !text.includes('@') && !text.includes(PLACEHOLDER) && !isContact(text)
}

/** A phone number with its country's code, or an IP address. That pattern is dear: it is asked only where it could match. */
function isContact(text: string): boolean {
  return (text[0] === '+' && PHONE.test(text)) || (MAY_BE_ADDRESS.test(text) && isIP(text) !== 0)
}

function isConsent(value: Json | undefined): boolean {
  if (typeof value === 'number' || typeof value === 'boolean') return true
  if (typeof value === 'string') return value.length <= MAX_CONSENT && CONSENT.test(value)
  return Array.isArray(value) && value.length <= 100 && value.every((one) => typeof one === 'number')
}

/** What a flag may hold: a word, or a few of them, perhaps as JSON in a text. Nothing else hides there. */
function isFlagValue(value: Json | undefined, depth = 0): boolean {
  switch (typeof value) {
    case 'number':
    case 'boolean':
      return true
    case 'string':
      return (
        PLAIN_FORMS.word(value) ||
        (depth === 0 && value.length <= MAX_PLAIN && /^[[{]/.test(value) && isFlagValue(jsonIn(value), 1))
      )
    case 'object': {
      if (value === null || depth >= MAX_FLAG_DEPTH) return false
      const entries = Object.entries(value)
      return (
        entries.length <= MAX_FLAG_WORDS &&
        entries.every(([name, one]) => WORD.test(name) && isFlagValue(one, depth + 1))
      )
    }
    default:
      return false
  }
}

/** A text, number or switch that may be written as it is. */
function isPassableText(value: Json | undefined): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= MAX_TEXT && !value.includes(PLACEHOLDER)
  return typeof value === 'number' || typeof value === 'boolean'
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

const NOTHING: JsonObject = {}
function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
