/** Schema of `config/partners/<id>.cases.yaml`: the contract's tests, given as events and their expected results. */
import { z } from 'zod'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { REASONS, type Reason } from '../../model/reason.ts'
import { PERSONAS } from '../../simulate/personas.ts'
import { NO_STATE, STATE } from '../../simulate/state.ts'
import { ID, LINE } from '../options/words.ts'

// Sound: the keys of REASONS are the reasons; there is at least one.
const REASON = z.enum(Object.keys(REASONS) as [Reason, ...Reason[]])
const PERSONA = z.enum(PERSONAS.map(({ id }) => id) as [string, ...string[]])

/** A treatment as in a contract. */
const TREATMENT = z.union([z.string(), z.tuple([z.int().min(0).max(32), z.int().min(0).max(128)])])

const REQUEST = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH']).optional(),
  /** Starts at `/` if the host does not matter. */
  url: z.string().regex(/^(\/|https?:\/\/)/, 'an address, or the part of it from / on'),
  /** If given, must be complete. */
  headers: z.record(z.string(), z.string()).optional(),
  /** A map or list is compared as data, a text literally; if absent, the body must be empty. */
  body: z.unknown().optional(),
})

export const CASE = z
  .strictObject({
    name: LINE,
    app: ID.optional(),
    event: z.record(z.string(), z.unknown()).optional(),
    persona: PERSONA.optional(),
    event_name: LINE.optional(),
    headers: z.strictObject({ 'sec-gpc': z.string().optional(), dnt: z.string().optional() }).default({}),
    client_ip: z.string().optional(),
    at: z.iso.datetime({ error: 'a time, as 2026-01-31T12:00:00Z' }).optional(),
    state: STATE.default(NO_STATE),
    expect: z
      .strictObject({
        withheld: REASON.optional(),
        request: REQUEST.optional(),
        /** Everything that leaves, by class: other classes, and those set to `drop`, must not. */
        fields: z.partialRecord(z.enum(FIELD_CLASSES as [string, ...string[]]), TREATMENT).optional(),
      })
      .superRefine(({ withheld, request, fields }, context) => {
        const named = [withheld, request, fields].filter((one) => one !== undefined).length
        if (named === 0) context.addIssue({ code: 'custom', message: 'nothing: name withheld, request or fields' })
        if (withheld !== undefined && named > 1)
          context.addIssue({ code: 'custom', message: 'withheld and something that leaves: one of them' })
      }),
  })
  .superRefine(({ event, persona }, context) => {
    if ((event === undefined) === (persona === undefined))
      context.addIssue({ code: 'custom', message: 'a case without its event: name event or persona, one of them' })
  })
export type Case = z.output<typeof CASE>

export const CASES_OPTIONS = z.strictObject({ cases: z.array(CASE).min(1) })
