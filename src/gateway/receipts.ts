/** Puts receipts together: the ledger's records of them, and its key. */
import { randomBytes } from 'node:crypto'
import type { GatewayConfig } from '../contracts/config.ts'
import { leafOf } from '../ledger/leaf.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import { createSigner } from '../ledger/signer.ts'
import { leafHash } from '../ledger/tree.ts'
import { parseTrust } from '../ledger/verify/note.ts'
import { checkReceipt } from '../ledger/verify/receipt.ts'
import type { EpochMs } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { Revisions } from '../publish/ports.ts'
import type { Records } from '../subjects/ports.ts'
import { createReceipts, type Receipts } from '../subjects/receipts.ts'
import type { Keys } from './keys.ts'

export interface ReceiptJoinParts {
  readonly config: Pick<GatewayConfig, 'ledger'>
  readonly keys: Pick<Keys, 'index' | 'signing'>
  readonly ledger: { append(records: readonly LedgerEntry[]): Promise<number> }
  readonly archive: Records & Pick<LedgerArchive, 'serve'>
  readonly revisions: Pick<Revisions, 'current'>
  readonly now: () => EpochMs
}

export function receiptsOf({ config, keys, ledger, archive, revisions, now }: ReceiptJoinParts): Receipts {
  return createReceipts({
    ledger,
    records: archive,
    leafOf: (record, seq) => {
      const leaf = leafOf(record, seq)
      return { leaf, hash: leafHash(leaf) }
    },
    signer: createSigner(config.ledger.origin, keys.signing),
    check: async (receipt) => {
      const trust = await archive.serve('trust')
      if (trust === 'unknown' || trust === 'pruned') throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
      return checkReceipt(receipt, parseTrust(Buffer.from(trust.body).toString('utf8')))
    },
    secret: keys.index,
    policy: () => revisions.current().policy.date,
    random: randomBytes,
    now,
  })
}
