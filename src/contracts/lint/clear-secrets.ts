/** Finds secrets in clear text by their format. Reports place and kind; never repeats one. */
import type { Path, Problem } from '../../model/problem.ts'
import { problemAt, type Source } from '../source.ts'

/**
 * Unambiguous formats, searched in values, notes and comments. Each pattern is as short as identification allows, and a token
 * starts after a character that cannot be part of it, so that no run of letters is scanned from every position.
 */
const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/],
  ['a signed token (JWT)', /(?:^|[^\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_\w{36}|github_pat_\w{22})/],
  ['a Slack token', /\bxox[abeprs]-[\w-]{10}/],
  ['a Stripe key', /\b[rs]k_(?:live|test)_\w{16}/],
  ['a Google API key', /\bAIza[\w-]{35}(?:[^\w-]|$)/],
  ['a Meta access token', /\bEAA[A-Za-z0-9]{40}/],
  ['a bearer token', /\bBearer\s+[\w.~+/-]{16}/i],
]
const HINT = 'A secret itself never stands in a file of the configuration: replace it, it has been written down.'

/** Keys whose text is random but public. */
const PUBLIC_KEY =
  /^(write_keys|retired_keys|id|bundle|app_id|dataset|pixel|link_id|event_source_id|ad_account|app_guid)$/
/** Shorter texts are ids; hashes and keys are at least this long. */
const MIN_RANDOM = 32
/** Bits per letter: prose and names have less, random letters of any alphabet more. */
const MIN_ENTROPY = 3.5

/** @param namesOnly true for a file with legitimate long random texts: write keys, examples of ids */
export function secretsIn(source: Source, namesOnly: boolean): readonly Problem[] {
  const formed = clearSecrets(source)
  if (namesOnly) return formed
  return [...formed, ...randomTexts(source).filter(({ line }) => !formed.some((one) => one.line === line))]
}

function clearSecrets({ file, text }: Source): readonly Problem[] {
  return text.split('\n').flatMap((line, index) =>
    FORMS.flatMap(([what, form]) => {
      const found = form.exec(line)
      if (found === null) return []
      const column = found.index + 1 + (/^[^\w-]/.test(found[0]) ? 1 : 0)
      return [{ file, line: index + 1, column, path: '', found: `what looks like ${what}`, allowed: '', hint: HINT }]
    }),
  )
}

/** Long random texts among a file's values. */
function randomTexts(source: Source): readonly Problem[] {
  const walk = (value: unknown, path: Path): readonly Problem[] => {
    if (isPublicMaterial(value)) return []
    if (typeof value === 'object' && value !== null) {
      const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
        ? [...value.entries()]
        : Object.entries(value)
      return entries.flatMap(([key, inner]) =>
        typeof key === 'string' && PUBLIC_KEY.test(key) ? [] : walk(inner, [...path, key]),
      )
    }
    if (typeof value !== 'string' || !value.split(/[^A-Za-z0-9+/=_-]+/).some(isRandom)) return []
    return [problemAt(source, path, { found: 'what looks like a key or token', hint: HINT })]
  }
  return walk(source.value, [])
}

/** Public by nature: a certificate or public key in PEM, or a JWK (RFC 7517) without private or shared parts (RFC 7518 section 6). */
function isPublicMaterial(value: unknown): boolean {
  if (typeof value === 'string') return PUBLIC_LABELS.some((label) => isPem(value.trim(), label))
  if (typeof value !== 'object' || value === null || !('kty' in value)) return false
  return PRIVATE_MEMBERS.every((member) => !(member in value))
}
const PUBLIC_LABELS = ['CERTIFICATE', 'PUBLIC KEY']
const PRIVATE_MEMBERS = ['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/** Exactly one block with this label (RFC 7468 section 2). */
function isPem(text: string, label: string): boolean {
  const [begin, end] = [`-----BEGIN ${label}-----`, `-----END ${label}-----`]
  if (!text.startsWith(begin) || !text.endsWith(end) || text.length < begin.length + end.length) return false
  return /^\s[A-Za-z0-9+/=\s]+\s$/.test(text.slice(begin.length, -end.length))
}

function isRandom(word: string): boolean {
  if (word.length < MIN_RANDOM || !/\d/.test(word) || !/[A-Za-z]/.test(word)) return false
  // Words joined by dashes, underscores or slashes are paths and names; the pieces of a random text are long.
  const longest = Math.max(...word.split(/[-_/]/).map((piece) => piece.length))
  return longest >= 16 && entropyOf(word) >= MIN_ENTROPY
}

/** Shannon entropy, bits per letter. */
function entropyOf(word: string): number {
  const counts = new Map<string, number>()
  for (const letter of word) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length)
  return bits
}
