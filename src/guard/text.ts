/** The two passes over a text that everything else in the guard starts from, by character: patterns cost ten times as much. */

const SQUEEZED = charactersOf(/[a-z0-9]/)
const TOKEN = charactersOf(/[A-Za-z0-9+/_-]/)
const EQUALS = 0x3d
/** Shorter runs of letters are too short to hide anything. */
const MIN_TOKEN = 10

function charactersOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0))
}

/** Letters and digits alone of a lower-case text. Anything else, of whatever script, is a separator here. */
export function squeeze(lower: string): string {
  const { length } = lower
  let start = 0
  while (start < length && SQUEEZED[lower.charCodeAt(start)] === 1) start++
  if (start === length) return lower
  const kept = Buffer.allocUnsafe(length)
  let size = 0
  for (let index = 0; index < length; index++) {
    const code = lower.charCodeAt(index)
    if (SQUEEZED[code] === 1) kept[size++] = code
  }
  return kept.latin1Slice(0, size)
}

/** Runs of ten and more characters that base64, hex or a digest could be, with up to two `=` behind them. */
export function tokensIn(text: string): readonly string[] {
  const tokens: string[] = []
  const { length } = text
  for (let index = 0; index < length; index++) {
    const start = index
    while (index < length && TOKEN[text.charCodeAt(index)] === 1) index++
    if (index - start < MIN_TOKEN) continue
    let end = index
    while (end < length && end < index + 2 && text.charCodeAt(end) === EQUALS) end++
    tokens.push(text.slice(start, end))
  }
  return tokens
}
