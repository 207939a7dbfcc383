/** Possible digests in a text, and whether one of them is a value's. */
import { withoutTail } from '../model/text.ts'
import type { Algorithm, Encoding, Needle } from './needle.ts'
import type { Token } from './text.ts'

const HEX_DIGEST = /(?<![0-9a-f])(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![0-9a-f])/gi
/** Each hash by the length of its hex and base64 (unpadded) forms: eight distinct lengths. */
const HASHES: readonly { readonly algorithm: Algorithm; readonly hexLength: number; readonly base64Length: number }[] =
  [
    { algorithm: 'md5', hexLength: 32, base64Length: 22 },
    { algorithm: 'sha1', hexLength: 40, base64Length: 27 },
    { algorithm: 'sha256', hexLength: 64, base64Length: 43 },
    { algorithm: 'sha512', hexLength: 128, base64Length: 86 },
  ]

/** Candidate digests of one hash, in one encoding. */
export interface Digests {
  readonly algorithm: Algorithm
  readonly encoding: Encoding
  readonly texts: ReadonlySet<string>
}

const NO_DIGESTS: readonly Digests[] = []

/** Only hashes with candidates. */
export function digestsIn(tokens: readonly Token[]): readonly Digests[] {
  if (!tokens.some(({ mayBeDigest }) => mayBeDigest)) return NO_DIGESTS
  const found = tokens.flatMap(possibleDigests)
  if (found.length === 0) return NO_DIGESTS
  return HASHES.flatMap(({ algorithm, hexLength, base64Length }) =>
    (
      [
        ['hex', hexLength],
        ['base64url', base64Length],
      ] as const
    ).flatMap(([encoding, wanted]) => {
      const texts = new Set(found.filter(({ length }) => length === wanted))
      return texts.size > 0 ? [{ algorithm, encoding, texts }] : []
    }),
  )
}

/** In lower-case hex or unpadded base64url. */
function possibleDigests({ text, mayBeDigest }: Token): readonly string[] {
  if (!mayBeDigest) return []
  const found = (text.match(HEX_DIGEST) ?? []).map((digest) => digest.toLowerCase())
  const bare = withoutTail(text, '=')
  for (const { base64Length } of HASHES) {
    const end = bare.slice(-base64Length)
    // A base64 digest contains a letter that is not a hex digit, except one in 10^9, and a capital or digit, except one
    // in 10^7: a path of words has neither.
    if (end.length === base64Length && /[g-z]/i.test(end) && /[A-Z0-9]/.test(end)) found.push(toBase64Url(end))
  }
  return found
}

export function hasDigest(needle: Needle, digests: readonly Digests[]): boolean {
  return digests.some(({ algorithm, encoding, texts }) =>
    needle.digests(algorithm, encoding).some((digest) => texts.has(digest)),
  )
}

/** The URL alphabet (RFC 4648 5), with its padding. */
export function toBase64Url(text: string): string {
  return text.replaceAll('+', '-').replaceAll('/', '_')
}
