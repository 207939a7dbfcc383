/**
 * Separated values after RFC 4180, with two differences: a record never spans lines, so that a bad quote affects one line
 * only, and the separator may be a semicolon or tab, as spreadsheets write it in locales with decimal commas.
 */

export const SEPARATORS = [',', ';', '\t'] as const
export type Separator = (typeof SEPARATORS)[number]

/** The first separator that the header line contains; a comma by default. */
export function separatorOf(header: string): Separator {
  return SEPARATORS.find((separator) => header.includes(separator)) ?? ','
}

/** A line's fields, trimmed; quoted fields may hold separators and doubled quotes. Undefined on a misplaced quote. */
export function splitCsvLine(line: string, separator: Separator = ','): readonly string[] | undefined {
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
        line
          .slice(start + 1, closed)
          .replaceAll('""', '"')
          .trim(),
      )
      end = closed + 1
      while (isBlank(line[end], separator)) end++
      if (end < line.length && line[end] !== separator) return undefined
    } else {
      const next = line.indexOf(separator, at)
      end = next < 0 ? line.length : next
      const field = line.slice(at, end)
      if (field.includes('"')) return undefined
      fields.push(field.trim())
    }
    if (end >= line.length) return fields
    at = end + 1
  }
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
