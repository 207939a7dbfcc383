/** This process becomes the one that acts as a cell, or is told why not: before it writes anything of its folder but the mark. */
import { createHmac, type KeyObject, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type NodeId, never } from '../model/brand.ts'
import { claimCell, synchronousStandbys } from '../storage/postgres/cells.ts'
import { connect } from '../storage/postgres/connection.ts'
import { requireSchema } from '../storage/postgres/schema.ts'
import { VERSION } from '../storage/postgres/version.ts'
import { removeReplica } from '../storage/sqlite/replica.ts'
import { placeOf, readMark, writeMark } from './cell-mark.ts'
import { waitOutMs } from './lease.ts'
import type { ClusterSettings } from './settings.ts'
import { whyUnsafe } from './standbys.ts'

export interface Member {
  readonly incarnation: string
  /** How long one renewal of its lease lasts. */
  readonly leaseMs: number
  /** Its own version of what cells write, and the one agreed on. */
  readonly version: number
  readonly agreed: number
}

const TIMEOUT_MS = 10_000

/**
 * Claims the cell for the folder, which MUST be this process's own. Rejects with a sentence that says what to do where the
 * database is no safe one or has another schema, nobody added the cell, it acts in another folder, or keys differ.
 *
 * A volume that was taken from a machine that stands still, or a copy of the folder: what acted there may go on, and has a
 * lease as long as its last renewal says. Nothing may be confirmed for the cell before that has run out.
 *
 * @param wait so many milliseconds
 */
export async function joinCluster(
  { urls, cell, safety }: ClusterSettings,
  folder: string,
  indexKey: KeyObject,
  wait: (ms: number) => Promise<unknown> = pause,
  version = VERSION,
): Promise<Member> {
  const former = await readMark(folder)
  if (former !== undefined && former.cell !== cell)
    throw new Error(`${folder} is the folder of cell ${former.cell}, and this process is to be cell ${cell}.`)
  const connection = await connect({ urls, applicationName: `sluice cell ${cell}`, timeoutMs: TIMEOUT_MS })
  try {
    const unsafe = whyUnsafe(await synchronousStandbys(connection), safety)
    if (unsafe !== undefined) throw new Error(unsafe)
    await requireSchema(connection, version)
    const incarnation = randomUUID()
    const ofFolder = [...(former?.incarnations ?? []), incarnation]
    // Before the claim: a start that ends in between has left the name that may be in the row.
    const at = former?.place === undefined ? {} : { place: former.place }
    await writeMark(folder, { cell, incarnations: ofFolder, ...at })
    const keyFingerprint = fingerprintOf(indexKey)
    // A copy that lies there is of an earlier time, whose entries of the feed had the same numbers.
    const first = (): Promise<void> => removeReplica(folder)
    const claim = { cell, incarnation, ofFolder, keyFingerprint, version, first }
    const claimed = await claimCell(connection, claim)
    if (claimed.kind === 'version') throw new Error(claimed.why)
    if (claimed.kind !== 'claimed') throw new Error(refusal(claimed.kind, cell, folder))
    const place = await placeOf(folder)
    const isWhereItWas = place !== undefined && former?.place === place
    if (claimed.mayHoldLease && !isWhereItWas) await wait(waitOutMs(claimed.leaseMs))
    await writeMark(folder, { cell, incarnations: [incarnation], ...(place === undefined ? {} : { place }) })
    return { incarnation, leaseMs: claimed.leaseMs, version, agreed: claimed.agreed }
  } finally {
    if (!connection.isEnded()) await connection.end()
  }
}

function refusal(kind: 'unknown' | 'elsewhere' | 'other_key', cell: NodeId, folder: string): string {
  switch (kind) {
    case 'unknown':
      return `cell ${cell} is not in the cluster: add it with \`sluice cluster add ${cell}\`.`
    case 'elsewhere':
      return (
        `cell ${cell} acts in another folder than ${folder}, or did last: start it there, or, where that folder is lost, ` +
        `take the cell out (\`sluice cluster leave ${cell} --lost\`) and add it anew.`
      )
    case 'other_key':
      return 'the other cells find choices by another key than this one: keys.index has to be the same in every cell.'
    default:
      return never(kind)
  }
}

/** Tells keys apart, and says nothing of them. */
export function fingerprintOf(key: KeyObject): string {
  return createHmac('sha256', key).update('sluice cluster').digest('hex').slice(0, 16)
}
