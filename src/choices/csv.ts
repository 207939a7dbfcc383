/** Comma-separated values, RFC 4180 but for one thing: a record ends with its line, so that one bad quote spoils one line. */

const FIELD = /(?:[ \t]*"((?:[^"]|"")*)"[ \t]*|([^",]*))(,|$)/y

/** A line's fields, trimmed; quoted ones may hold commas and doubled quotes. Undefined where a quote is out of place. */
export function splitCsvLine(line: string): readonly string[] | undefined {
  const fields: string[] = []
  const pattern = new RegExp(FIELD)
  for (;;) {
    const match = pattern.exec(line)
    if (match === null) return undefined
    const [, quoted, plain = '', end] = match
    fields.push((quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim())
    if (end === '') return fields
  }
}
