/** `schemas`: JSON Schemas of the configuration files, for editors. */
import { z } from 'zod'
import { jsonSchemas } from '../../contracts/json-schema.ts'
import { GatewayError } from '../../model/errors.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const FILES = ['partner', 'cases', 'policy', 'apps', 'gateway'] as const

export const SCHEMA_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/schemas/{file}',
    id: 'readSchema',
    summary: 'Returns the JSON Schema of a kind of configuration file, as in `config/schema/`.',
    roles: ALL_STAFF,
    params: z.strictObject({ file: z.enum(FILES) }),
    answers: { 200: { says: 'The schema.', shape: z.looseObject({ title: z.string() }) } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'of a contract', params: { file: 'partner' } }],
    handler: () => {
      // Made when they are asked for: a start need not wait for them.
      let schemas: ReturnType<typeof jsonSchemas> | undefined
      return ({ params }) => {
        schemas ??= jsonSchemas()
        const schema = schemas[`${params.file}.json`]
        if (schema === undefined) throw new GatewayError('ERR_NOT_FOUND')
        // Sound: every schema has its title.
        return { body: schema as { readonly title: string } }
      }
    },
  }),
]
