/**
 * Contracts that still send identity or exact position once sale, sharing or targeted advertising is denied. It may be correct (a
 * service provider, a law that allows it), so it is a warning; it is rarely intended.
 */
import type { ContractPlan } from '../../model/contract.ts'
import { DROP, type FieldClass, LADDERS, type Level, treatmentName } from '../../model/field-class.ts'
import type { Problem } from '../../model/problem.ts'
import { finestLevelFor } from '../../transform/coarse-coordinates.ts'
import type { Flag } from './unencodable.ts'

/** What each class reveals about a user, in words. */
export const IDENTIFYING: Readonly<Partial<Record<FieldClass, string>>> = {
  advertising_id: 'the advertising id',
  vendor_id: 'the vendor id of the device',
  device_id: 'the device id',
  user_id: 'the account id',
  anonymous_id: 'the anonymous id',
  push_token: 'the push token of the device',
  partner_id: 'its own id of the install, under which it may know the device',
  click_id: 'its own id of a click',
  email: 'the e-mail address',
  phone: 'the phone number',
  name: 'the name',
  address: 'the address',
}

/**
 * @param levelOf the most revealing treatment that a class ever gets for restricted users, by the decision engine
 * @param minAreaKm2 a position below this area is precise
 */
export function restrictedIds(
  { id, role }: ContractPlan,
  levelOf: (name: FieldClass) => Level,
  minAreaKm2: number,
  flag: Flag,
): readonly Problem[] {
  // Sound: the keys of IDENTIFYING are field classes.
  const names = Object.keys(IDENTIFYING) as readonly FieldClass[]
  const hint =
    role === 'service_provider'
      ? 'Keep it only where the agreement binds them to use it for you alone.'
      : 'Remove it, unless the law that restricts them allows it.'
  const found = (word: string, what: string, end: string): string =>
    `${word}: ${id} receives ${what} of people who opted out or whom a law restricts, ${end}`
  const ids = names.flatMap((name) => {
    const level = levelOf(name)
    if (level === DROP) return []
    const word = treatmentName(name, level)
    const what = word === 'pseudonym' ? `a lasting pseudonym for ${IDENTIFYING[name]}` : IDENTIFYING[name]!
    const end = word === 'pseudonym' ? 'and can recognise each of them again' : 'and can tell who they are'
    return [flag(['when_restricted', 'share', name], { found: found(word, what, end), hint })]
  })
  const position = levelOf('coordinates')
  if (position <= finestLevelFor(minAreaKm2)) return ids
  const word = treatmentName('coordinates', position)
  const what = position === LADDERS.coordinates.length - 1 ? 'the exact position' : 'a precise position'
  const where = found(word, what, 'and can tell where they are')
  return [...ids, flag(['when_restricted', 'share', 'coordinates'], { found: where, hint })]
}
