/** docs/console.md: each test that its tables name is there, under that very name, and each picture too. */
import { deepEqual, ok } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = readFileSync(join(ROOT, 'docs', 'console.md'), 'utf8')
/** `| … | `file`: name |` */
const NAMED = /^\|[^|]*\| `([^`|]+\.ts)`: ([^|]+) \|$/gm

const rows = [...PAGE.matchAll(NAMED)].map(([, file = '', name = '']) => ({ file, name }))

describe('docs/console.md', () => {
  test('names a test for each of the twelve pains and the tasks', () => {
    const section = PAGE.split('\n## Which test shows it\n')[1]?.split('\n## ')[0] ?? ''
    const [pains = '', tasks = ''] = section.split('\nWhat people come for')
    const firsts = (text: string) => [...text.matchAll(/^\| ([^|`]+?) \|/gm)].map(([, first = '']) => first)
    // The first table splits one pain, approval, from the message that it asked for.
    deepEqual(
      [firsts(pains).filter((one) => one !== 'missed').length, firsts(tasks).filter((one) => one !== 'task').length],
      [13, 7],
    )
  })

  for (const { file, name } of rows)
    test(`${file}: ${name}`, () => {
      ok(existsSync(join(ROOT, file)), `there is no ${file}`)
      const source = readFileSync(join(ROOT, file), 'utf8')
      ok(source.includes(`test('${name}'`), `${file} has no such test`)
    })

  for (const [, picture = ''] of PAGE.matchAll(/\]\((screens\/[^)]+)\)/g))
    test(picture, () => ok(existsSync(join(ROOT, 'docs', picture))))
})
