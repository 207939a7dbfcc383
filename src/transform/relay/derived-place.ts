/**
 * A place derived from an IP address reveals the address as precisely as the look-up knows it. It is therefore never finer than
 * the address's own treatment.
 */
import { CITY, COUNTRY, ipBits, LADDERS, type Level, REGION, topOf } from '../../model/field-class.ts'

interface Ceilings {
  readonly place: Level
  readonly coordinates: Level
}

const WHOLE: Ceilings = { place: topOf('place'), coordinates: topOf('coordinates') }
/** Remaining address bits, and what look-ups can tell about a network of that size. */
const RUNGS: readonly (Ceilings & { readonly v4: number; readonly v6: number })[] = [
  { v4: 32, v6: 128, ...WHOLE },
  { v4: 24, v6: 48, place: CITY, coordinates: LADDERS.coordinates.indexOf('500km2') },
  { v4: 16, v6: 32, place: REGION, coordinates: LADDERS.coordinates.indexOf('5000km2') },
  // The country always remains: it selects the law, and `place` has to grant it as well.
  { v4: 0, v6: 0, place: COUNTRY, coordinates: 0 },
]

/**
 * The ceilings of a place derived from an address.
 * @param ip the treatment of addresses. The kind of the address is unknown here, so the stricter half counts
 */
export function ceilingsOfDerived(ip: Level): Ceilings {
  const { v4, v6 } = ipBits(ip)
  return RUNGS.find((rung) => v4 >= rung.v4 && v6 >= rung.v6)!
}
