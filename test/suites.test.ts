/** `npm test` runs suites, not files: a test file that is in none of them would never run. */
import { deepEqual } from 'node:assert/strict'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesOf } from './suites/load.ts'
import { SUITES } from './suites/suites.ts'

const ROOT = join(import.meta.dirname, '..')

test('every test file is in exactly one suite', () => {
  const all = globSync(['src/**/*.test.ts', 'test/**/*.test.ts'], { cwd: ROOT }).toSorted()
  deepEqual(Object.keys(SUITES).flatMap(filesOf).toSorted(), all)
})

test('every suite has an entry, and every entry a suite', () => {
  const entries = globSync('*.suite.ts', { cwd: join(ROOT, 'test', 'suites') })
  deepEqual(entries.map((name) => name.replace('.suite.ts', '')).toSorted(), Object.keys(SUITES).toSorted())
})
