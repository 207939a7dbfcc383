/** Everything that reached a partner, in the order in which requests began to arrive. */

export interface Arrival {
  readonly partner: string
  /** From 0 over all partners: place in the order of first bytes. */
  readonly order: number
  /** What has been read of the body so far. */
  body: string
  /** True once all of the body was read. */
  isWhole: boolean
}

export interface Arrivals {
  readonly list: readonly Arrival[]
  begin(partner: string): Arrival
}

export function createArrivals(): Arrivals {
  const list: Arrival[] = []
  return {
    list,
    begin: (partner) => {
      const arrival = { partner, order: list.length, body: '', isWhole: false }
      list.push(arrival)
      return arrival
    },
  }
}

/**
 * Turns of the event loop after which bytes that wait have been read: one for a connection that is open, two for one that
 * is still to be accepted, and some to spare.
 */
const TURNS = 6

/**
 * Resolves to the number of requests whose first bytes had been sent to this process before the call, or a few more. The
 * gateway writes its answer to us after any request that began before it, so the kernel holds that request's bytes by the
 * time the answer is read; after some turns of the loop they have been read too. What arrives later than the number says
 * therefore began after the answer: proof without a clock and without a margin.
 */
export async function arrivedBefore(arrivals: Arrivals): Promise<number> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
  return arrivals.list.length
}
