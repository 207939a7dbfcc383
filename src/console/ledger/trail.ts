/** The audit trail in sentences: CONTROL records with names from the list of actors. */
import { whoText } from '../ui/who.ts'
import { plural } from '../ui/words.ts'

export interface ControlRecord {
  readonly seq: number
  readonly time?: number | undefined
  readonly action: string
  readonly facts: Readonly<Record<string, string | number>>
}

export interface TrailLine {
  readonly seq: number
  readonly time: number
  readonly who: string
  readonly what: string
  /** Empty on success. */
  readonly refused: string
}

/** Kinds of entries, for the filter. */
export const TRAIL_KINDS = {
  sending: { words: 'Stops and resumptions', of: /^(stop|resume)/iu },
  configuration: {
    words: 'Contracts and policy',
    of: /^(publish|propos|approve|reject|withdraw|rebase|rollback|roll|revision|reload|files|stage)/iu,
  },
  people: { words: 'People’s data', of: /(subject|choice|disclosures|case|erasure|personlink|deletion|links?$)/iu },
  ledger: { words: 'The ledger itself', of: /(ledger|hold|checkpoint|anchor|prune)/iu },
  access: { words: 'Signing in and tokens', of: /(signin|sign_in|token|actor|session)/iu },
} as const
export type TrailKind = keyof typeof TRAIL_KINDS

/** Redundant with the record of the answer, or counted: hidden to keep the trail short. */
const QUIET: ReadonlySet<string> = new Set(['call', 'calls', 'calls_refused'])
/** Facts about the actor or the result; the others name what was affected. */
const NOT_CONCERNED: ReadonlySet<string> = new Set([
  'actor',
  'author',
  'by',
  'call',
  'roles',
  'status',
  'code',
  'count',
  'since',
])

export interface TrailFilter {
  readonly withQuiet: boolean
  /** Reference of an actor; `nobody` for the gateway and unknown callers; empty for all. */
  readonly by?: string
  readonly kind?: TrailKind | ''
}

export function trailOf(
  records: readonly ControlRecord[],
  names: Readonly<Record<string, string>>,
  { withQuiet, by = '', kind = '' }: TrailFilter,
): readonly TrailLine[] {
  return records
    .filter(({ action, facts }) => withQuiet || !QUIET.has(action) || isFailedSignIn(action, facts))
    .filter(({ facts }) => by === '' || actorOf(facts) === (by === 'nobody' ? undefined : by))
    .filter(({ action, facts }) => kind === '' || TRAIL_KINDS[kind].of.test(String(facts.call ?? action)))
    .map(({ seq, time = 0, action, facts }) => {
      const actor = actorOf(facts)
      const code = facts.code ?? ''
      return {
        seq,
        time,
        who:
          actor === undefined
            ? isFailedSignIn(action, facts)
              ? 'an unknown caller'
              : 'the gateway'
            : whoText(actor, names),
        what: whatText(action, facts, names),
        refused: code === '' ? '' : String(code),
      }
    })
}

function actorOf({ actor, author, by }: ControlRecord['facts']): string | undefined {
  const id = actor ?? author ?? by
  return id === undefined ? undefined : String(id)
}

/** Counted records that are shown nevertheless. */
function isFailedSignIn(action: string, { call }: ControlRecord['facts']): boolean {
  return action === 'calls_refused' && call === 'signIn'
}

function whatText(action: string, facts: ControlRecord['facts'], names: Readonly<Record<string, string>>): string {
  if (isFailedSignIn(action, facts))
    return `sign-in failed, ${plural(Number(facts.count ?? 1), 'time')} within a minute`
  const word = spaced(String(facts.call ?? action))
  const isStop = facts.stopped !== undefined
  const verb = isStop ? (facts.stopped === 1 ? 'stop' : 'resume') : word
  const concerned = Object.entries(facts)
    .filter(([name]) => !NOT_CONCERNED.has(name) && !(isStop && name === 'stopped') && !name.startsWith('key_'))
    .map(([name, value]) => `${spaced(name)} ${names[String(value)] ?? shortened(String(value))}`)
  return concerned.length === 0 ? verb : `${verb}: ${concerned.join(', ')}`
}

/** `stopPartner` and `token_added` → words. */
function spaced(name: string): string {
  return name
    .replaceAll('_', ' ')
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .trim()
}

/** Shortens digests to their first digits. */
function shortened(value: string): string {
  return /^[0-9a-f]{32,}$/.test(value) ? `${value.slice(0, 8)}…` : value
}
