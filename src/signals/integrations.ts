/**
 * Which partners an event itself switches off, in the standard place of the protocol that it speaks: `integrations` of
 * Segment's and RudderStack's SDKs, `{ All: false, Name: true }`. Consent tools write it from the person's answers. It is
 * about this event alone and only ever narrows: a name that is switched on stays off wherever anything else says no.
 */

/** By what an event may name a partner: its contract's id, its name, its type. */
export interface NamedPartner {
  readonly id: string
  readonly name: string
  readonly type: string
}

const ALL = 'all'
/** More than any SDK has destinations: beyond it, and of a longer name, nobody looks. */
const MAX_NAMES = 1_000
const MAX_NAME = 200
/** Nobody can say what was switched off: everything. */
const UNREADABLE = `${ALL}=0`

/**
 * What an `integrations` member switches off, as a signal's text: `name=0` or `name=1`, in the order sent. Undefined where
 * it switches nothing off. An empty list is how PHP writes an empty object.
 */
export function integrationsText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === true || (Array.isArray(value) && value.length === 0)) {
    return undefined
  }
  if (typeof value !== 'object' || Array.isArray(value)) return UNREADABLE
  const members = Object.entries(value)
  if (members.length > MAX_NAMES) return UNREADABLE
  const entries = members.map(([name, one]) => [plainName(name), isOn(one)] as const)
  if (entries.every(([, on]) => on)) return undefined
  return entries.map(([name, on]) => `${name}=${on ? 1 : 0}`).join()
}

/** True where one of the texts switches the partner off. */
export function isSwitchedOff(texts: readonly string[] | undefined, { id, name, type }: NamedPartner): boolean {
  if (texts === undefined) return false
  const names = new Set([id, name, type].map(plainName))
  return texts.some((text) => {
    const answers = text.split(',').map((entry) => entry.split('='))
    const own = answers.filter(([entry]) => names.has(entry!))
    if (own.some(([, on]) => on !== '1')) return true
    return own.length === 0 && answers.some(([entry, on]) => entry === ALL && on !== '1')
  })
}

/** Settings of an integration are a yes; `null`, `0` and words that say neither are none. */
function isOn(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return (value as { enabled?: unknown }).enabled !== false
  return value === true || value === 1 || value === 'true' || value === '1'
}

/** Letters and digits alone: `Meta Conversions API`, `meta_conversions_api`. */
function plainName(name: string): string {
  return name
    .slice(0, MAX_NAME)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
