/** What is asked of one peer within a turn goes in one message; while some are under way, what comes meanwhile goes in the next. */
import type { NodeId } from '../model/brand.ts'

/** At once to one peer. */
const MESSAGES_UNDER_WAY = 4
/** After so much a message is full; one item alone may be larger. */
const MESSAGE_BYTES = 1024 * 1024
/** What waits for one peer: beyond it nobody is made to wait longer. */
const WAITING_BYTES = 32 * MESSAGE_BYTES

export interface GatheringParts<Item, Answer> {
  readonly bytesOf: (item: Item) => number
  /** One message. Resolves to an answer for each item. */
  readonly send: (peer: NodeId, items: readonly Item[]) => Promise<readonly Answer[]>
}

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Rejects with what `send` does, for each item of the message, or where too much waits. */
export function createGathering<Item, Answer>({ bytesOf, send }: GatheringParts<Item, Answer>) {
  const peers = new Map<NodeId, { waiting: Waiting<Item, Answer>[]; bytes: number; underWay: number; isDue: boolean }>()

  return (peer: NodeId, item: Item): Promise<Answer> => {
    const state = peers.get(peer) ?? { waiting: [], bytes: 0, underWay: 0, isDue: false }
    peers.set(peer, state)
    if (state.bytes > WAITING_BYTES) return Promise.reject(new Error(`too much waits for cell ${peer}`))
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    state.waiting.push({ item, resolve, reject })
    state.bytes += bytesOf(item)
    if (!state.isDue) setImmediate(sendAll)
    state.isDue = true
    return promise

    function sendAll(): void {
      state.isDue = false
      while (state.underWay < MESSAGES_UNDER_WAY && state.waiting.length > 0) void sendNext()
    }
    async function sendNext(): Promise<void> {
      let bytes = 0
      let many = 0
      while (many < state.waiting.length && bytes < MESSAGE_BYTES) bytes += bytesOf(state.waiting[many++]!.item)
      const message = state.waiting.splice(0, many)
      state.bytes -= bytes
      state.underWay += 1
      try {
        const answers = await send(
          peer,
          message.map((one) => one.item),
        )
        if (answers.length !== message.length) throw new Error(`cell ${peer} answered something else than it was asked`)
        for (const [index, { resolve: answered }] of message.entries()) answered(answers[index]!)
      } catch (error) {
        for (const { reject: failed } of message) failed(error)
      }
      state.underWay -= 1
      sendAll()
    }
  }
}
