/** Searches what passes for the leaves that were received. */
import { isNatural } from './kinds.ts'
import type { Leaves } from './leaves.ts'
import { IDENTITY_SLOTS, REDUCED_SLOTS } from './slots.ts'
import { squeeze } from './text.ts'
import { type FormsVersion, NEWEST_FORMS } from './version.ts'

/** Whether a leaf passes in its own slot or openly as an identity, only as something else, or not at all. */
export type Fate = 'passes' | 'elsewhere' | 'absent'

/** Up to this many leaves, a linear search is faster than a map. */
const FEW_LEAVES = 256

/** What passes, searched in the order of what was received, which it mostly follows. */
export class Passing {
  readonly #passed: Leaves
  readonly #byText: ReadonlyMap<string, readonly string[]> | undefined
  /** A value counts as what it is, in whatever slot it was received. */
  readonly #counts: boolean
  /** One bit for each text length up to 32: rules out most received values. */
  #lengths = 0
  #reduced: readonly string[] | undefined
  #next = 0

  constructor(passed: Leaves, version: FormsVersion = NEWEST_FORMS) {
    this.#counts = version > 1
    this.#passed = passed
    for (const { length } of passed.texts) this.#lengths |= 1 << (length & 31)
    this.#byText = passed.texts.length > FEW_LEAVES ? slotsByText(passed) : undefined
  }

  fateOf(slot: string, text: string): Fate {
    if ((this.#lengths & (1 << (text.length & 31))) === 0) return 'absent'
    if (this.#byText !== undefined) {
      const slots = this.#byText.get(text)
      return slots === undefined
        ? 'absent'
        : slots.some((other) => this.#explains(other, slot))
          ? 'passes'
          : 'elsewhere'
    }
    const { slots, texts } = this.#passed
    let fate: Fate = 'absent'
    let at = this.#next
    for (let step = 0; step < texts.length; step++, at++) {
      if (at === texts.length) at = 0
      const other = texts[at]!
      // Lengths first: comparing texts is a call.
      if (other.length !== text.length || other !== text) continue
      if (this.#explains(slots[at]!, slot)) {
        this.#next = at + 1
        return 'passes'
      }
      fate = 'elsewhere'
    }
    return fate
  }

  /**
   * True if a passing value explains the same text in slot `own`: an id that openly passes does, unless the text is
   * also something that is not granted. An e-mail address that passes as a user id is still an e-mail address.
   */
  #explains(passing: string, own: string): boolean {
    return passing === own || (IDENTITY_SLOTS.has(passing) && !(this.#counts && isNatural(own)))
  }

  /** True if what passes of the device contains the whole value: `Mozilla/5.0` in `Mozilla/5.0 (Other)`. */
  isInReduced(slot: string, text: string): boolean {
    if (!REDUCED_SLOTS.has(slot)) return false
    this.#reduced ??= this.#squeezedReduced()
    if (this.#reduced.length === 0) return false
    const sought = squeeze(text)
    return this.#reduced.some((passed) => passed.includes(sought))
  }

  #squeezedReduced(): readonly string[] {
    const { slots, texts } = this.#passed
    return texts.filter((_, index) => REDUCED_SLOTS.has(slots[index]!)).map(squeeze)
  }
}

/** Every text with the slots it is in. */
export function slotsByText({ slots, texts }: Leaves): ReadonlyMap<string, readonly string[]> {
  const byText = new Map<string, readonly string[]>()
  for (let index = 0; index < texts.length; index++) {
    const [slot, text] = [slots[index]!, texts[index]!]
    const known = byText.get(text)
    if (known === undefined) byText.set(text, [slot])
    else if (!known.includes(slot)) byText.set(text, [...known, slot])
  }
  return byText
}
