/**
 * Partners that an event itself disables through its protocol: `integrations` of Segment's and RudderStack's SDKs,
 * `{ All: false, Name: true }`, which consent tools set. It concerns this event only and only narrows: an enabled name stays
 * subject to every other restriction.
 */
/** The names by which an event may refer to a partner: its contract's id, its name, its type. */
export interface NamedPartner {
  readonly id: string
  readonly name: string
  readonly type: string
}

const ALL = 'all'
/** More than any SDK has destinations; further entries and longer names are not read. */
const MAX_NAMES = 1_000
const MAX_NAME = 200
/** Disables every partner, because the value is unreadable. */
const UNREADABLE = `${ALL}=0`

/**
 * The disabled partners as a signal's text: `name=0` or `name=1`, in the order sent. Undefined if none is disabled. PHP writes
 * an empty object as an empty list.
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

/** True if one of the texts disables the partner. */
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

/** An integration's settings count as yes; `null`, `0` and unknown words do not. */
function isOn(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return (value as { enabled?: unknown }).enabled !== false
  return value === true || value === 1 || value === 'true' || value === '1'
}

/** Letters and digits only: `Meta Conversions API` equals `meta_conversions_api`. */
function plainName(name: string): string {
  return name
    .slice(0, MAX_NAME)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
