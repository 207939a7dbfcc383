/** What `gateway.yaml` says of this process as a cell, with what it refers to. */
import { createSecureContext } from 'node:tls'
import type { ClusterConfig, InternalConfig } from '../contracts/config.ts'
import { createSecretReader } from '../delivery/secrets.ts'
import type { NodeId } from '../model/brand.ts'
import type { TlsTexts } from './channel.ts'
import type { Safety } from './standbys.ts'

export interface ClusterSettings {
  readonly cell: NodeId
  /** `postgres://…` of each server that may be the primary. Never shown. */
  readonly urls: readonly string[]
  readonly safety: Safety
}

/** @throws Error which says what is to be set where */
export function clusterSettings(
  { cell, database, fencing, allowSingleCopy }: ClusterConfig,
  environment: Readonly<Record<string, string | undefined>>,
): ClusterSettings {
  const number = typeof cell === 'number' ? String(cell) : (environment[cell.env] ?? '')
  if (!isCell(number) && typeof cell === 'object')
    throw new Error(`cluster.cell: env ${cell.env} holds no whole number from 0 to 63. Set it for each cell.`)
  const urls = createSecretReader(environment)(database)
    .split(/\s+/)
    .filter((text) => text !== '')
  if (urls.length === 0 || urls.some((url) => !/^postgres(ql)?:\/\//.test(url)))
    throw new Error(
      `cluster.database: ${'env' in database ? `env ${database.env}` : database.file} holds something else than ` +
        'postgres://… of each server, separated by spaces or lines.',
    )
  // Sound: a number from 0 to 63, by the schema or as looked at above.
  return { cell: number as NodeId, urls, safety: { fencing, allowSingleCopy } }
}

/** `reachedAt` holds the cell's own number. */
export interface InternalSettings extends Omit<InternalConfig, 'tls'> {
  readonly tls: TlsTexts
}

/** Undefined where each cell keeps what it is sent. Throws an error that says what is to be set where. */
export function internalSettings(
  { internal }: ClusterConfig,
  cell: NodeId,
  environment: Readonly<Record<string, string | undefined>>,
): InternalSettings | undefined {
  if (internal === undefined) return undefined
  const read = createSecretReader(environment)
  const { key, cert, ca } = internal.tls
  const tls = { key: read(key), cert: read(cert), ca: read(ca) }
  try {
    createSecureContext(tls)
  } catch (cause) {
    throw new Error('cluster.internal.tls: key, cert and ca are not PEM texts of which key and cert belong together.', {
      cause,
    })
  }
  const reachedAt = internal.reachedAt?.replace('{cell}', cell)
  return { ...internal, tls, ...(reachedAt === undefined ? {} : { reachedAt }) }
}

export function isCell(text: string): text is NodeId {
  return /^(\d|[1-5]\d|6[0-3])$/.test(text)
}
