/** docs/relay.md says what the field maps say. `UPDATE=1 node --test <this file>` writes that part anew. */
import { equal } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { BEGIN, END, madePart } from '../support/relay-page.ts'

const FILE = new URL('../../docs/relay.md', import.meta.url)

describe('docs/relay.md', () => {
  test('lists every route and place of every type, and no other', () => {
    const page = readFileSync(FILE, 'utf8')
    const [before = ''] = page.split(BEGIN)
    const whole = `${before}${BEGIN}\n\n${madePart()}\n${END}\n`
    if (process.env.UPDATE === '1') writeFileSync(FILE, whole)
    equal(readFileSync(FILE, 'utf8'), whole)
  })
})
