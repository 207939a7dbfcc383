/** The tests that docs/privacy-policy-map.md names, as it names them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..', '..')

export interface NamedTest {
  readonly file: string
  readonly name: string
}
export interface MapRow {
  readonly topic: string
  /** Files of the code. */
  readonly code: readonly string[]
  readonly tests: readonly NamedTest[]
}

export function readPolicyMap(): readonly MapRow[] {
  const page = readFileSync(join(ROOT, 'docs', 'privacy-policy-map.md'), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && line.split('|').length === 8)
  return rows.slice(1).map((line) => {
    const [, topic = '', , , code = '', tests = ''] = line.split('|').map((cell) => cell.trim())
    const quoted = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/gu)].map(([, text = '']) => text)
    return {
      topic,
      code: quoted(code),
      tests: quoted(tests).map((text) => {
        const [file = '', ...name] = text.split(' › ')
        return { file, name: name.join(' › ') }
      }),
    }
  })
}

/** Why a test does not count; undefined where it does. */
export function faultOfNamedTest({ file, name }: NamedTest, source: string | undefined): string | undefined {
  if (source === undefined) return `${file}: there is no such file`
  const text = `\n${source}\n`
  // By its call, or as a row of a table from which calls are made.
  const at = [`'${name}'`, `\`${name}\``].map((quoted) => text.indexOf(quoted)).find((index) => index >= 0)
  if (at === undefined) return `${file}: no test is named ${name}`
  const call = text.slice(text.lastIndexOf('\n', at), text.indexOf('\n', at))
  return /\.(?:skip|todo)\b|skip:|todo:/u.test(call) ? `${file}: ${name} is skipped` : undefined
}
