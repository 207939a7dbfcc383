/** Runs every case of every type: view, flags and connection → the exact request, derived by hand from the types' pages. */
import { deepEqual, ok } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Json } from '../model/brand.ts'
import { FREE, type PrivacyFlags } from '../model/decision.ts'
import type { View } from '../model/values.ts'
import type { Connection, PartnerRequest } from './kit/type.ts'
import { PARTNER_TYPES } from './registry.ts'

/** `expected.json` stands for a body: this JSON, compact, its members in this order. */
interface Case {
  readonly title: string
  readonly connection: Connection
  readonly items: readonly { readonly view: View; readonly flags: readonly (keyof PrivacyFlags)[] }[]
  readonly expected:
    | { readonly impossible: string }
    | (Omit<PartnerRequest, 'body'> & { readonly body?: string; readonly json?: Json })
}

for (const type of PARTNER_TYPES) {
  for (const kind of ['exemplary', 'supplemental']) {
    const folder = join(import.meta.dirname, type.type, 'cases', kind)
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
    describe(`${type.type}: ${kind} cases`, () => {
      test('there are some', () => ok(files.length >= 3))
      for (const file of files) {
        const one = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case
        test(`${file.replace('.json', '')}: ${one.title}`, () => run(one))
      }
    })
  }

  function run({ connection, items, expected }: Case): void {
    // As the contracts do it: checked, then kept as plain data.
    const checked = JSON.parse(JSON.stringify(type.connection.parse(connection))) as Connection
    const encoder = type.encoder(checked)
    const encoded = items.map(({ view, flags }) =>
      encoder.item(view, { ...FREE, ...Object.fromEntries(flags.map((flag) => [flag, true])) }),
    )
    if ('impossible' in expected) {
      deepEqual(encoded, [{ kind: 'impossible', needs: expected.impossible }])
      return
    }
    const { json, ...request } = expected
    const texts = encoded.map((item) => (item.kind === 'item' ? item.bytes : item.needs))
    deepEqual(encoder.envelope(texts), json === undefined ? request : { ...request, body: JSON.stringify(json) })
  }
}
