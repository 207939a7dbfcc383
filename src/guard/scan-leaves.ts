/**
 * The last-hop scanner for requests in a partner's own format. They have no view: their leaves come sorted by what each is,
 * as received and as they would be sent; a leaf that no place of the format names is `unknown`, and searched for all the same.
 */
import { isIP } from 'node:net'
import { createHaystack, needleOf } from './haystack.ts'
import { type Leaves, leavesOf } from './leaves.ts'
import { CLEAR, isPassed, MIN_REPEATED, NAMING_SLOTS, type ScanResult, slotsByText, UNREAD } from './scan.ts'

export interface LeafScanInput {
  readonly raw: Leaves
  readonly passed: Leaves
  readonly bytes: string
  /** What would be sent, as one value. */
  readonly whole: unknown
  /** What is written beside what was received. */
  readonly constants: ReadonlySet<string>
  /** Of a coarse position: it may lie close to the true one. */
  readonly ownNumbers: readonly number[]
}

export function scanLeaves({ raw, passed, bytes, whole, constants, ownNumbers }: LeafScanInput): ScanResult {
  const passing = slotsByText(passed)
  const withheld = new Set<string>()
  for (let index = 0; index < raw.texts.length; index++) {
    const [slot, text] = [raw.slots[index]!, raw.texts[index]!]
    const slots = passing.get(text)
    if (isExplained(slot, text, slots)) continue
    if (isRepeated(slot, text, slots)) return { clear: false, what: needleOf(text)?.shape ?? 'value', form: 'whole' }
    withheld.add(text)
  }
  if (withheld.size === 0) return CLEAR
  const needles = [...withheld].map(needleOf).filter((needle) => needle !== undefined)
  if (needles.length > 0) {
    const haystack = createHaystack(bytes, ownNumbers)
    for (const needle of needles) {
      const form = haystack.find(needle)
      if (form !== undefined) return { clear: false, what: needle.shape, form }
    }
  }
  const isUnexplained = (text: string): boolean => withheld.has(text) && !passing.has(text) && !constants.has(text)
  const { texts, cut } = leavesOf(whole)
  if (cut) return UNREAD
  const found = texts.find(isUnexplained)
  return found === undefined ? CLEAR : { clear: false, what: needleOf(found)?.shape ?? 'value', form: 'whole' }
}

/**
 * What no place of the format names may be the same word as something plain beside it, as an app's version is; an
 * e-mail or IP address never.
 */
function isExplained(slot: string, text: string, passing: readonly string[] | undefined): boolean {
  if (isPassed(slot, passing)) return true
  return passing !== undefined && slot === 'unknown' && !text.includes('@') && isIP(text) === 0
}

/** True where something plain says what an identity's own place withholds; shorter texts are the same by chance. */
function isRepeated(slot: string, text: string, passing: readonly string[] | undefined): boolean {
  return passing !== undefined && text.length >= MIN_REPEATED && NAMING_SLOTS.has(slot)
}
