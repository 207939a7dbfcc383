/**
 * The last-hop scanner for requests in a partner's own format. They have no view: their leaves come sorted by what each is,
 * as received and as they would be sent; a leaf that no place of the format names is `unknown`, and searched for all the same.
 */
import { isIP } from 'node:net'
import { createHaystack, needleOf } from './haystack.ts'
import type { Leaves } from './leaves.ts'
import { CLEAR, explains, MIN_REPEATED, NAMING_SLOTS, readItem, type ScanResult, slotsByText, UNREAD } from './scan.ts'

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
    if (suspects.has(text) && (constants.has(text) || !haystack.mayHoldWhole(text))) suspects.delete(text)
  }
  if (suspects.size === 0) return CLEAR
  // The path is the contract's own.
  const { leaves, isWhole } = readItem(bytes.replace(PATH, ''))
  if (!isWhole) return UNREAD
  const found = leaves.find((text) => suspects.has(text))
  return found === undefined ? CLEAR : { clear: false, what: needleOf(found)?.shape ?? 'value', form: 'whole' }
}

const PATH = /^[^?\n]*\??/

/** Whether a leaf passes in its own place or openly as an identity, only as something else, or not at all. */
type Fate = 'passes' | 'elsewhere' | 'absent'

/** So few leaves are looked through one by one sooner than they are put in a map. */
const FEW_LEAVES = 256

/** What passes, asked in the order of what was received, in which most of it comes. */
class Passing {
  readonly #passed: Leaves
  readonly #byText: ReadonlyMap<string, readonly string[]> | undefined
  #next = 0

  constructor(passed: Leaves) {
    this.#passed = passed
    this.#byText = passed.texts.length > FEW_LEAVES ? slotsByText(passed) : undefined
  }

  fateOf(slot: string, text: string): Fate {
    if (this.#byText !== undefined) {
      const slots = this.#byText.get(text)
      return slots === undefined ? 'absent' : slots.some((other) => explains(other, slot)) ? 'passes' : 'elsewhere'
    }
    const { slots, texts } = this.#passed
    let fate: Fate = 'absent'
    let at = this.#next
    for (let step = 0; step < texts.length; step++, at++) {
      if (at === texts.length) at = 0
      const other = texts[at]!
      // The length first: to compare texts is a call.
      if (other.length !== text.length || other !== text) continue
      if (explains(slots[at]!, slot)) {
        this.#next = at + 1
        return 'passes'
      }
      fate = 'elsewhere'
    }
    return fate
  }
}

/**
 * What no place of the format names may be the same word as something plain beside it, as an app's version is; an
 * e-mail or IP address never.
 */
function isWord(slot: string, text: string): boolean {
  return slot === 'unknown' && !text.includes('@') && isIP(text) === 0
}

/** Something plain that says what an identity's own place withholds; shorter texts are the same by chance. */
function isNamed(slot: string, text: string): boolean {
  return text.length >= MIN_REPEATED && NAMING_SLOTS.has(slot)
}
