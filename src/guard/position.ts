/** Positions: pairs of degrees in any notation, and the index cells that contain them. */

/** A number with a fraction. */
interface Degree {
  readonly value: number
  readonly decimals: number
  readonly at: number
}

export interface Position {
  readonly latitude: number
  readonly longitude: number
  /** Cells of six characters that contain it, as it is, truncated or rounded: mostly one. */
  readonly cells: readonly string[]
}

/** Two decimals of a degree are 1.1 km: distinct from prices and measures only if two are adjacent. */
const FEW_DECIMALS = 2
const SIDE_BY_SIDE = 48
/** Truncated, not rounded: by up to one unit of the last remaining decimal. */
const CUT = 1.01
/** A cell of six characters is 1.2 by 0.6 km, smaller than what any coarse treatment passes. */
const CELL = 6
/** 37 by 19 mm: longer ones do not occur. */
const MAX_GEOHASH = 12
const BASE32 = '0123456789bcdefghjkmnpqrstuvwxyz'

export function positionOf(latitude: number, longitude: number): Position | undefined {
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined
  // Whole degrees are too common.
  if (Number.isInteger(latitude) || Number.isInteger(longitude)) return undefined
  const exact = cellOf(latitude, longitude)
  // Near a border the truncated or rounded position is in the next cell.
  const others = [Math.trunc, Math.round].map((cut) =>
    cellOf(cut(latitude * 1_000) / 1_000, cut(longitude * 1_000) / 1_000),
  )
  const cells = others.every((cell) => cell === exact) ? [exact] : [...new Set([exact, ...others])]
  return { latitude, longitude, cells }
}

/**
 * True if both degrees are present, truncated or rounded, or a cell that contains them.
 * @param degrees see `degreesIn`; only called if the first one's digits are in the text
 */
export function holdsPosition(lower: string, degrees: () => readonly Degree[], position: Position): boolean {
  const { latitude, longitude, cells } = position
  if (cells.some((cell) => holdsCell(lower, cell))) return true
  if (!mayHold(lower, latitude) || !mayHold(lower, longitude)) return false
  const [north, east] = [near(degrees(), latitude), near(degrees(), longitude)]
  if (north.length === 0 || east.length === 0) return false
  if (north.some(isFine) && east.some(isFine)) return true
  return north.some((one) => east.some((other) => one.at !== other.at && Math.abs(one.at - other.at) <= SIDE_BY_SIDE))
}

/** False if the whole degrees are not in the text before a point, a comma or the sign. */
function mayHold(lower: string, degree: number): boolean {
  const size = Math.abs(degree)
  const [cut, round] = [Math.trunc(size), Math.round(size)]
  return lower.includes('°') || isBeforeFraction(lower, cut) || (round !== cut && isBeforeFraction(lower, round))
}

function isBeforeFraction(lower: string, whole: number): boolean {
  return lower.includes(`${whole}.`) || lower.includes(`${whole},`)
}

function isFine({ decimals }: Degree): boolean {
  return decimals > FEW_DECIMALS
}

/** Maximum numbers near either degree: a position has only a few, and a text with more is not searched further. */
const MAX_NEAR = 64

function near(degrees: readonly Degree[], sought: number): Degree[] {
  const size = Math.abs(sought)
  const found: Degree[] = []
  for (let index = firstFrom(degrees, size - 0.02); index < degrees.length && found.length < MAX_NEAR; index++) {
    const { value, decimals } = degrees[index]!
    if (value > size + 0.02) break
    if (Math.abs(value - size) < CUT * 10 ** -Math.min(decimals, 3)) found.push(degrees[index]!)
  }
  return found
}

/** The first of a sorted list that is no smaller. */
function firstFrom(degrees: readonly Degree[], value: number): number {
  let [low, high] = [0, degrees.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (degrees[middle]!.value < value) low = middle + 1
    else high = middle
  }
  return low
}

/** By itself, or as the prefix of a finer one. */
function holdsCell(lower: string, cell: string): boolean {
  for (let at = lower.indexOf(cell); at >= 0; at = lower.indexOf(cell, at + 1)) {
    let end = at + CELL
    while (end - at <= MAX_GEOHASH && BASE32.includes(lower.charAt(end)) && end < lower.length) end++
    if (!isWordAt(lower, at - 1) && !isWordAt(lower, end) && end - at <= MAX_GEOHASH) return true
  }
  return false
}

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)
}

/**
 * Absolute values of all numbers that could be degrees, sorted: two decimals or more after a point or a comma, and
 * degrees with minutes and seconds. Signs are ignored: the hemisphere may be a letter.
 * @param own numbers that may be present, such as a coarse position's
 */
export function degreesIn(lower: string, own: readonly number[]): readonly Degree[] {
  const found: Degree[] = []
  const add = (value: number, decimals: number, at: number): void => {
    if (value <= 180 && !own.some((one) => Math.abs(Math.abs(one) - value) <= 0.51 * 10 ** -decimals))
      found.push({ value, decimals, at })
  }
  for (const match of lower.matchAll(DECIMAL)) add(Number(`${match[1]}.${match[2]}`), match[2]!.length, match.index)
  if (lower.includes('°')) {
    for (const match of lower.matchAll(SEXAGESIMAL)) {
      const [degrees, minutes, seconds] = [match[1], match[2], match[3] ?? '0'].map((part) =>
        Number(part!.replace(',', '.')),
      )
      add(degrees! + minutes! / 60 + seconds! / 3_600, 4, match.index)
    }
  }
  return found.sort((one, other) => one.value - other.value)
}

const DECIMAL = /(?<![\d.])(\d{1,3})[.,](\d{2,17})(?!\d)/g
const SEXAGESIMAL =
  /(\d{1,3})[ \u00a0]?°[ \u00a0]?(\d{1,2}(?:[.,]\d{1,8})?)[ \u00a0]?['′’](?:[ \u00a0]?(\d{1,2}(?:[.,]\d{1,8})?)[ \u00a0]?["″”′'])?/g

/** The geohash of six characters: thirty bits, alternating longitude and latitude. */
function cellOf(latitude: number, longitude: number): string {
  const north = Math.min(MAX_BITS, Math.floor(((latitude + 90) / 180) * (MAX_BITS + 1)))
  const east = Math.min(MAX_BITS, Math.floor(((longitude + 180) / 360) * (MAX_BITS + 1)))
  let text = ''
  for (let bit = 29; bit >= 0; bit -= 5) {
    let five = 0
    for (let at = bit; at > bit - 5; at--) five = five * 2 + (((at % 2 === 1 ? east : north) >> (at >> 1)) & 1)
    text += BASE32[five]
  }
  return text
}

/** Fifteen bits each. */
const MAX_BITS = 0x7fff
