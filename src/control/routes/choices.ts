/** `choices/import`: existing opt-outs, as JSON lines or CSV. */
import { z } from 'zod'
import { importChoices } from '../import.ts'
import { type Route, route } from '../route.ts'

const IMPORTED = z.strictObject({
  stored: z.int().min(0),
  refused: z.int().min(0),
  problems: z.array(z.strictObject({ line: z.int().min(1), problem: z.string() })).describe('The first 100.'),
})
export type Imported = z.output<typeof IMPORTED>

export const CHOICE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/choices/import',
    id: 'importChoices',
    summary: 'Imports opt-outs from a file; every accepted row is in force when the call returns.',
    notes:
      'One JSON object a line, or separated values (commas, semicolons or tabs) with a header line: kind, value and any of ' +
      'denies, at, said_by, namespace. Rows only narrow. A row whose value cannot identify anyone is refused: docs/identities.md.',
    roles: ['privacy_officer'],
    effect: 'acts',
    stream: ['application/x-ndjson', 'application/jsonl', 'application/json', 'text/csv'],
    answers: {
      200: { says: 'Every row is stored.', shape: IMPORTED },
      422: { says: 'Some rows were refused; the others are stored.', shape: IMPORTED },
    },
    errors: ['ERR_CHOICES_UNAVAILABLE'],
    examples: [
      {
        title: 'two opt-outs',
        headers: { 'content-type': 'text/csv' },
        body: 'kind,value\nuser,u-17\nuser,u-18\n',
      },
    ],
    handler:
      (deps) =>
      async ({ contentType, pieces }) => {
        const body = await importChoices(deps, pieces, contentType === 'text/csv' ? 'csv' : 'jsonl')
        return { status: body.refused === 0 ? 200 : 422, body }
      },
  }),
]
