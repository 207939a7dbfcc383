/** `proposals/{proposal}/files`: a proposal's changed files, as a draft to simulate and compare. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { NUMBER } from '../changes.ts'
import { type Route, route } from '../route.ts'

export const PROPOSAL_FILE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/proposals/{proposal}/files',
    id: 'exportProposal',
    summary: 'Returns the changed files of a proposal in full: a draft for `simulate`, `replay` and `diff`.',
    roles: ['editor', 'approver'],
    params: z.strictObject({ proposal: NUMBER }),
    answers: {
      200: {
        says: 'Texts by path. May include write keys.',
        shape: z.strictObject({
          base: z.int(),
          files: z.record(z.string(), z.string()),
          remove: z.array(z.string()).describe('Partners whose contracts would be removed.'),
        }),
      },
    },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'one that never was', params: { proposal: '999999' }, status: 404 }],
    handler:
      ({ publishing, revisions, revisionTexts }) =>
      async ({ params }) => {
        const proposal = publishing.publisher.proposal(params.proposal)
        if (proposal?.texts === undefined) throw new GatewayError('ERR_NOT_FOUND')
        const { base, texts, plans } = proposal
        const before = (await revisionTexts(base)) ?? {}
        const files = Object.entries(texts).filter(([path, text]) => before[path] !== text)
        const stays = new Set(plans.contracts.map(({ id }) => id as string))
        const remove = (revisions.at(base)?.contracts ?? [])
          .map(({ id }) => id as string)
          .filter((id) => !stays.has(id))
        return { body: { base: base as number, files: Object.fromEntries(files), remove } }
      },
  }),
]
