import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { patternsIn, whyNotLinear } from './support/patterns.ts'

const ROOT = join(import.meta.dirname, '..')

/**
 * Looking ahead is more than the automata can say. Each of these is bound to the start of a text, and looks at a
 * character at most twice; they are asked of operators' own files alone.
 */
const LOOKS_AHEAD: ReadonlySet<string> = new Set([
  String.raw`^(?=.*\S)[^\p{Cc}]{1,200}$`,
  String.raw`^(?=.*\S)[^\p{Cc}]{1,600}$`,
  String.raw`^(?=.*\S)[^\p{Cc}]{1,1000}$`,
  String.raw`^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`,
])

/** The one file that makes patterns of texts: of the digits of an address, and nothing else. */
const MAKES_PATTERNS = 'src/guard/address.ts'

describe('patterns: no text takes longer than its length', () => {
  const { files, patterns, made } = patternsIn(ROOT, (file) => file.startsWith('src/') && !file.endsWith('.test.ts'), [
    'tsconfig.json',
    'src/console/tsconfig.json',
  ])

  test('every pattern of the sources is seen', () => {
    ok(files > 500, `only ${files} files`)
    ok(patterns.length > 250, `only ${patterns.length} patterns`)
    for (const file of [
      'src/guard/shape.ts',
      'src/console/partners/place-problem.ts',
      'src/console/editor/complete.ts',
    ])
      ok(
        patterns.some(({ where }) => where.startsWith(`${file}:`)),
        file,
      )
  })

  test('no pattern is made of a text as it runs', () => {
    deepEqual(
      made.filter((where) => !where.startsWith(`${MAKES_PATTERNS}:`)),
      [],
    )
  })

  test('every one is proved to be linear', { timeout: 1_800_000 }, async () => {
    const wrong: string[] = []
    for (const { where, source, flags } of patterns) {
      if (LOOKS_AHEAD.has(source)) continue
      const why = await whyNotLinear({ source, flags })
      if (why !== undefined) wrong.push(`${where}: /${source}/${flags}: ${why}`)
    }
    deepEqual(wrong, [])
  })

  test('what is left out of the proof is there, and no more', () => {
    const sources = new Set(patterns.map(({ source }) => source))
    deepEqual(
      [...LOOKS_AHEAD].filter((source) => !sources.has(source)),
      [],
    )
  })
})

describe('patterns: what is planted is found', () => {
  const planted = (text: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-patterns-'))
    try {
      writeFileSync(join(folder, 'tsconfig.json'), '{"include":["*.ts"],"compilerOptions":{"noLib":true,"types":[]}}')
      writeFileSync(join(folder, 'x.ts'), text)
      return patternsIn(folder, (file) => file.endsWith('x.ts'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const rows: readonly [what: string, text: string, source: string][] = [
    ['in an expression', 'export const a = /^(a+)+$/u', '^(a+)+$'],
    ['behind a division', 'export const a = (b: number) => b / 2 + Number(/x/.test("y"))', 'x'],
    ['inside a template', 'export const a = (b: string) => `${b.replace(/[/`]+/g, "")}`', '[/`]+'],
    ['in a condition', 'export const a = (b: string) => { if (b) /z"/.test(b) }', 'z"'],
  ]
  for (const [what, text, source] of rows)
    test(`a literal ${what}`, () => {
      deepEqual(
        planted(text).patterns.map((found) => found.source),
        [source],
      )
    })

  const makers: readonly [what: string, text: string][] = [
    ['new RegExp', 'export const a = (b: string) => new RegExp(b)'],
    ['RegExp without new', 'export const a = (b: string) => RegExp(b)'],
    ['match with a text', 'export const a = (b: string) => b.match("(a+)+$")'],
    ['search with a template', 'export const a = (b: string) => b.search(`${b}+`)'],
  ]
  for (const [what, text] of makers)
    test(`${what} is found`, () => {
      equal(planted(text).made.length, 1)
    })

  const slow: readonly [source: string, why: RegExp][] = [
    ['^[A-Za-z][a-z]+([A-Z_/. -][A-Za-z]+)*$', /exponential/],
    ['[0-9a-f]*:[0-9a-f:.]+', /polynomial/],
    ['=+$', /polynomial/],
    ['a(?=b)*c(?<=d+)', /unknown/],
  ]
  for (const [source, why] of slow)
    test(`${source}: ${why.source}`, async () => {
      match((await whyNotLinear({ source, flags: '' })) ?? 'linear', why)
    })
})
