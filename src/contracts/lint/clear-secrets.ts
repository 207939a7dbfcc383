/** Secrets that stand in a file in the clear, by their form. Says where and of what kind; never repeats one. */
import type { Path, Problem } from '../problem.ts'
import { problemAt, type Source } from '../source.ts'

/** Forms that are nothing else, wherever they stand: in values, notes and comments. */
const FORMS: readonly (readonly [what: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/],
  ['a signed token (JWT)', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_\w{36,}|github_pat_\w{22,})/],
  ['a Slack token', /\bxox[abeprs]-[\w-]{10,}/],
  ['a Stripe key', /\b[rs]k_(?:live|test)_\w{16,}/],
  ['a Google API key', /\bAIza[\w-]{35}(?![\w-])/],
  ['a Meta access token', /\bEAA[A-Za-z0-9]{40,}/],
  ['a bearer token', /\bBearer\s+(?!\$|\{|<)[\w.~+/-]{16,}=*/i],
]
const HINT = 'A secret itself never stands in a file of the configuration: replace it, it has been written down.'

/** Keys whose text is random by nature and no secret. */
const PUBLIC_KEY =
  /^(write_keys|retired_keys|id|bundle|app_id|dataset|pixel|link_id|event_source_id|ad_account|app_guid)$/
/** Shorter ones are ids; hashes and keys are at least as long. */
const MIN_RANDOM = 32
/** Bits a letter: prose and names have less, random letters of any alphabet more. */
const MIN_ENTROPY = 3.5

/** @param namesOnly true for a file that holds long random texts by nature: write keys, examples of ids */
export function secretsIn(source: Source, namesOnly: boolean): readonly Problem[] {
  const formed = clearSecrets(source)
  if (namesOnly) return formed
  return [...formed, ...randomTexts(source).filter(({ line }) => !formed.some((one) => one.line === line))]
}

function clearSecrets({ file, text }: Source): readonly Problem[] {
  return text.split('\n').flatMap((line, index) =>
    FORMS.flatMap(([what, form]) => {
      const at = line.search(form)
      if (at < 0) return []
      return [
        { file, line: index + 1, column: at + 1, path: '', found: `what looks like ${what}`, allowed: '', hint: HINT },
      ]
    }),
  )
}

/** Long random texts among a file's values. */
function randomTexts(source: Source): readonly Problem[] {
  const walk = (value: unknown, path: Path): readonly Problem[] => {
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

function isRandom(word: string): boolean {
  if (word.length < MIN_RANDOM || !/\d/.test(word) || !/[A-Za-z]/.test(word)) return false
  // Words joined by dashes, lines or slashes are paths and names; pieces of a random text are long.
  const longest = Math.max(...word.split(/[-_/]/).map((piece) => piece.length))
  return longest >= 16 && entropyOf(word) >= MIN_ENTROPY
}

/** Shannon's, in bits a letter. */
function entropyOf(word: string): number {
  const counts = new Map<string, number>()
  for (const letter of word) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / word.length) * Math.log2(count / word.length)
  return bits
}
