/** The anchors of the configuration, joined with what they need: the sealer's proofs, secrets, a file for cosignatures. */
import type { LedgerConfig } from '../contracts/config.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import { type Anchoring, type AnchorObserver, createAnchoring } from '../ledger/anchors/anchoring.ts'
import { compareWithLedger, textOf } from '../ledger/anchors/compare.ts'
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
  /** Puts the newest checkpoint on the roster; undefined where that is here, or nowhere. */
  readonly toRoster: (() => Promise<void>) | undefined
  /** Notes of other histories that somebody accepted, on record. */
  readonly accepted: ReadonlySet<string>
  readonly observe: AnchorObserver
}

/** Nothing is put outside before `start`. Throws where a witness's key is none. */
export function createLedgerAnchoring(options: LedgerAnchoringOptions): Anchoring {
  const { anchors: config, archive, accepted, observe } = options
  const kept = config.witnesses.length === 0 ? undefined : openCosignatures(options.dataFolder)
  const anchoring = createAnchoring({
    anchors: anchorsOf(options, kept),
    everyMs: config.everySeconds * 1_000,
    overdueMs: config.requiredWithinMinutes * 60_000,
    newest: async () => {
      const note = await textOf(archive, 'checkpoint')
      if (note === undefined) throw new Error('there is no checkpoint yet')
      return { size: sizeOf(note), note }
    },
    compare: (anchored) => compareWithLedger(archive, anchored),
    isAccepted: (note) => accepted.has(note),
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
  const { anchors: config, archive, accepted, readSecret, toRoster } = options
  const { folder, webhook, witnesses } = config
  const consistency = async (from: number, to: number): Promise<readonly string[] | undefined> => {
    const text = await textOf(archive, `consistency/${from}/${to}`)
    return text?.split('\n').filter((line) => line !== '')
  }
  const authorization = webhook?.authorization
  return [
    ...(toRoster === undefined ? [] : [{ name: 'roster', where: 'cell 0', put: toRoster }]),
    ...(folder === undefined ? [] : [folderAnchor(folder, { besideOthers: () => accepted.size > 0 })]),
    ...(webhook === undefined
      ? []
      : [webhookAnchor(webhook.url, authorization && (() => readSecret({ ...authorization })))]),
    ...(kept === undefined ? [] : witnesses.map(({ url, key }) => witnessAnchor({ url, key, consistency, kept }))),
  ]
}
