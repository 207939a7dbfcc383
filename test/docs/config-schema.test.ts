/** The schemas in config/schema/ are the ones the code makes. `UPDATE=1 node --test <this file>` writes them anew. */
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { jsonSchemas } from '../../src/contracts/json-schema.ts'

const folder = new URL('../../config/schema/', import.meta.url)

describe('config/schema', () => {
  for (const [name, schema] of Object.entries(jsonSchemas())) {
    test(`${name} is current`, async () => {
      if (process.env.UPDATE === '1') {
        await mkdir(folder, { recursive: true })
        await writeFile(new URL(name, folder), `${JSON.stringify(schema, undefined, 2)}\n`)
      }
      const written: unknown = JSON.parse(await readFile(new URL(name, folder), 'utf8'))
      assert.deepEqual(written, JSON.parse(JSON.stringify(schema)))
    })
  }

  test('they refuse an unknown key and know the treatments of a class', () => {
    // Sound: the shape that the assertions then look at.
    const partner = jsonSchemas()['partner.json'] as {
      additionalProperties: unknown
      properties: { share: { properties: { os: unknown; ip: { anyOf: unknown[] } } } }
    }
    assert.equal(partner.additionalProperties, false)
    assert.deepEqual(partner.properties.share.properties.os, { type: 'string', enum: ['pass', 'reduced', 'drop'] })
    assert.equal(partner.properties.share.properties.ip.anyOf.length, 2)
  })
})
