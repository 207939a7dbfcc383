/** Finds for each item that arrived the INTENT that announced it. An INTENT allows one try, so it is used up by one. */
import type { Witnessed, WitnessedIntent } from './ledger-witness.ts'

/** One item as it arrived. */
export interface ItemText {
  readonly partner: string
  /** Of the request it came in; see `Arrival`. */
  readonly order: number
  readonly text: string
}
export interface ArrivedItem extends ItemText {
  /** What the item says that it is. */
  readonly messageId: string | undefined
  /** Undefined where nothing on record announces these bytes to this partner, or only for an earlier arrival. */
  readonly intent: WitnessedIntent | undefined
}

export interface MatcherKeys {
  /** What the judge calls an event: see `judge-names.ts`. */
  readonly eventRefOf: (messageId: string) => string
  /** True where the INTENT's commitment is one to exactly this text. */
  readonly commits: (intent: WitnessedIntent, text: string) => boolean
}

export interface Matcher {
  /** INTENTs known so far; to be told before the items that are to be matched with them. */
  know(records: readonly Witnessed[]): void
  match(items: readonly ItemText[]): readonly ArrivedItem[]
}

export function createMatcher({ eventRefOf, commits }: MatcherKeys): Matcher {
  /** Not used up yet: by partner and event, and by partner and size. */
  const open = new Map<string, Set<WitnessedIntent>>()
  const placesOf = ({ partner, eventRef, bytes }: WitnessedIntent): readonly string[] => [
    `${partner} of ${eventRef}`,
    `${partner} with ${bytes}`,
  ]
  return {
    know: (records) => {
      for (const record of records) {
        if (record.kind !== 'intent') continue
        for (const place of placesOf(record)) {
          const known = open.get(place) ?? new Set()
          open.set(place, known.add(record))
        }
      }
    },
    match: (items) =>
      items.map((item) => {
        const { partner, text } = item
        const messageId = messageIdIn(text)
        const place =
          messageId === undefined
            ? `${partner} with ${Buffer.byteLength(text)}`
            : `${partner} of ${eventRefOf(messageId)}`
        const intent = [...(open.get(place) ?? [])].find((candidate) => commits(candidate, text))
        if (intent !== undefined) for (const used of placesOf(intent)) open.get(used)?.delete(intent)
        return { ...item, messageId, intent }
      }),
  }
}

function messageIdIn(text: string): string | undefined {
  const { message_id: messageId } = JSON.parse(text) as { readonly message_id?: unknown }
  return typeof messageId === 'string' ? messageId : undefined
}
