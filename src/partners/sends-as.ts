/** How a type sends a class where it is passed whole: as it is, or as a hash. Found out by trying, so that nobody has to say it. */
import { FIELD_CLASSES, type FieldClass } from '../model/field-class.ts'
import type { FieldValues, View } from '../model/values.ts'
import type { RegisteredType } from './envelope-limits.ts'
import type { Connection, Encoder } from './type.ts'

export type SendsAs = 'plain' | 'hashed' | 'not at all'

const MARK = 'probevalue'
const UUID = '01234567-89ab-4def-8123-456789abcdef'
/** For each class a value, and what of it would show if it were sent as it is. */
const PROBES: Readonly<Partial<Record<FieldClass, readonly [value: FieldValues, shows: string]>>> = {
  advertising_id: [{ advertising_id: { id: UUID, kind: 'idfa' } }, UUID],
  user_id: [{ user_id: MARK }, MARK],
  message_id: [{ message_id: MARK }, MARK],
  ip: [{ ip: '192.0.2.231' }, '192.0.2.231'],
  place: [{ place: { country: 'DE', region: MARK, city: MARK, postal: MARK } }, MARK],
  email: [{ email: `${MARK}@mail.example` }, MARK],
  phone: [{ phone: '+15550100999' }, '15550100999'],
  name: [{ name: { full: MARK, first: MARK, last: MARK } }, MARK],
  birth_date: [{ birth_date: '1987-06-05' }, '1987'],
  gender: [{ gender: 'female' }, 'female'],
}
/** What every type takes an event with. */
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
  partner_id: { appsflyer_id: 'a-1', kochava_device_id: 'k-1', adid: 'a-2', singular_device_id: 's-1', anon_id: 'n-1' },
}
const FREE = {
  restricted: false,
  sale: false,
  sharing: false,
  targetedAdvertising: false,
  deviceLimit: false,
  gpc: false,
} as const

/** Remembers what it tried. */
export function createSendsAs(): (type: RegisteredType, connection: Connection) => (name: FieldClass) => SendsAs {
  const known = new WeakMap<Connection, ReadonlyMap<FieldClass, SendsAs>>()
  return (type, connection) => {
    // A connection of long ago may be none of today's type any more.
    const isGood = known.has(connection) || type.connection.safeParse(connection).success
    const tried = known.get(connection) ?? (isGood ? tryAll(type.encoder(connection)) : new Map())
    known.set(connection, tried)
    return (name) => tried.get(name) ?? 'plain'
  }
}

function tryAll(encoder: Encoder): ReadonlyMap<FieldClass, SendsAs> {
  return new Map(
    FIELD_CLASSES.flatMap((name) => {
      const probe = PROBES[name]
      return probe === undefined ? [] : [[name, tryOne(encoder, name, ...probe)] as const]
    }),
  )
}

function tryOne(encoder: Encoder, name: FieldClass, value: FieldValues, shows: string): SendsAs {
  const { [name as keyof FieldValues]: _, ...others } = LEAST
  const without = encoder.item({ ...(others as View) }, FREE)
  const tried = encoder.item({ ...LEAST, ...value }, FREE)
  if (tried.kind !== 'item') return 'plain'
  const text = decodeURIComponent(tried.bytes.replace(/%(?![0-9a-f]{2})/gi, '%25')).toLowerCase()
  if (text.includes(shows)) return 'plain'
  return without.kind === 'item' && without.bytes === tried.bytes ? 'not at all' : 'hashed'
}
