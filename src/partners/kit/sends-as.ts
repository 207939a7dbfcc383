/** How a type sends a class that passes: in clear text or as a hash. Determined by trial, so that types need not declare it. */
import { FREE } from '../../model/decision.ts'
import { FIELD_CLASSES, type FieldClass } from '../../model/field-class.ts'
import type { FieldValues, View } from '../../model/values.ts'
import type { RegisteredType } from './envelope-limits.ts'
import type { Connection, Encoder } from './type.ts'

export type SendsAs = 'plain' | 'hashed' | 'not at all'

const MARK = 'probevalue'
const UUID = '01234567-89ab-4def-8123-456789abcdef'
/** For each class a value, and what the request would contain if it were sent in clear text. */
const PROBES: Readonly<Partial<Record<FieldClass, readonly [value: FieldValues, shows: string | RegExp]>>> = {
  advertising_id: [{ advertising_id: { id: UUID, kind: 'idfa' } }, UUID],
  user_id: [{ user_id: MARK }, MARK],
  message_id: [{ message_id: MARK }, MARK],
  ip: [{ ip: '192.0.2.231' }, '192.0.2.231'],
  // A type may accept only the country, as two letters or three.
  place: [
    { place: { country: 'DE', region: MARK, city: MARK, postal: MARK } },
    /probevalue|[^a-z0-9]deu?(?:[^a-z0-9]|$)/,
  ],
  email: [{ email: `${MARK}@mail.example` }, MARK],
  phone: [{ phone: '+15550100999' }, '15550100999'],
  name: [{ name: { full: MARK, first: MARK, last: MARK } }, MARK],
  birth_date: [{ birth_date: '1987-06-05' }, '1987'],
  gender: [{ gender: 'female' }, 'female'],
}
/** A view that every type accepts. */
const LEAST: View = {
  event: 'event',
  kind: 'track',
  app: { id: 'app', platform: 'ios' },
  time: '2001-02-03T04:05:06.789Z',
  message_id: 'message',
  ip: '192.0.2.1',
  device_id: 'device',
  vendor_id: '76543210-89ab-4def-8123-456789abcdef',
  user_agent: 'agent',
}

/** Caches its results. */
export function createSendsAs(): (type: RegisteredType, connection: Connection) => (name: FieldClass) => SendsAs {
  const known = new WeakMap<Connection, ReadonlyMap<FieldClass, SendsAs>>()
  return (type, connection) => {
    // An old revision's connection may no longer be valid for the type.
    const isGood = known.has(connection) || type.connection.safeParse(connection).success
    const tried =
      known.get(connection) ??
      (isGood ? tryAll(type.encoder(connection), { ...LEAST, ...type.sample.view }) : new Map())
    known.set(connection, tried)
    return (name) => tried.get(name) ?? 'plain'
  }
}

function tryAll(encoder: Encoder, least: View): ReadonlyMap<FieldClass, SendsAs> {
  return new Map(
    FIELD_CLASSES.flatMap((name) => {
      const probe = PROBES[name]
      return probe === undefined ? [] : [[name, tryOne(encoder, least, name, ...probe)] as const]
    }),
  )
}

function tryOne(encoder: Encoder, least: View, name: FieldClass, value: FieldValues, shows: string | RegExp): SendsAs {
  const { [name as keyof FieldValues]: _, ...others } = least
  const without = encoder.item({ ...(others as View) }, FREE)
  const tried = encoder.item({ ...least, ...value }, FREE)
  if (tried.kind !== 'item') return 'plain'
  const text = decodeURIComponent(tried.bytes.replace(/%(?![0-9a-f]{2})/gi, '%25')).toLowerCase()
  if (typeof shows === 'string' ? text.includes(shows) : shows.test(text)) return 'plain'
  return without.kind === 'item' && without.bytes === tried.bytes ? 'not at all' : 'hashed'
}
