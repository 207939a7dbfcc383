/** docs/signals.md has one row for each signal, and names every place that is read. */
import { deepEqual, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { SIGNAL_NAMES } from '../../src/model/signal.ts'

const page = await readFile(new URL('../../docs/signals.md', import.meta.url), 'utf8')
const source = await readFile(new URL('../../src/signals/read.ts', import.meta.url), 'utf8')

test('one row a signal, with all five cells', () => {
  const rows = [...page.matchAll(/^\| `([a-z_]+)` \|(.*)\|$/gm)]
  const named = rows.map(([, name]) => name!)
  deepEqual(
    SIGNAL_NAMES.filter((name) => !named.includes(name)),
    [],
  )
  for (const [, name, cells] of rows)
    ok(
      cells!.split('|').every((cell) => cell.trim() !== ''),
      name,
    )
})

test('the in-app keys that are read are named', () => {
  const keys = new Set(source.match(/IAB(?:TCF|USPrivacy|GPP)_[A-Za-z]+/g))
  deepEqual(
    [...keys].filter((key) => !page.includes(key)),
    [],
  )
})
