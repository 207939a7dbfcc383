import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { JsonScan, type Member, NotJson } from './json-scan.ts'

const whole = (text: string) => new JsonScan(text).whole()

function membersOf(text: string, listed?: string): ReadonlyMap<string, Member> {
  const steps = new JsonScan(text).members(listed)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** True where the platform's own parser takes it. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isScanned(text: string): boolean {
  try {
    whole(text)
    return true
  } catch (error) {
    ok(error instanceof NotJson)
    return false
  }
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
function valuesOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  return Object.values(value).reduce((sum: number, one) => sum + valuesOf(one), 1)
}

describe('looking through JSON text', () => {
  test('size, depth and number of values are those of what the platform makes of the text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const compact = JSON.stringify(value)
        const text = JSON.stringify(value, null, indent)
        const span = whole(` ${text}\n`)
        strictEqual(span.bytes, Buffer.byteLength(compact))
        strictEqual(span.depth, depthOf(value))
        strictEqual(span.values, valuesOf(value))
        strictEqual(text, ` ${text}\n`.slice(span.start, span.end))
      }),
    )
  })

  test('it takes what the platform takes and refuses what the platform refuses: any text, and JSON with one change', () => {
    const letters = '{}[]",:\\u0123456789abcdefntr.+-eE \t\n/\u0001é'
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom(...letters), fc.constantFrom('insert', 'replace', 'cut'))
      .map(([text, place, letter, how]) => {
        const at = place % (text.length + 1)
        if (how === 'cut') return text.slice(0, at)
        return text.slice(0, at) + letter + text.slice(at + (how === 'replace' ? 1 : 0))
      })
    const any = fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 })
    fc.assert(
      fc.property(fc.oneof(damaged, any), (text) => isScanned(text) === isJson(text)),
      { numRuns: 3_000 },
    )
  })

  test('members are told apart by their names, the last of each counts, and a list is taken apart where it was asked for', () => {
    const text = '{ "a" : [1, {"b": 2}] , "b\\u0061tch":[ {"x":1} ,"y", [] ],"a":null, "o": {"batch": [1]} }'
    const found = membersOf(text, 'batch')
    deepStrictEqual([...found.keys()].sort(), ['a', 'batch', 'o'])
    const textOf = ({ start, end }: { start: number; end: number }) => text.slice(start, end)
    strictEqual(textOf(found.get('a')!.value), 'null')
    deepStrictEqual(found.get('batch')?.items?.map(textOf), ['{"x":1}', '"y"', '[]'])
    strictEqual(found.get('o')?.items, undefined)
    deepStrictEqual([...membersOf('{}', 'batch')], [])
    deepStrictEqual(membersOf('\ufeff{"batch":[]}', 'batch').get('batch')?.items, [])
    for (const bad of ['', '[]', '{"batch":[1,]}', '{"batch":[1]', '{"a":1}}', '{"a" 1}', '{a:1}', '{"a":1,}', 'null'])
      throws(() => membersOf(bad, 'batch'), NotJson, bad)
  })

  test('neither depth nor length is anybody’s stack', () => {
    const depth = 1_000_000
    strictEqual(whole('['.repeat(depth) + ']'.repeat(depth)).depth, depth)
    strictEqual(whole(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`).depth, depth)
    strictEqual(whole(`"${'a'.repeat(depth)}"`).bytes, depth + 2)
    throws(() => whole('['.repeat(depth)), NotJson)
  })
})
