/** The tests that docs/privacy-policy-map.md names, as it names them, and the edits that switch its rows off. */
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
/** Turns one feature off: in this file `find`, which occurs once, becomes `replace`. */
export interface Switch {
  readonly file: string
  readonly find: string
  readonly replace: string
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

/** Why a switch cannot be turned off; undefined where it can. */
export function faultOfSwitch({ file, find, replace }: Switch, source: string | undefined): string | undefined {
  if (source === undefined) return `${file}: there is no such file`
  const times = source.split(find).length - 1
  if (times !== 1) return `${file}: occurs ${times} times: ${find}`
  return replace === find ? `${file}: changes nothing: ${find}` : undefined
}

/** How a test ended. `broken`: it failed by something other than an assertion, such as a file that does not load. */
export type Ended = 'passed' | 'refuted' | 'broken' | 'skipped' | 'did not run'

/**
 * What is wrong with a row whose tests ended so, switch by switch: each switch must be refuted by a test, and each test must
 * refute a switch.
 */
export function faultsOfRow(
  { topic, tests }: Pick<MapRow, 'topic' | 'tests'>,
  ended: readonly { readonly off: Switch; readonly tests: readonly Ended[] }[],
): readonly string[] {
  return [
    ...ended.flatMap(({ off, tests: each }) =>
      each.includes('refuted') ? [] : [`${topic}: its tests say ${each.join(', ')} with this off: ${off.find}`],
    ),
    ...tests.flatMap(({ file, name }, index) =>
      ended.some(({ tests: each }) => each[index] === 'refuted')
        ? []
        : [`${topic}: passes whatever is off: ${file} › ${name}`],
    ),
  ]
}
