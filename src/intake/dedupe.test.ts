import { deepEqual, equal, throws } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createDedupeWindow } from './dedupe.ts'

const key = (name: number | string): Uint8Array => createHash('md5').update(String(name)).digest()
/** Keys that all want the same slot of the table. */
const crowded = (n: number): Uint8Array => {
  const bytes = new Uint8Array(16)
  bytes[15] = n
  return bytes
}

describe('the de-duplication window', () => {
  test('knows what was added and nothing else', () => {
    const window = createDedupeWindow(10, 1_000)
    window.add(key('a'), 0)
    deepEqual([window.has(key('a')), window.has(key('b'))], [true, false])
  })

  test('forgets the oldest beyond its number of keys', () => {
    const window = createDedupeWindow(2, 1_000_000)
    for (const name of ['a', 'b', 'c']) window.add(key(name), 0)
    window.trim(0)
    deepEqual([window.size(), window.has(key('a')), window.has(key('b')), window.has(key('c'))], [2, false, true, true])
  })

  test('forgets what is older than its age, to the second', () => {
    const window = createDedupeWindow(10, 10_000)
    window.add(key('a'), 5_000)
    window.trim(15_000)
    equal(window.has(key('a')), true)
    window.trim(16_000)
    equal(window.has(key('a')), false)
  })

  test('takes back the last additions, as when a disk refuses them', () => {
    const window = createDedupeWindow(10, 1_000)
    for (const name of ['a', 'b', 'c']) window.add(key(name), 0)
    window.undo(2)
    deepEqual([window.has(key('a')), window.has(key('b')), window.has(key('c'))], [true, false, false])
    window.add(key('b'), 0)
    equal(window.has(key('b')), true)
  })

  test('refuses a key of another length', () => {
    throws(() => createDedupeWindow(1, 1).has(new Uint8Array(8)), /16 bytes/)
  })

  test('holds 20,000 keys through growth and finds each', () => {
    const window = createDedupeWindow(100_000, 1_000)
    for (let n = 0; n < 20_000; n++) window.add(key(n), 0)
    let found = 0
    for (let n = 0; n < 20_000; n++) if (window.has(key(n))) found += 1
    deepEqual([found, window.has(key(20_000))], [20_000, false])
  })

  test('agrees with a plain list under any order of additions, undos and trims', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), n: fc.integer({ min: 0, max: 40 }) }),
      fc.record({ kind: fc.constant('undo' as const), n: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ kind: fc.constant('trim' as const), n: fc.integer({ min: 0, max: 20 }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const window = createDedupeWindow(8, 10_000)
        let list: { n: number; at: number }[] = []
        let now = 0
        for (const { kind, n } of steps) {
          if (kind === 'add' && !list.some((one) => one.n === n)) {
            window.add(crowded(n), now)
            list.push({ n, at: now })
          } else if (kind === 'undo') {
            window.undo(n)
            list = list.slice(0, Math.max(0, list.length - n))
          } else if (kind === 'trim') {
            now += n * 1_000
            window.trim(now)
            list = list.filter(({ at }) => at >= now - 10_000).slice(-8)
          }
          for (let probe = 0; probe <= 40; probe++) {
            equal(
              window.has(crowded(probe)),
              list.some((one) => one.n === probe),
            )
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
