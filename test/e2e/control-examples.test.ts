/** Every example of the ops API's description, in its order, against a gateway that serves the shipped configuration. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { request } from 'undici'
import type { Example, Route } from '../../src/control/route.ts'
import { ROUTES } from '../../src/control/routes/table.ts'
import { type ShippedGateway, startShipped } from '../support/shipped.ts'

let shipped: ShippedGateway
let token = ''
/** What examples keep for those after them; a renewed `token` is used from then on. */
const kept = new Map<string, string>()

before(async () => {
  shipped = await startShipped()
  token = (await readFile(join(shipped.data, 'keys', 'staff.token'), 'utf8')).trim()
})
after(() => shipped.stop())

const placed = (value: string): string => value.replace(/^\$(\w+)$/, (_, name: string) => kept.get(name) ?? 'not kept')

async function run(route: Route, example: Example) {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(placed(example.params?.[name] ?? '')),
  )
  const query = new URLSearchParams(
    Object.fromEntries(Object.entries(example.query ?? {}).map(([name, value]) => [name, placed(value)])),
  ).toString()
  const headers = Object.entries(example.headers ?? {}).map(([name, value]) => [name, placed(value)])
  const json = route.body === undefined ? {} : { 'content-type': 'application/json' }
  const body =
    route.stream === undefined
      ? JSON.stringify(example.body, (_, value: unknown) => (typeof value === 'string' ? placed(value) : value))
      : String(example.body)
  const answered = await request(`${shipped.gateway.controlUrl}${path}${query === '' ? '' : `?${query}`}`, {
    method: route.method,
    headers: { authorization: `Bearer ${kept.get('token') ?? token}`, ...json, ...Object.fromEntries(headers) },
    ...(example.body === undefined ? {} : { body }),
  })
  return { status: answered.statusCode, headers: answered.headers, text: await answered.body.text() }
}

function keep(example: Example, headers: Readonly<Record<string, unknown>>, body: unknown): void {
  for (const [name, place] of Object.entries(example.keeps ?? {})) {
    const value =
      place === 'etag'
        ? headers.etag
        : place.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], body)
    ok(typeof value === 'string' || typeof value === 'number', `${place} is in the answer`)
    kept.set(name, String(value))
  }
}

describe('examples of the ops API', () => {
  for (const route of ROUTES) {
    for (const example of route.examples) {
      test(`${route.method} ${route.path}: ${example.title}`, async () => {
        const { status, headers, text } = await run(route, example)
        equal(status, example.status ?? 200, text)
        if (status >= 400 && route.answers[status] === undefined) {
          match(String(headers['content-type']), /^application\/problem\+json/)
          ok(route.errors.includes(JSON.parse(text).code), text)
          return
        }
        const facts = route.answers[status]
        ok(facts !== undefined, `${status} is described`)
        if (facts.types !== undefined)
          return ok(facts.types.some((type) => String(headers['content-type']).startsWith(type)))
        const body: unknown = JSON.parse(text)
        const checked = facts.shape?.safeParse(body)
        deepEqual(checked?.success === false ? checked.error.issues : [], [])
        keep(example, headers, body)
      })
    }
  }

  test('the description is served, to anyone on this machine, and is the one in docs', async () => {
    const { body, statusCode } = await request(`${shipped.gateway.controlUrl}/openapi.json`)
    equal(statusCode, 200)
    const docs = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'openapi.json'), 'utf8')
    deepEqual(await body.json(), JSON.parse(docs))
  })
})
