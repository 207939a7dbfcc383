/** The anchors of the configuration, joined with what they need: the sealer's proofs, secrets, a file for cosignatures. */
import type { LedgerConfig } from '../contracts/config.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import { type Anchoring, type AnchorObserver, startAnchoring } from '../ledger/anchors/anchoring.ts'
import { folderAnchor } from '../ledger/anchors/folder.ts'
import type { Anchor } from '../ledger/anchors/ports.ts'
import { webhookAnchor } from '../ledger/anchors/webhook.ts'
import { witnessAnchor } from '../ledger/anchors/witness.ts'
import type { LedgerArchive } from '../ledger/ports.ts'
import { sizeOf } from '../ledger/served.ts'
import { type CosignatureFile, openCosignatures } from '../storage/sqlite/ledger-cosignatures.ts'

export interface LedgerAnchoringOptions {
  readonly anchors: LedgerConfig['anchors']
  readonly dataFolder: string
  readonly archive: LedgerArchive
  readonly readSecret: ReadSecret
  readonly observe: AnchorObserver
}

/** Throws where a witness's key is none. */
export function startLedgerAnchoring(options: LedgerAnchoringOptions): Anchoring {
  const { anchors: config, archive, observe } = options
  const kept = config.witnesses.length === 0 ? undefined : openCosignatures(options.dataFolder)
  const anchoring = startAnchoring({
    anchors: anchorsOf(options, kept),
    everyMs: config.everySeconds * 1_000,
    overdueMs: config.requiredWithinMinutes * 60_000,
    newest: async () => {
      const note = await textOf(archive, 'checkpoint')
      if (note === undefined) throw new Error('there is no checkpoint yet')
      return { size: sizeOf(note), note }
    },
    elapsed: () => performance.now(),
    observe,
  })
  return {
    ...anchoring,
    close: () => {
      anchoring.close()
      kept?.close()
    },
  }
}

function anchorsOf(options: LedgerAnchoringOptions, kept: CosignatureFile | undefined): readonly Anchor[] {
  const { anchors: config, archive, readSecret } = options
  const { folder, webhook, witnesses } = config
  const consistency = async (from: number, to: number): Promise<readonly string[] | undefined> => {
    const text = await textOf(archive, `consistency/${from}/${to}`)
    return text?.split('\n').filter((line) => line !== '')
  }
  const authorization = webhook?.authorization
  return [
    ...(folder === undefined ? [] : [folderAnchor(folder)]),
    ...(webhook === undefined
      ? []
      : [webhookAnchor(webhook.url, authorization && (() => readSecret({ ...authorization })))]),
    ...(kept === undefined ? [] : witnesses.map(({ url, key }) => witnessAnchor({ url, key, consistency, kept }))),
  ]
}

async function textOf(archive: LedgerArchive, path: string): Promise<string | undefined> {
  const served = await archive.serve(path)
  return typeof served === 'string' ? undefined : Buffer.from(served.body).toString('utf8')
}
