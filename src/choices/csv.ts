/**
 * Separated values after RFC 4180, with two differences: a record never spans lines, so that a bad quote affects one line
 * only, and the separator may be a semicolon or tab, as spreadsheets write it in locales with decimal commas.
 */

const SEPARATORS = [',', ';', '\t'] as const
type Separator = (typeof SEPARATORS)[number]

const MAX_LINE_CHARACTERS = 1_048_576

interface CsvLine {
  /** From 1. */
  readonly line: number
  readonly text: string
  /** Undefined on a misplaced quote. */
  readonly fields: readonly string[] | undefined
}

/** Non-empty lines, from the header on. A line `sep=;`, which spreadsheets may write before it, sets the separator. */
export async function* csvLines(lines: AsyncIterable<string>): AsyncIterable<CsvLine> {
  let line = 0
  let separator: Separator | undefined
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    if (separator === undefined) {
      separator = SEPARATORS.find((one) => text === `sep=${one}` || text === `"sep=${one}"`)
      if (separator !== undefined) continue
    }
    separator ??= separatorOf(text)
    yield { line, text, fields: splitCsvLine(text, separator) }
  }
}

/**
 * Lines without their ends (LF, CRLF or CR) and without a leading byte order mark, by which UTF-16 is recognised. An overlong line
 * is cut, not buffered.
 */
export async function* splitLines(text: AsyncIterable<string | Uint8Array>): AsyncIterable<string> {
  let decoder: InstanceType<typeof TextDecoder> | undefined
  let rest = ''
  let isStart = true
  for await (const chunk of text) {
    if (typeof chunk !== 'string') decoder ??= new TextDecoder(encodingOf(chunk), { ignoreBOM: true })
    const more = typeof chunk === 'string' ? chunk : decoder!.decode(chunk, { stream: true })
    const whole = rest + (isStart ? more.replace(/^\uFEFF/, '') : more)
    isStart &&= more === ''
    // A CR at the end of a chunk may be the first half of CRLF.
    const cut = whole.endsWith('\r') ? whole.length - 1 : whole.length
    const lines = whole.slice(0, cut).split(/\r\n|\n|\r/)
    rest = `${lines.pop() ?? ''}${whole.slice(cut)}`
    if (rest.length > MAX_LINE_CHARACTERS) {
      lines.push(rest)
      rest = ''
    }
    yield* lines
  }
  rest = rest.replace(/\r$/, '')
  if (rest !== '') yield rest
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

/** True for a long number as a spreadsheet rounds it: its last digits are lost, so it would name another user or none. */
export function isRounded(field: string): boolean {
  return /^\d(?:[.,]\d{1,15})?E\+\d{2,3}$/i.test(field)
}

/** The first separator that the header line contains; a comma by default. */
function separatorOf(header: string): Separator {
  return SEPARATORS.find((separator) => header.includes(separator)) ?? ','
}

/**
 * A line's fields, trimmed; quoted fields may hold separators and doubled quotes. `="0042"`, which keeps a spreadsheet from reading
 * an id as a number, is `0042`. Undefined on a misplaced quote.
 */
function splitCsvLine(line: string, separator: Separator): readonly string[] | undefined {
  const fields: string[] = []
  let at = 0
  for (;;) {
    let start = at
    while (isBlank(line[start], separator)) start++
    const isQuoted = line[start] === '"'
    let end: number
    if (isQuoted) {
      const closed = closingQuote(line, start)
      if (closed === undefined) return undefined
      fields.push(
        asText(
          line
            .slice(start + 1, closed)
            .replaceAll('""', '"')
            .trim(),
        ),
      )
      end = closed + 1
      while (isBlank(line[end], separator)) end++
      if (end < line.length && line[end] !== separator) return undefined
    } else {
      const next = line.indexOf(separator, at)
      end = next < 0 ? line.length : next
      const field = asText(line.slice(at, end).trim())
      if (field.includes('"')) return undefined
      fields.push(field)
    }
    if (end >= line.length) return fields
    at = end + 1
  }
}

function asText(field: string): string {
  return /^="([^"]*)"$/.exec(field)?.[1] ?? field
}

function isBlank(character: string | undefined, separator: Separator): boolean {
  return character === ' ' || (character === '\t' && separator !== '\t')
}

/** Index of the quote that closes the one at `start`. */
function closingQuote(line: string, start: number): number | undefined {
  for (let at = start + 1; ; ) {
    const quote = line.indexOf('"', at)
    if (quote < 0) return undefined
    if (line[quote + 1] !== '"') return quote
    at = quote + 2
  }
}
