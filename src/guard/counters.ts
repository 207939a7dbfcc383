/**
 * Ids that are counters: five or six digits, too common to search for in any text, so they match only in the position
 * of an id.
 */
import type { Layer } from './layer.ts'

/** Words that announce a person's number. */
const PERSONS: ReadonlySet<string> = new Set(
  (
    'user users usr uid userid member memberid account acct accountid customer customerid client clientid player playerid profile ' +
    'profileid subscriber subscriberid buyer seller guest visitor contact person driver rider patient student employee nutzer benutzer ' +
    'kunde kundin kundennummer mitglied utilisateur membre usuario cliente jugador utente giocatore gebruiker klant speler'
  ).split(' '),
)
/** Words between the two. */
const BETWEEN: ReadonlySet<string> = new Set([
  'id',
  'no',
  'nr',
  'num',
  'number',
  'nummer',
  'ref',
  'key',
  'is',
  'the',
  'with',
])
const MAX_BETWEEN = 2
/** Long enough to contain them. */
const LOOK_BACK = 48

/**
 * True if a text between separators of a path or a query is this number, or if it contains the number after a word for
 * a person; a whole value is compared as such.
 */
export function holdsCounter({ lower }: Layer, digits: string): boolean {
  for (let at = lower.indexOf(digits); at >= 0; at = lower.indexOf(digits, at + digits.length)) {
    const end = at + digits.length
    if (isDigit(lower, at - 1) || isDigit(lower, end) || isFraction(lower, at, end)) continue
    if (isOfPath(lower, at, end) || isBehindPerson(lower, at)) return true
  }
  return false
}

/** After a slash, or after the equals sign of a query within a longer text, and followed by a separator or the end. */
function isOfPath(lower: string, at: number, end: number): boolean {
  const [before, after] = [lower[at - 1], lower[end]]
  if (after !== undefined && !/[/?&#"'\s\\,;)\]}]/.test(after)) return false
  if (before === '/') return true
  if (before !== '=') return false
  // A query of a whole URL: the partner's own query also encloses its values in these signs.
  const start = lower.lastIndexOf('?', at)
  return start > 0 && at - start < MAX_QUERY && lower.lastIndexOf('://', start) > Math.max(0, start - MAX_QUERY)
}

const MAX_QUERY = 2_048

function isBehindPerson(lower: string, at: number): boolean {
  const words = lower.slice(Math.max(0, at - LOOK_BACK), at).match(/\p{L}+/gu) ?? []
  const near = lower.slice(Math.max(0, at - LOOK_BACK), at)
  // A sign that ends a value also ends the sentence.
  const start = Math.max(near.lastIndexOf('{'), near.lastIndexOf('}'), near.lastIndexOf('&'), near.lastIndexOf('\n'))
  const sentence = start < 0 ? words : (near.slice(start + 1).match(/\p{L}+/gu) ?? [])
  for (let index = sentence.length - 1, passed = 0; index >= 0 && passed <= MAX_BETWEEN; index--, passed++) {
    const word = sentence[index]!
    if (PERSONS.has(word)) return true
    if (!BETWEEN.has(word)) return false
  }
  return false
}

function isFraction(text: string, at: number, end: number): boolean {
  return (
    (/[.,]/.test(text.charAt(at - 1)) && isDigit(text, at - 2)) ||
    (/[.,]/.test(text.charAt(end)) && isDigit(text, end + 1))
  )
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
}
