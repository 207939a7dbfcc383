/** The JSON form of cases. Lists have no text and no handle; a single case has both, for authorised roles. */
import { z } from 'zod'
import { PURPOSES } from '../../model/contract.ts'
import {
  ASKERS,
  CASE_KINDS,
  type Case,
  ENDINGS,
  EVIDENCE,
  isOverdue,
  REFUSALS,
  STEPS,
  WAYS,
} from '../../subjects/desk/case.ts'
import { dayOf } from '../../subjects/desk/clocks.ts'
import type { ControlDeps } from '../deps.ts'
import { NAMES, namesOf } from '../names.ts'

const DAY_MS = 86_400_000
const MAX_TEXT = 2_000

/** Stored sealed with the case, never in the ledger, and removed by an erasure. */
export const TEXT = z
  .string()
  .max(MAX_TEXT)
  .regex(/^[^\p{Cc}]*(?:\n[^\p{Cc}]*)*$/u, 'text, in lines')
  .describe('Stored sealed with the case, never in the ledger; an erasure of the subject destroys it.')

export const RECEIPT = z
  .strictObject({
    id: z.string(),
    promise: z.string(),
    leaf: z.string(),
    identities: z.array(z.array(z.string())).describe('`[kind, value]` each; empty if staff acts for the subject.'),
    salt: z.string(),
  })
  .describe('Proves the change to the subject: pass it on. Verification: docs/receipts.md.')

const STEP = z.strictObject({
  what: z.enum(STEPS),
  at: z.iso.date(),
  by: z.string().describe('An actor of the audit trail, or `person`, `system` or `gateway`.'),
  evidence: z.enum(EVIDENCE).optional().describe('How the requester was verified.'),
  refusal: z.enum(REFUSALS).optional(),
  text: z.string().optional().describe('Only in the answer for a single case, until its subject is erased.'),
})

export const CASE = z.strictObject({
  case: z.string(),
  kind: z.enum(CASE_KINDS),
  by: z.enum(ASKERS).describe('The subject, or an agent or guardian, who must show a mandate.'),
  through: z.enum(WAYS),
  state: z.enum(['open', 'closed']),
  law: z.string().describe('Regime whose deadline applies; `strictest` if none is known.'),
  source: z.string().describe('Law and section of the deadline.'),
  received: z.iso.date(),
  due: z.iso.date().describe('An answer on this day is in time.'),
  days_left: z.int().describe('Negative: days overdue.'),
  overdue: z.boolean(),
  extendable_to: z.iso.date().optional().describe('Latest day of the one possible extension.'),
  extended: z.boolean(),
  confirm_by: z.iso.date().optional().describe('Day by which the law requires a confirmation of receipt.'),
  confirmed: z.boolean(),
  purposes: z.array(z.enum(PURPOSES)).optional().describe('Purposes of an objection.'),
  asked_by: z.string().optional().describe('Who requested the run: another person must repeat it.'),
  ended: z.strictObject({ how: z.enum(ENDINGS), at: z.iso.date(), refusal: z.enum(REFUSALS).optional() }).optional(),
  openable: z.boolean().describe('False after the subject’s erasure: the rest names nobody.'),
  steps: z.array(STEP),
  names: NAMES,
})

export const WHOLE_CASE = CASE.extend({
  handle: z.string().optional().describe('For `subjects/{handle}/…`; valid for an hour.'),
  system: z
    .strictObject({ name: z.string(), reference: z.string() })
    .optional()
    .describe('The system of origin, and its id there.'),
  contact: z.string().describe('Contact named in a refusal.'),
  recipients: z
    .array(
      z.strictObject({
        partner: z.string(),
        name: z.string(),
        contact: z.string(),
        disclosures: z.int().min(0).describe('0 if no longer known.'),
        last: z.iso.date().optional(),
      }),
    )
    .describe('Recipients of the subject’s data.'),
})

export type CaseBody = z.output<typeof CASE>

/** The form in lists. */
export function caseBody(one: Case, { actors, now }: Pick<ControlDeps, 'actors' | 'now'>): z.input<typeof CASE> {
  const { id, kind, by, through, law, source, received, due, extendable, extended, confirmBy, confirmed } = one
  const { purposes, asked, ended, steps, inner } = one
  const today = dayOf(now())
  const actorIds = [...steps.map((step) => step.by), ...(asked === undefined ? [] : [asked.by])]
  return {
    case: id,
    kind,
    by,
    through,
    state: ended === undefined ? 'open' : 'closed',
    law,
    source,
    received: day(received),
    due: day(due),
    days_left: Math.round((due - today) / DAY_MS),
    overdue: isOverdue(one, today),
    ...(extendable === undefined || extended ? {} : { extendable_to: day(extendable) }),
    extended,
    ...(confirmBy === undefined ? {} : { confirm_by: day(confirmBy) }),
    confirmed,
    ...(purposes === undefined ? {} : { purposes: [...purposes] }),
    ...(asked === undefined ? {} : { asked_by: asked.by }),
    ...(ended === undefined
      ? {}
      : {
          ended: {
            how: ended.how,
            at: day(ended.at),
            ...(ended.refusal === undefined ? {} : { refusal: ended.refusal }),
          },
        }),
    openable: inner !== undefined,
    steps: steps.map(({ what, at, by: actor, evidence, refusal }) => ({
      what,
      at: day(at),
      by: actor,
      ...(evidence === undefined ? {} : { evidence }),
      ...(refusal === undefined ? {} : { refusal }),
    })),
    names: namesOf(actors, actorIds),
  }
}

export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}
