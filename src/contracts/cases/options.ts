/** The shape of `config/partners/<id>.cases.yaml`: what a contract must make of events, as its tests. */
import { z } from 'zod'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { REASONS, type Reason } from '../../model/reason.ts'
import { PERSONAS } from '../../simulate/personas.ts'
import { NO_STATE, STATE } from '../../simulate/state.ts'
import { ID, LINE } from '../options/words.ts'

// Sound: the keys of the reasons are the reasons, and there is a persona.
const REASON = z.enum(Object.keys(REASONS) as [Reason, ...Reason[]])
const PERSONA = z.enum(PERSONAS.map(({ id }) => id) as [string, ...string[]])

/** As treatments are written in a contract. */
const TREATMENT = z.union([z.string(), z.tuple([z.int().min(0).max(32), z.int().min(0).max(128)])])

const REQUEST = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH']).optional(),
  /** From `/` on, where the host does not matter. */
  url: z.string().regex(/^(\/|https?:\/\/)/, 'an address, or the part of it from / on'),
  /** All of them, where they are named at all. */
  headers: z.record(z.string(), z.string()).optional(),
  /** A map or list is compared as data, a text letter by letter; without it the body must be empty. */
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
        /** All that leaves, by class: what is not named, or is `drop`, must not. */
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
