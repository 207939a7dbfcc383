/** Terminal colours. Respects `NO_COLOR` and `FORCE_COLOR`; colour is never the only sign. */
import { styleText } from 'node:util'

export type Tint = 'good' | 'bad' | 'warning' | 'faint' | 'strong'

const STYLES = {
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  faint: 'dim',
  strong: 'bold',
} as const satisfies Record<Tint, Parameters<typeof styleText>[0]>

/** @param stream the stream that the text is written to */
export function tint(kind: Tint, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(STYLES[kind], text, { stream })
}

/** Colours the lines of a report by prefix: `error`, `warning`, `+` for wider, `-` for narrower. */
export function tintLines(text: string): string {
  return text.split('\n').map(tintLine).join('\n')
}

function tintLine(line: string): string {
  const sign = /^(?:error|warning|\s*[+-] )/.exec(line)?.[0].trimEnd()
  if (sign === undefined) return line
  const kind = sign === 'error' ? 'bad' : sign.endsWith('-') ? 'good' : 'warning'
  return tint(kind, sign) + line.slice(sign.length)
}
