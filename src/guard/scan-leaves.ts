/**
 * The last-hop scanner for requests in a partner's own format. They have no view: their leaves come sorted by what each is,
 * as received and as they would be sent; a leaf that no place of the format names is `unknown`, and searched for all the same.
 */
import { isAddress } from './address.ts'
import { createHaystack, needleOf } from './haystack.ts'
import type { Leaves } from './leaves.ts'
import { Passing } from './passing.ts'
import { CLEAR, MIN_REPEATED, readItem, type ScanResult, UNREAD } from './scan.ts'
import { NAMING_SLOTS } from './slots.ts'

export interface LeafScanInput {
  readonly raw: Leaves
  readonly passed: Leaves
  readonly bytes: string
  /** What is written beside what was received. */
  readonly constants: ReadonlySet<string>
  /** Of a coarse position: it may lie close to the true one. */
  readonly ownNumbers: readonly number[]
}

export function scanLeaves({ raw, passed, bytes, constants, ownNumbers }: LeafScanInput): ScanResult {
  const passing = new Passing(passed)
  const withheld = new Set<string>()
  const suspects = new Set<string>()
  for (let index = 0; index < raw.texts.length; index++) {
    const [slot, text] = [raw.slots[index]!, raw.texts[index]!]
    const fate = passing.fateOf(slot, text)
    if (fate === 'passes' || (fate === 'elsewhere' && isWord(slot, text))) continue
    if (fate === 'elsewhere' && isNamed(slot, text))
      return { clear: false, what: needleOf(text)?.shape ?? 'value', form: 'whole' }
    withheld.add(text)
    if (fate === 'absent') suspects.add(text)
  }
  if (withheld.size === 0) return CLEAR
  const haystack = createHaystack(bytes, ownNumbers)
  for (const text of withheld) {
    const needle = needleOf(text)
    const form = needle && haystack.find(needle)
    if (form !== undefined) return { clear: false, what: needle!.shape, form }
    if (suspects.has(text) && (constants.has(text) || !haystack.mayHoldWhole(text, false))) suspects.delete(text)
  }
  if (suspects.size === 0) return CLEAR
  // The path is the contract's own.
  const { leaves, isWhole } = readItem(bytes.replace(PATH, ''))
  if (!isWhole) return UNREAD
  const found = leaves.find((text) => suspects.has(text))
  return found === undefined ? CLEAR : { clear: false, what: needleOf(found)?.shape ?? 'value', form: 'whole' }
}

const PATH = /^[^?\n]*\??/

/**
 * What no place of the format names may be the same word as something plain beside it, as an app's version is; an
 * e-mail or IP address never.
 */
function isWord(slot: string, text: string): boolean {
  return slot === 'unknown' && !text.includes('@') && !isAddress(text)
}

/** Something plain that says what an identity's own place withholds; shorter texts are the same by chance. */
function isNamed(slot: string, text: string): boolean {
  return text.length >= MIN_REPEATED && NAMING_SLOTS.has(slot)
}
