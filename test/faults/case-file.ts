/** Everything the judge looks at: what was sent, what arrived, what is on record, and the keys that tie them together. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Arrival } from './arrivals.ts'
import { itemTexts } from './item-text.ts'
import type { Witnessed } from './ledger-witness.ts'
import type { SentEvent } from './people.ts'
import type { Terms } from './terms.ts'

/** One item as it arrived. */
export interface ArrivedItem {
  readonly partner: string
  /** Of the request it came in; see `Arrival`. */
  readonly order: number
  readonly text: string
  /** HMAC-SHA256 of the text under the commitment key, 64 hex digits. */
  readonly commitment: string
}

export interface CaseFile {
  readonly terms: ReadonlyMap<string, Terms>
  /** Event reference → event. */
  readonly events: ReadonlyMap<string, SentEvent>
  /** References of acknowledged events. */
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

export interface JudgeKeys {
  readonly commitmentOf: (text: string) => string
  readonly eventRefOf: (messageId: string) => string
}

/** Reads the gateway's key files, to compute what it should have written. */
export function readKeys(dataFolder: string, app: string): JudgeKeys {
  const key = (name: string): KeyObject =>
    createSecretKey(Buffer.from(readFileSync(join(dataFolder, 'keys', `${name}.key`), 'utf8').trim(), 'hex'))
  const [commitment, index] = [key('commitment'), key('index')]
  return {
    commitmentOf: (text) => createHmac('sha256', commitment).update(text).digest('hex'),
    eventRefOf: (messageId) =>
      createHmac('sha256', index).update(`event\0${app}\0${messageId}`).digest().subarray(0, 16).toString('hex'),
  }
}

/** The whole items of what arrived, and how many bodies were cut off by a kill. */
export function itemsOf(
  arrivals: readonly Arrival[],
  { commitmentOf }: Pick<JudgeKeys, 'commitmentOf'>,
): { readonly items: readonly ArrivedItem[]; readonly cut: number } {
  let cut = 0
  const items = arrivals.flatMap(({ partner, order, body, isWhole }) => {
    const { items: texts, isCut } = itemTexts(body)
    if (isCut && isWhole) throw new SyntaxError(`a whole request to ${partner} holds half an item`)
    if (isCut) cut++
    return texts.map((text) => ({ partner, order, text, commitment: commitmentOf(text) }))
  })
  return { items, cut }
}

/** Names a pair of event and partner. */
export function pairOf({ partner, eventRef }: { readonly partner: string; readonly eventRef: string }): string {
  return `${partner} ${eventRef}`
}
