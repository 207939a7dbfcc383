/** Aligns and wraps text to a hundred columns. */

export const WIDTH = 100

/** Wraps `text` to `width`; the first line starts with `first`, the others are indented to match. */
export function wrap(text: string, first = '', width = WIDTH): readonly string[] {
  const room = Math.max(20, width - first.length)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).flatMap((one) => cut(one, room))) {
    if (line === '') line = word
    else if (line.length + 1 + word.length <= room) line += ` ${word}`
    else {
      lines.push(line)
      line = word
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line)
  return lines.map((one, index) => `${index === 0 ? first : ' '.repeat(first.length)}${one}`)
}

/** Splits a text without blanks, such as a URL or a body. */
export function cut(text: string, room: number): readonly string[] {
  if (text.length <= room) return [text]
  return Array.from({ length: Math.ceil(text.length / room) }, (_, index) =>
    text.slice(index * room, (index + 1) * room),
  )
}

/** A value on one line, truncated. */
export function short(value: unknown, room: number): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '·')
  return plain.length <= room ? plain : `${plain.slice(0, room - 1)}…`
}

/** Rows in columns. The last column is wrapped; `widths` are those of the others. */
export function columns(
  rows: readonly (readonly string[])[],
  widths: readonly number[],
  indent = '',
): readonly string[] {
  return rows.flatMap((row) => {
    const last = row[widths.length] ?? ''
    const head = widths.map((width, index) => short(row[index] ?? '', width).padEnd(width)).join('  ')
    return wrap(last, `${indent}${head}  `).map((line) => line.trimEnd())
  })
}
