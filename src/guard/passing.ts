/** What passes, looked through for the leaves that were received. */
import type { Leaves } from './leaves.ts'
import { IDENTITY_SLOTS } from './slots.ts'

/** Whether a leaf passes in its own place or openly as an identity, only as something else, or not at all. */
export type Fate = 'passes' | 'elsewhere' | 'absent'

/** So few leaves are looked through one by one sooner than they are put in a map. */
const FEW_LEAVES = 256

/** What passes, asked in the order of what was received, in which most of it comes. */
export class Passing {
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

/** True where what `passing` lets through explains the same text in slot `own`. */
function explains(passing: string, own: string): boolean {
  return passing === own || IDENTITY_SLOTS.has(passing)
}

/** Every text, and the slots it is in. */
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
