/** What a start refuses until a person names it: state that contradicts what is on record elsewhere (promise P11). */

/** By the option that accepts it, `--accept-<name>`: what is lost where it is accepted. */
export const ACCEPTABLE = {
  'lost-choices': 'start although opt-outs are lost that no copy holds any more',
  'lost-revisions': 'start although published revisions are missing; numbering goes on above those on record',
  'lost-events': 'start although accepted events are missing; what was to be sent of them is not',
  'lost-ledger': 'start a new ledger although the one of this data folder is missing',
  'lost-subject-keys': 'start although subject keys are missing; waiting events under them cannot be read any more',
  'new-keys': 'start under other keys of the gateway than at the last start',
  'anchored-history': 'start although a checkpoint outside belongs to another history of this ledger',
} as const

export type Acceptable = keyof typeof ACCEPTABLE
export const ACCEPTABLE_NAMES = Object.keys(ACCEPTABLE) as readonly Acceptable[]

/** Something that cannot be true of a folder that was left alone. */
export interface Contradiction {
  readonly accept: Acceptable
  /** One sentence: what is wrong and where. */
  readonly says: string
  /** What puts it right. */
  readonly remedy: string
  /** For the ledger, where it is accepted. */
  readonly facts: Readonly<Record<string, string | number>>
}

/** A key of the gateway is missing, or is another one: by itself harmless but for what only this key finds. */
export function otherKey(name: string, says: string): Contradiction {
  const remedy = 'Put it back from its own backup.'
  if (name !== 'index') return { accept: 'new-keys', says, remedy, facts: { key: name } }
  const lost = 'Under another one no stored choice is found: everybody who opted out would be shared again.'
  return { accept: 'lost-choices', says: `${says} ${lost}`, remedy, facts: { key: name } }
}

/** Every contradiction that nobody accepted, as one message; undefined where all were. */
export function refusal(found: readonly Contradiction[], accepted: ReadonlySet<Acceptable>): string | undefined {
  const open = found.filter(({ accept }) => !accepted.has(accept))
  if (open.length === 0) return undefined
  const lines = open.map(
    ({ says, remedy, accept }) => `- ${says} ${remedy} Or start once with --accept-${accept}: docs/bad-days.md.`,
  )
  return ['nothing was started: the data folder contradicts what is on record.', ...lines].join('\n')
}
