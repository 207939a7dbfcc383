/** Numbers precise enough to be a degree of a user's position. */

const DOT = '.'
const MINUS = 0x2d
const COLON = 0x3a
/** A third decimal of a degree is 111 m. */
const MIN_DECIMALS = 3
const MAX_WHOLE_DIGITS = 3

/**
 * Numbers with three decimals or more after at most three digits, in order, except the seconds of a time. Not by a
 * pattern: points are rare, and only their surroundings are examined.
 */
export function fineNumbersIn(text: string): number[] {
  const found: number[] = []
  let end = 0
  for (let dot = text.indexOf(DOT); dot >= 0; dot = text.indexOf(DOT, dot + 1)) {
    let last = dot + 1
    while (isDigit(text, last)) last++
    if (last - dot <= MIN_DECIMALS) continue
    let first = dot
    while (first > end && dot - first < MAX_WHOLE_DIGITS && isDigit(text, first - 1)) first--
    while (first < dot && isInSeconds(text, first)) first++
    if (first === dot) continue
    if (first > end && text.charCodeAt(first - 1) === MINUS && !isInSeconds(text, first - 1)) first--
    found.push(Number(text.slice(first, last)))
    end = last
  }
  return found
}

/** True after hours and minutes, and up to two digits after them. */
function isInSeconds(text: string, at: number): boolean {
  let colon = at - 1
  for (let digits = 0; digits < 2 && isDigit(text, colon); digits++) colon--
  return (
    text.charCodeAt(colon) === COLON &&
    isDigit(text, colon - 1) &&
    isDigit(text, colon - 2) &&
    text.charCodeAt(colon - 3) === COLON &&
    isDigit(text, colon - 4) &&
    isDigit(text, colon - 5)
  )
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}
