/** The table of docs/erasure-and-retention.md: each row names a test that is there and is not skipped. */
import { deepEqual, ok } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { faultOfNamedTest, ROOT } from '../support/policy-map.ts'

test('each row of what erasure, retention, holds and the fraud exception do to each other names its test', () => {
  const page = readFileSync(join(ROOT, 'docs', 'erasure-and-retention.md'), 'utf8')
  const section = page.split('\n## What erasure, retention, holds')[1]?.split('\n## ')[0] ?? ''
  const rows = section
    .split('\n')
    .filter((line) => /^\| (?!-)/.test(line))
    .slice(1)
  ok(rows.length >= 14, `only ${rows.length} rows read`)
  const faults = rows.flatMap((row) => {
    const [, file, name] = /`([^`]+) › ([^`]+)`/u.exec(row) ?? []
    if (file === undefined || name === undefined) return [`no test: ${row}`]
    const path = join(ROOT, file)
    return faultOfNamedTest({ file, name }, existsSync(path) ? readFileSync(path, 'utf8') : undefined) ?? []
  })
  deepEqual(faults, [])
})
