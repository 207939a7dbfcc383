/**
 * A place that was looked up from an IP address says of it what the look-up knows: it is the address, in other words. So it
 * goes no finer than the address itself may.
 */
import { CITY, COUNTRY, ipBits, LADDERS, type Level, REGION, topOf } from '../../model/field-class.ts'

interface Ceilings {
  readonly place: Level
  readonly coordinates: Level
}

const WHOLE: Ceilings = { place: topOf('place'), coordinates: topOf('coordinates') }
/** What is left of an address, in bits, and what look-ups know of a network of that size. */
const RUNGS: readonly (Ceilings & { readonly v4: number; readonly v6: number })[] = [
  { v4: 32, v6: 128, ...WHOLE },
  { v4: 24, v6: 48, place: CITY, coordinates: LADDERS.coordinates.indexOf('500km2') },
  { v4: 16, v6: 32, place: REGION, coordinates: LADDERS.coordinates.indexOf('5000km2') },
  // The country stays whatever becomes of the address: it says which law applies, and `place` has to grant it as well.
  { v4: 0, v6: 0, place: COUNTRY, coordinates: 0 },
]

/**
 * The most that a place derived from an address may say.
 * @param ip the decision's treatment of addresses. Which kind was looked up is not told: the half that keeps less counts
 */
export function ceilingsOfDerived(ip: Level): Ceilings {
  const { v4, v6 } = ipBits(ip)
  return RUNGS.find((rung) => v4 >= rung.v4 && v6 >= rung.v6)!
}
