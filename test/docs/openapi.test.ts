/**
 * The description of the ops API: docs/openapi.json is the one the code makes, and it is sound.
 * `UPDATE=1 node --test <this file>` writes it anew.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { openApiOf } from '../../src/control/openapi.ts'
import { ROUTES } from '../../src/control/routes/table.ts'

const FILE = new URL('../../docs/openapi.json', import.meta.url)
const made: unknown = JSON.parse(JSON.stringify(openApiOf(ROUTES)))

describe('docs/openapi.json', () => {
  test('is current', async () => {
    if (process.env.UPDATE === '1') await writeFile(FILE, `${JSON.stringify(made, undefined, 2)}\n`)
    deepEqual(JSON.parse(await readFile(FILE, 'utf8')), made)
  })
})

describe('the table of routes', () => {
  test('names every method and path once, and every id once', () => {
    const names = ROUTES.map(({ method, path }) => `${method} ${path}`)
    equal(new Set(names).size, names.length)
    equal(new Set(ROUTES.map(({ id }) => id)).size, ROUTES.length)
  })

  for (const { method, path, id, summary, params, roles, examples, answers, effect } of ROUTES) {
    test(`${method} ${path} says who may call it, names its parameters and shows itself`, () => {
      match(id, /^[a-z][A-Za-z]+$/)
      match(summary, /^[A-Z].*\.$/)
      ok(roles.length > 0)
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const example: Record<string, string> = Object.fromEntries(named.map((name) => [name, 'x']))
      equal(params === undefined, named.length === 0)
      if (params !== undefined) equal(params.safeParse({ ...example, other: 'x' }).success, false)
      ok(examples.length > 0, 'has an example')
      ok(Object.keys(answers).length > 0)
      if (method === 'GET') ok(effect === 'reads' || effect === 'inspects')
    })
  }
})
