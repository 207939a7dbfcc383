/** Everything the judge looks at: what was sent, what arrived, what is on record. */
import type { Arrival } from './arrivals.ts'
import { itemTexts } from './item-text.ts'
import type { Witnessed } from './ledger-witness.ts'
import type { ArrivedItem, ItemText } from './matcher.ts'
import type { SentEvent } from './people.ts'
import type { Terms } from './terms.ts'

export interface CaseFile {
  readonly terms: ReadonlyMap<string, Terms>
  /** The judge's name for it → event; every event that was ever sent. */
  readonly events: ReadonlyMap<string, SentEvent>
  /** Message ids of acknowledged events. */
  readonly acknowledged: ReadonlySet<string>
  /** User → first order that may not ignore the opt-out. */
  readonly optedOut: ReadonlyMap<string, number>
  readonly items: readonly ArrivedItem[]
  /** In the ledger's order. */
  readonly records: readonly Witnessed[]
}

/** Something that must not be. */
export interface Finding {
  readonly kind: 'lost' | 'unlogged' | 'forbidden'
  readonly says: string
}

/** The whole items of what arrived, and how many bodies were cut off by a kill. */
export function itemsOf(arrivals: readonly Arrival[]): { readonly items: readonly ItemText[]; readonly cut: number } {
  let cut = 0
  const items = arrivals.flatMap(({ partner, order, body, isWhole }) => {
    const { items: texts, isCut } = itemTexts(body)
    if (isCut && isWhole) throw new SyntaxError(`a whole request to ${partner} holds half an item`)
    if (isCut) cut++
    return texts.map((text) => ({ partner, order, text }))
  })
  return { items, cut }
}

/** Names a pair of event and partner. */
export function pairOf({ partner, eventRef }: { readonly partner: string; readonly eventRef: string }): string {
  return `${partner} ${eventRef}`
}
