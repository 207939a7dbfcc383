/** docs/errors.md and the codes in the source are the same list, both ways. */
import { deepEqual } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ERROR_CODES, REJECTION_CODES } from '../../src/model/errors.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'errors.md'), 'utf8')
const rows = page.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim())
  const code = /^`(\w+)`$/.exec(cells[1] ?? '')?.[1]
  return code === undefined ? [] : [[code, ...cells.slice(2, -1)]]
})

describe('docs/errors.md', () => {
  test('names every code of a whole answer with its HTTP status, retry and meaning, and no other', () => {
    const documented = rows.filter(([code]) => code?.startsWith('ERR_'))
    const known = Object.entries(ERROR_CODES).map(([code, { status, retry, says }]) => [
      code,
      String(status),
      retry ? 'yes, after `Retry-After`' : 'no',
      says,
    ])
    deepEqual(documented, known)
  })

  test('names every code of a single event, and no other', () => {
    deepEqual(
      rows.filter(([code]) => code?.startsWith('EVENT_')),
      Object.entries(REJECTION_CODES),
    )
  })
})
