/**
 * The last-hop scanner for requests in a partner's own format. They have no view: their leaves come classified, as
 * received and as they would be sent. A leaf that the format does not name is `unknown`, and is searched for all the
 * same.
 */
import { isAddress, networksOf } from './address.ts'
import { createHaystack } from './haystack.ts'
import type { Leaves } from './leaves.ts'
import { type Needle, needleOf, needleOfKind } from './needle.ts'
import { pairsIn } from './pairs.ts'
import { Passing } from './passing.ts'
import { CLEAR, isOfGranted, isRepeatable, readItem, type ScanResult, UNREAD } from './scan.ts'
import { kindOf, REMEMBERED_SLOTS } from './slots.ts'
import { wholeNames } from './words.ts'

export interface LeafScanInput {
  readonly raw: Leaves
  readonly passed: Leaves
  readonly bytes: string
  /** What is added to what was received. */
  readonly constants: ReadonlySet<string>
  /** From a coarse position, which may be close to the true one. */
  readonly ownNumbers: readonly number[]
  /** Whether a class passes whole; without it, whether some of it passes. */
  readonly isGranted?: (kind: 'email' | 'phone') => boolean
}

export function scanLeaves({ raw, passed, bytes, constants, ownNumbers, isGranted }: LeafScanInput): ScanResult {
  const passing = new Passing(passed)
  const granted = isGranted ?? ((kind) => passed.slots.includes(kind))
  const withheld = new Map<string, string>()
  const suspects = new Set<string>()
  for (let index = 0; index < raw.texts.length; index++) {
    const [slot, text] = [raw.slots[index]!, raw.texts[index]!]
    const fate = passing.fateOf(slot, text)
    if (fate === 'passes' ? isOfGranted(slot, text, granted) : fate === 'elsewhere' && isWord(slot, text)) continue
    if (fate === 'elsewhere' && isNamed(slot, text))
      return { clear: false, what: kindOf(slot, needleOf(text)), form: 'whole' }
    if (fate === 'absent' && passing.isInReduced(slot, text)) continue
    if (!withheld.has(text) || REMEMBERED_SLOTS.has(slot)) withheld.set(text, slot)
    if (fate === 'absent') suspects.add(text)
  }
  if (withheld.size === 0) return CLEAR
  const needles = new Map<string, Needle | undefined>()
  for (const [text, slot] of withheld) needles.set(text, needleOfKind(slot, text))
  const networks = networksOf(...passed.texts.filter((_, index) => passed.slots[index] === 'ip').slice(0, MAX_OWN))
  const haystack = createHaystack(bytes, { numbers: ownNumbers, networks }, () =>
    [...needles.values()].filter((needle) => needle !== undefined),
  )
  for (const [text, slot] of withheld) {
    const needle = needles.get(text)
    const form = needle && haystack.find(needle)
    if (form !== undefined) return { clear: false, what: kindOf(slot, needle), form }
    if (suspects.has(text) && (constants.has(text) || !haystack.mayHoldWhole(text, false))) suspects.delete(text)
  }
  for (const { first, kind, needle } of pairsIn(raw, raw.slots)) {
    const form = withheld.has(raw.texts[first]!) ? haystack.find(needle) : undefined
    if (form !== undefined) return { clear: false, what: kind, form }
  }
  if (suspects.size === 0) return CLEAR
  // The path is the contract's own.
  const { leaves, isWhole } = readItem(bytes.replace(PATH, ''))
  if (!isWhole) return UNREAD
  const found = leaves.find((text) => suspects.has(text))
  return found === undefined
    ? CLEAR
    : { clear: false, what: kindOf(withheld.get(found)!, needleOf(found)), form: 'whole' }
}

/** Addresses of one request that may pass. */
const MAX_OWN = 64
const PATH = /^[^?\n]*\??/

/**
 * A leaf that the format does not name may equal something plain beside it, such as an app's version; an e-mail or IP
 * address never.
 */
function isWord(slot: string, text: string): boolean {
  return slot === 'unknown' && !text.includes('@') && !isAddress(text)
}

/** A plain text that equals an identity withheld in its own slot; shorter texts are equal by chance. */
function isNamed(slot: string, text: string): boolean {
  return isRepeatable(slot, text) || (slot === 'name' && wholeNames(text).length > 0)
}
