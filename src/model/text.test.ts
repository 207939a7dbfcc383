import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { withoutTail } from './text.ts'

const rows: readonly [text: string, tail: string, without: string][] = [
  ['aGk==', '=', 'aGk'],
  ['==a', '=', '==a'],
  ['==', '=', ''],
  ['', '=', ''],
  ['items[][]', '[]', 'items'],
  ['items[]]', '[]', 'items[]]'],
  ['https://a.example//', '/', 'https://a.example'],
]
for (const [text, tail, without] of rows)
  test(`${JSON.stringify(text)} without its tail of ${tail}: ${JSON.stringify(without)}`, () => {
    equal(withoutTail(text, tail), without)
  })
