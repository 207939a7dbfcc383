/** Builds a partner type from its parts; an incomplete one fails with a message that names what is missing. */
import type { z } from 'zod'
import { FREE } from '../../model/decision.ts'
import { FIELD_CLASSES, type FieldClass, topOf } from '../../model/field-class.ts'
import type { RelayMap } from '../../model/relay-map.ts'
import type { View } from '../../model/values.ts'
import type { RegisteredType } from './envelope-limits.ts'
import { type NoticeParts, noticeAbilities, noticesProblem } from './notices.ts'
import type { Connection, Encoder, PartnerType } from './type.ts'

/** Result of a type's `encode`: an encoder without `respond`. */
export type Encoding = Omit<Encoder, 'respond'>

/** The parts of a partner type. Defaults are stated. */
export interface TypeParts<Schema extends z.ZodType>
  extends Pick<PartnerType, 'type' | 'doc' | 'sample' | 'abilities' | 'attempts' | 'deletion'> {
  readonly connection: Schema
  /** Connection keys that are secrets; default none. */
  readonly secrets?: readonly string[]
  /** Maximum items per envelope; default 1. */
  readonly maxBatch?: number
  /** If a setting decides: maximum items per envelope under one connection, at most `maxBatch`. */
  readonly maxItems?: (settings: z.output<Schema>) => number
  /** Maximum bytes of all items of an envelope. */
  readonly maxBytes: number
  readonly encode: (settings: z.output<Schema>) => Encoding
  readonly respond: Encoder['respond']
  /** What may pass of requests from the partner's own SDKs; omitted if a type relays none. */
  readonly map?: (settings: z.output<Schema>) => RelayMap
  /** The notices the partner accepts; omitted if this was not researched. */
  readonly notices?: NoticeParts<z.output<Schema>>
}

/**
 * Parses settings once per connection. A partner de-duplicates items only if the connection's `idempotent` says so.
 * @throws TypeError naming the type and what it lacks
 */
export function definePartnerType<Schema extends z.ZodType>(parts: TypeParts<Schema>): RegisteredType {
  const missing = REQUIRED.find((name) => parts[name] === undefined || parts[name] === '')
  if (missing !== undefined) throw invalidType(parts.type, `it has no \`${missing}\`: ${NEEDED_FOR[missing]}`)
  const { connection: schema, maxBatch = 1, maxBytes, maxItems, secrets = [], encode, respond, map, notices } = parts
  const parsed = new WeakMap<Connection, z.output<Schema>>()
  const settingsOf = (connection: Connection): z.output<Schema> => {
    const known = parsed.get(connection)
    if (known !== undefined) return known
    const settings = schema.parse(connection)
    parsed.set(connection, settings)
    return settings
  }
  const { type, doc, abilities, attempts, deletion, sample } = parts
  const made: RegisteredType = {
    type,
    doc,
    connection: schema,
    sample,
    abilities,
    secrets,
    maxBatch,
    ...(attempts === undefined ? {} : { attempts }),
    ...(deletion === undefined ? {} : { deletion }),
    envelopeLimits: (connection) => ({ maxItems: maxItems?.(settingsOf(connection)) ?? maxBatch, maxBytes }),
    deduplicates: (connection) => {
      const settings = settingsOf(connection)
      return (
        typeof settings === 'object' && settings !== null && 'idempotent' in settings && settings.idempotent === true
      )
    },
    encoder: (connection) => ({ ...encode(settingsOf(connection)), respond }),
    ...(map === undefined ? {} : { redact: (connection) => map(settingsOf(connection)) }),
    ...(notices === undefined ? {} : { notices: noticeAbilities(notices, settingsOf) }),
  }
  requireWorking(made)
  return made
}

const NEEDED_FOR = {
  type: 'the name that contracts call it by',
  doc: 'title, address and date of what it was built from',
  connection: 'the schema of its settings',
  sample: 'a connection of its own and the least view, which every test of all types runs with',
  abilities: 'the field classes that its interface has a place for',
  maxBytes: 'how much one request may hold',
  encode: 'how a view becomes an item, and items a request',
  respond: 'what an answer means',
} as const
const REQUIRED = Object.keys(NEEDED_FOR) as readonly (keyof typeof NEEDED_FOR)[]

/** Runs the sample through settings, item, request, answer and, if present, the field map. */
function requireWorking(made: RegisteredType): void {
  const { type, abilities, secrets, maxBatch, sample } = made
  const beyond = Object.entries(abilities).find(
    ([name, level]) => !FIELD_CLASSES.includes(name as FieldClass) || level > topOf(name as FieldClass),
  )
  if (beyond !== undefined) throw invalidType(type, `\`abilities\` gives more of ${beyond[0]} than there is`)
  if (maxBatch < 1) throw invalidType(type, '`maxBatch` allows no item')
  const checked = made.connection.safeParse(sample.connection)
  if (!checked.success) {
    const [issue] = checked.error.issues
    throw invalidType(type, `its sample connection is not one: ${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { maxItems } = made.envelopeLimits(sample.connection)
  if (!(maxItems >= 1 && maxItems <= maxBatch)) throw invalidType(type, `\`maxItems\` is not between 1 and ${maxBatch}`)
  const encoder = made.encoder(sample.connection)
  const item = encoder.item({ ...EVENT, ...sample.view }, FREE)
  if (item.kind !== 'item') throw invalidType(type, `its sample view lacks what the type needs: ${item.needs}`)
  const { kind } = encoder.respond({ status: 200, headers: {}, body: sample.answer ?? '' })
  if (kind !== 'delivered') throw invalidType(type, 'its sample `answer` is not one that says that an item was taken')
  const request = encoder.envelope([item.bytes])
  const text = JSON.stringify(request)
  const unused = secrets.find(
    (name) => !name.includes('*') && name in sample.connection && !text.includes(`{{secret:${name}}}`),
  )
  if (unused !== undefined) throw invalidType(type, `the secret ${unused} is in no request`)
  if (made.redact !== undefined && made.redact(sample.connection).routes.length === 0)
    throw invalidType(type, 'its `map` has no route')
  const problem = made.notices && noticesProblem(made.notices, sample.connection, EVENT.app, abilities)
  if (problem !== undefined) throw invalidType(type, problem)
}

function invalidType(type: string | undefined, what: string): TypeError {
  return new TypeError(`partner type ${type || '(without a name)'}: ${what}`)
}

const EVENT: View = { event: 'event', kind: 'track', app: { id: 'app', bundle: 'com.example.app', platform: 'ios' } }
