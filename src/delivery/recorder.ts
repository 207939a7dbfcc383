/** The ledger for disclosures: INTENTs fail at once, OUTCOMEs wait for the ledger. */
import type { Recorder } from '../flow/ports.ts'
import type { Ledger } from '../ledger/ports.ts'
import { GatewayError } from '../model/errors.ts'

const RETRY_MS = 500

/** @param observeCommit seconds from append to durable */
export function createRecorder(
  ledger: Pick<Ledger, 'append'>,
  stopping: () => boolean,
  now: () => number,
  observeCommit: (seconds: number) => void,
): Recorder {
  const announce: Recorder['announce'] = async (records) => {
    const from = now()
    const size = await ledger.append(records)
    observeCommit((now() - from) / 1_000)
    return size
  }
  return {
    announce,
    conclude: async (records) => {
      if (records.length === 0) return
      for (;;) {
        try {
          await announce(records)
          return
        } catch (error) {
          if (!(error instanceof GatewayError) || stopping()) throw error
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
        }
      }
    },
  }
}
