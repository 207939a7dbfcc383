/** Parameters of a simulation, as stored in the URL: persona, state, partner, revisions. Never an event. */
import type { BodyOf } from '../api/client.ts'

export interface Asked {
  readonly persona?: string
  readonly choice?: 'opted_out' | 'opted_in' | 'child'
  readonly gpc?: '1'
  readonly att?: '2' | '3'
  readonly country?: string
  readonly age?: string
  readonly partner?: string
  readonly revision?: number
  readonly against?: number
  readonly view?: View
  readonly field?: string
}
export const VIEWS = ['event', 'states', 'revisions', 'who'] as const
export type View = (typeof VIEWS)[number]

export const DEFAULT_PERSONA = 'ios-allowed'
const WORD = /^[a-z0-9_-]{1,64}$/
const CHOICES = ['opted_out', 'opted_in', 'child']

/** Parses an untrusted URL: invalid members are left out. */
export function readAsked(search: Readonly<Record<string, unknown>>): Asked {
  const word = (name: string): string | undefined => {
    const value = search[name]
    return typeof value === 'string' && WORD.test(value) ? value : undefined
  }
  const number = (name: string): number | undefined => {
    const value = Number(search[name])
    return Number.isInteger(value) && value > 0 ? value : undefined
  }
  const country = search.country
  const asked = {
    persona: word('persona'),
    choice: CHOICES.find((one) => one === search.choice),
    gpc: String(search.gpc) === '1' ? '1' : undefined,
    att: ['2', '3'].find((one) => one === String(search.att)),
    country: typeof country === 'string' && /^[A-Z]{2}$/.test(country) ? country : undefined,
    age: number('age')?.toString(),
    partner: word('partner'),
    revision: number('revision'),
    against: number('against'),
    view: VIEWS.find((one) => one === search.view),
    field: word('field'),
  }
  // Sound: members are checked above, and undefined ones removed.
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Asked
}

export interface Choosing {
  readonly asked: Asked
  readonly set: (part: Readonly<Record<string, string | number | undefined>>) => void
}

/** A pasted event, or a recent accepted one, masked. Never in the URL. */
export type Source =
  | { readonly kind: 'persona' }
  | { readonly kind: 'last'; readonly last: number }
  | { readonly kind: 'pasted'; readonly event: Readonly<Record<string, unknown>>; readonly app: string }

type Body = BodyOf<'simulate'>

export function eventOf({ persona = DEFAULT_PERSONA, choice, gpc, att, country, age }: Asked, source: Source): Body {
  const state = {
    ...(choice === undefined ? {} : { choice }),
    ...(gpc === undefined ? {} : { gpc }),
    ...(att === undefined ? {} : { att, os: 'ios' }),
    ...(country === undefined ? {} : { country }),
    ...(age === undefined ? {} : { age }),
  }
  switch (source.kind) {
    case 'persona':
      return { persona, state } as Body
    case 'last':
      return { last: source.last, state } as Body
    default:
      return { event: source.event, app: source.app, state } as Body
  }
}
