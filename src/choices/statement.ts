/** The JSON form of choices in `GET|PUT /v1/me/choices` and `subjects/{handle}/choices`. */
import { z } from 'zod'
import type { ChoiceStatement, StandingChoice } from '../model/choice.ts'
import { PURPOSES, type Purpose } from '../model/contract.ts'
import {
  ADVERTISING_DIMENSIONS,
  DIMENSIONS,
  type Dimension,
  type DimensionBits,
  FIRST_PURPOSE,
} from '../model/signal.ts'

const DIMENSION_NAMES = Object.keys(DIMENSIONS) as readonly Dimension[]
const says = z.enum(['deny', 'allow'])

/**
 * Either `opt_out`: true denies sale, sharing and targeted advertising, false withdraws all earlier choices; or single
 * dimensions, where unnamed ones stay unchanged. `child: true` may be given alone or with either.
 */
export const CHOICE_BODY = z
  .strictObject({
    opt_out: z.boolean(),
    sale: says,
    sharing: says,
    targeted_advertising: says,
    precise_location: says,
    child: z.literal(true),
  })
  .partial()
  .superRefine((body, context) => {
    const named = DIMENSION_NAMES.filter((name) => body[name] !== undefined)
    if (body.opt_out !== undefined && named.length > 0) {
      context.addIssue({ code: 'custom', path: ['opt_out'], message: 'stands alone or not at all' })
    }
    if (body.opt_out === undefined && named.length === 0 && body.child === undefined) {
      context.addIssue({ code: 'custom', message: `opt_out, child or one of ${DIMENSION_NAMES.join(', ')} is needed` })
    }
    if (body.opt_out === false && body.child === true) {
      context.addIssue({ code: 'custom', path: ['child'], message: 'cannot be said while everything is taken back' })
    }
  })

/** A problem in a body: its path and the allowed values, never the actual value. */
export interface BodyProblem {
  /** The key, or `''` for the whole body. */
  readonly path: string
  readonly problem: string
}
export type ParsedChoice =
  | { readonly ok: true; readonly statement: ChoiceStatement }
  | { readonly ok: false; readonly problems: readonly BodyProblem[] }

/** @param said channel, author and time, which only the caller determines */
export function parseChoiceBody(body: unknown, said: Pick<ChoiceStatement, 'channel' | 'saidBy' | 'at'>): ParsedChoice {
  const parsed = CHOICE_BODY.safeParse(body)
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap(describe) }
  return { ok: true, statement: statementOf(parsed.data, said) }
}

/** The statement in a validated body. */
export function statementOf(
  { opt_out: optOut, child, ...named }: z.output<typeof CHOICE_BODY>,
  said: Pick<ChoiceStatement, 'channel' | 'saidBy' | 'at'>,
): ChoiceStatement {
  const bitsOf = (word: 'deny' | 'allow'): DimensionBits =>
    DIMENSION_NAMES.reduce((bits, name) => (named[name] === word ? bits | DIMENSIONS[name] : bits), 0)
  const denies = optOut === true ? ADVERTISING_DIMENSIONS : bitsOf('deny')
  return { denies, permits: bitsOf('allow'), child: child === true, ...said }
}

function describe(issue: z.core.$ZodIssue): readonly BodyProblem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return [
        {
          path: '',
          problem: `${issue.keys.length} unknown key(s); known: ${Object.keys(CHOICE_BODY.shape).join(', ')}`,
        },
      ]
    case 'invalid_value':
      return [{ path: issue.path.join('.'), problem: `must be ${issue.values.map(String).join(' or ')}` }]
    case 'invalid_type':
      return [
        {
          path: issue.path.join('.'),
          problem: issue.expected === 'boolean' ? 'must be true or false' : `must be ${issue.expected}`,
        },
      ]
    case 'custom':
      return [{ path: issue.path.join('.'), problem: issue.message }]
    default:
      return [{ path: issue.path.join('.'), problem: 'is not of the documented shape' }]
  }
}

/** The answer to GET and PUT. `choices` has the shape of a PUT body, without dimensions that have no statement. */
export interface ChoicesBody {
  /** True if sale, sharing and targeted advertising are all denied. */
  readonly opt_out: boolean
  readonly choices: Readonly<Partial<Record<Dimension, 'deny' | 'allow'>>> & { readonly child?: true }
  readonly statements: readonly {
    readonly kind: StandingChoice['kind']
    readonly denies: readonly Dimension[]
    readonly permits: readonly Dimension[]
    /** Purposes denied by name, for service providers too. Absent if there are none. */
    readonly purposes?: readonly Purpose[]
    readonly child: boolean
    readonly channel: StandingChoice['channel']
    readonly said_by: string
    /** ISO 8601, UTC. */
    readonly at: string
  }[]
}

/** A denial wins over any opt-in, as in every decision. */
export function renderChoices(standing: readonly StandingChoice[]): ChoicesBody {
  const denies = standing.reduce((bits, choice) => bits | choice.denies, 0)
  const permits = standing.reduce((bits, choice) => bits | choice.permits, 0)
  const stated: Partial<Record<Dimension, 'deny' | 'allow'>> = {}
  for (const name of namesOf(permits)) stated[name] = 'allow'
  for (const name of namesOf(denies)) stated[name] = 'deny'
  return {
    opt_out: (denies & ADVERTISING_DIMENSIONS) === ADVERTISING_DIMENSIONS,
    choices: { ...stated, ...(standing.some(({ child }) => child) ? { child: true } : {}) },
    statements: standing.map((choice) => ({
      kind: choice.kind,
      denies: namesOf(choice.denies),
      permits: namesOf(choice.permits),
      ...(choice.denies >= FIRST_PURPOSE ? { purposes: purposesOf(choice.denies) } : {}),
      child: choice.child,
      channel: choice.channel,
      said_by: choice.saidBy,
      at: new Date(choice.at).toISOString(),
    })),
  }
}

function namesOf(bits: DimensionBits): readonly Dimension[] {
  return DIMENSION_NAMES.filter((name) => (bits & DIMENSIONS[name]) !== 0)
}

function purposesOf(bits: DimensionBits): readonly Purpose[] {
  return PURPOSES.filter((_, index) => (bits & (FIRST_PURPOSE << index)) !== 0)
}
