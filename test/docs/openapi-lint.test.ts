/** The description of the ops API is sound OpenAPI 3.1, by the linter that others check theirs with. */
import { deepEqual } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'

const FILE = new URL('../../docs/openapi.json', import.meta.url)

test('docs/openapi.json passes the linter’s recommended rules, strictly', async () => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      'operation-4xx-response': 'error',
      'operation-operationId-unique': 'error',
      'no-invalid-media-type-examples': 'error',
      'no-invalid-parameter-examples': 'error',
      'no-invalid-schema-examples': 'error',
      'no-schema-type-mismatch': 'error',
      'path-parameters-defined': 'error',
      'security-defined': 'error',
      'tag-description': 'error',
    },
  })
  const found = await lintFromString({ source: await readFile(FILE, 'utf8'), absoluteRef: FILE.pathname, config })
  deepEqual(
    found.map(({ ruleId, message, location }) => `${location[0]?.pointer}: ${message} (${ruleId})`),
    [],
  )
})
