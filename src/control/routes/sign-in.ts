/** `sign-in-codes`: a link that opens the console for the caller, without the token in it. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

export const SIGN_IN_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/sign-in-codes',
    id: 'createSignInCode',
    summary: 'Creates a single-use code that signs the caller in to the console within 60 seconds.',
    notes:
      'The link is the control plane’s address and `/#code=…`: browsers never send fragments. Requires a token, not a session.',
    roles: ALL_STAFF,
    effect: 'acts',
    secret: true,
    answers: {
      201: { says: 'The code.', shape: z.strictObject({ code: z.string(), until: z.iso.datetime() }) },
    },
    errors: ['ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'a sign-in link', status: 201 }],
    handler:
      ({ sessions }) =>
      ({ actor }) => {
        const issued = sessions.issueCode(actor)
        if (issued === undefined) throw new GatewayError('ERR_TOKEN_MISSING')
        return { status: 201, body: { code: issued.code, until: new Date(issued.until).toISOString() } }
      },
  }),
]
