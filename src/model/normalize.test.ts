import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { slowness, threadMs } from '../../test/support/cpu-time.ts'
import { normalizedIdentity, normalizedToCompare } from './normalize.ts'

const MAX_GROWTH = 2.5
const MAX_MS = 25
/** The thread's clock ticks in milliseconds: so long, or so many runs, is one measurement. */
const ENOUGH_MS = 20
const MAX_RUNS = 10
/** Half and all in turn, so that a busy machine meets both alike; what grows too fast does so in each of them. */
const ROUNDS = 3
/** Less says nothing of how it grows. */
const MEASURABLE_MS = 2
const FORMS = ['NFC', 'NFD', 'NFKC'] as const

/** Of two measurements, what shares the caches adds least to the lesser. */
function meanMs(work: () => unknown): number {
  const once = (): number => {
    let [ms, runs] = [0, 0]
    while (ms < ENOUGH_MS && runs < MAX_RUNS) {
      ms += threadMs(work)
      runs += 1
    }
    return ms / runs
  }
  return Math.min(once(), once())
}

/** Each makes a text of so many characters. */
const SLOW: Readonly<Record<string, (length: number) => string>> = {
  'marks of two classes in two rows': (length) => `a${'\u0301'.repeat(length / 2)}${'\u0334'.repeat(length / 2)}`,
  'marks of two classes in turn': (length) => `a${'\u0301\u0334'.repeat(length / 2)}`,
  'marks that are two': (length) => `a${'\u0344'.repeat(length / 2)}${'\u0334'.repeat(length / 2)}`,
  'marks beyond the first plane': (length) => `a${'\u{1d165}'.repeat(length / 4)}${'\u{1d167}'.repeat(length / 4)}`,
  'sound marks of half width': (length) => `ｶ${'\uff9e'.repeat(length / 2)}${'\u0334'.repeat(length / 2)}`,
  'marks without a letter': (length) => '\u0315\u0334'.repeat(length / 2),
  'rows of thirty marks': (length) => `a${'\u0301'.repeat(15)}${'\u0334'.repeat(15)}`.repeat(length / 31),
  'one character that is a sentence': (length) => '\ufdfa'.repeat(length),
  'sentences and letters': (length) => '\ufdfaa'.repeat(length / 2),
  'characters that are six': (length) => '\u3316'.repeat(length),
  'parts of syllables': (length) => '\u1100\u1161\u11a8'.repeat(length / 3),
}

describe('normal forms: twice the text takes twice as long', () => {
  for (const [name, make] of Object.entries(SLOW))
    test(name, (t) => {
      const [half, whole] = [make(60_000), make(120_000)]
      for (const form of FORMS) {
        const ms = meanMs(() => normalizedToCompare(whole, form))
        t.diagnostic(`${form}: ${ms.toFixed(1)} ms`)
        if (ms >= MAX_MS) ok(ms < MAX_MS * slowness(), `${form}: ${ms} ms`)
        if (ms >= MEASURABLE_MS) {
          const seen: string[] = []
          const isLinear = Array.from({ length: ROUNDS }).some((_, round) => {
            const part = meanMs(() => normalizedToCompare(half, form))
            const all = round === 0 ? ms : meanMs(() => normalizedToCompare(whole, form))
            seen.push(`${part} ms for half, ${all} ms for all`)
            return all <= part * MAX_GROWTH + 1
          })
          ok(isLinear, `${form}: ${seen.join('; ')}`)
        }
        ok(normalizedToCompare(whole, form).length <= whole.length * 6)
      }
      for (const form of ['NFC', 'NFKC'] as const) {
        const ms = meanMs(() => normalizedIdentity(whole, form))
        if (ms >= MAX_MS) ok(ms < MAX_MS * slowness(), `as an identity, ${form}: ${ms} ms`)
      }
    })
})

describe('normal forms: what they are', () => {
  const MARKS = ['\u0301', '\u0334', '\u0315', '\u0344', '\u0e33', '\uff9e', '\u{1d165}', '\u0345']
  const few = fc.string({ unit: fc.constantFrom(...MARKS, 'a', 'é', 'Å', 'ﬁ', '１', '한'), maxLength: 29 })

  test('a text of any language has the forms of Unicode', () => {
    fc.assert(
      fc.property(fc.oneof(few, fc.string({ unit: 'grapheme' })), (text) => {
        for (const form of FORMS) equal(normalizedToCompare(text, form), text.normalize(form))
        equal(normalizedIdentity(text, 'NFC'), text.normalize('NFC'))
      }),
    )
  })

  test('thirty marks are kept, whichever they are, and no half of one', () => {
    for (const mark of ['\u0334', '\u{1d165}']) {
      const text = `x${mark.repeat(30)}`
      equal(normalizedToCompare(text, 'NFC'), text)
      equal(normalizedToCompare(`${text}${mark}y`, 'NFC'), `${text}y`)
    }
  })

  test('two ids with many marks stay two, and one written in two ways stays one', () => {
    for (const length of [31, 200, 600]) {
      const [one, other] = [`a${'\u0334'.repeat(length)}`, `a${'\u0334'.repeat(length + 1)}`]
      notEqual(normalizedIdentity(one, 'NFC'), normalizedIdentity(other, 'NFC'))
    }
    const marks = '\u0334'.repeat(400)
    equal(normalizedIdentity(`e${marks}\u0301`, 'NFC'), normalizedIdentity(`e\u0301${marks}`, 'NFC'))
  })
})

test('nothing else in the sources makes normal forms', () => {
  const root = join(import.meta.dirname, '../..')
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts'))
  ok(files.length > 500, `only ${files.length} files`)
  deepEqual(
    files.filter((file) => /\.\s*normalize\b|\[\s*['"`]normalize/.test(readFileSync(join(root, file), 'utf8'))),
    [join('src', 'model', 'normalize.ts')],
  )
})
