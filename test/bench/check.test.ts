import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { BOUNDS, type Figures, judge } from '../../bench/bounds.ts'

const figuresAt = (share: number, names = Object.keys(BOUNDS)): Figures =>
  Object.fromEntries(names.map((name) => [name, BOUNDS[name as keyof typeof BOUNDS].atMost * share]))

describe('bench --check', () => {
  test('holds where every figure is within its bound, the bound itself included', () => {
    equal(judge(figuresAt(0.5)).holds, true)
    equal(judge(figuresAt(1)).holds, true)
  })

  for (const name of Object.keys(BOUNDS)) {
    test(`fails where only this one is beyond its bound: ${name}`, () => {
      const { holds, lines } = judge({ ...figuresAt(0.5), ...figuresAt(1.001, [name]) })
      equal(holds, false)
      deepEqual(
        lines.filter((line) => line.startsWith('FAR OFF')).map((line) => line.includes(name)),
        [true],
      )
    })
  }

  test('skips what a machine without the packages cannot measure, and says so', () => {
    const always = Object.keys(BOUNDS).filter((name) => BOUNDS[name as keyof typeof BOUNDS].always)
    const { holds, lines } = judge(figuresAt(0.5, always))
    equal(holds, true)
    equal(lines.filter((line) => line.startsWith('SKIPPED')).length, Object.keys(BOUNDS).length - always.length)
  })

  test('fails where a figure that every machine has was not measured, or is no number', () => {
    const { holds, lines } = judge({})
    equal(holds, false)
    match(lines.join('\n'), /FAR OFF {2}peak RssAnon, MB: not measured/)
    equal(judge({ ...figuresAt(0.5), 'peak RssAnon, MB': Number.NaN }).holds, false)
  })
})
