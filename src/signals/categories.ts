/**
 * Consent categories of an app's consent tool, as sent by Segment's SDKs (`context.consent.categoryPreferences:
 * { Advertising: false }`) and RudderStack's (`context.consentManagement: { allowedConsentIds, deniedConsentIds }`). The app's
 * mapping states which purposes a category covers. An unmapped category denies, because its meaning is unknown.
 */
import { PURPOSES, type Purpose } from '../model/contract.ts'
import type { CategoryConsent } from '../model/verdict.ts'
import { parseSwitch } from './switches.ts'

/** Category → purposes it covers, from `apps.yaml`. */
export type CategoryMap = Readonly<Record<string, readonly Purpose[]>>

/** Purposes as bits: the index in `PURPOSES`. */
export type PurposeBits = number
export function purposeBit(purpose: Purpose): PurposeBits {
  return 1 << PURPOSES.indexOf(purpose)
}

/** A category with two different answers counts as refused. */
export interface CategoryReading extends CategoryConsent {
  /** Purposes refused by at least one category, whatever others grant. */
  readonly refused: PurposeBits
  /** True if a category is not in the mapping. */
  readonly unmapped: boolean
  /** True if an answer is neither yes nor no. */
  readonly malformed: boolean
}

/** Undefined if no category was sent. */
export function readCategories(
  sent: Readonly<Record<string, readonly string[]>> | undefined,
  map: CategoryMap,
): CategoryReading | undefined {
  if (sent === undefined) return undefined
  const answers = new Map<string, boolean>()
  let [granted, refused] = [0, 0]
  let [unmapped, malformed] = [false, false]
  for (const [name, texts] of Object.entries(sent)) {
    let allowed = true
    for (const text of texts) {
      const parsed = parseSwitch(text)
      if (parsed.state !== 'valid') malformed = true
      if (parsed.state !== 'valid' || !parsed.value) allowed = false
    }
    answers.set(name, allowed)
    if (!Object.hasOwn(map, name)) {
      unmapped = true
      continue
    }
    const bits = map[name]!.reduce<PurposeBits>((all, purpose) => all | purposeBit(purpose), 0)
    if (allowed) granted |= bits
    else refused |= bits
  }
  return { answers, granted: granted & ~refused, refused, unmapped, malformed }
}
