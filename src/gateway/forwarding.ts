/** This cell as one that owns users: hands each event to its user's cell, and keeps what the others hand to it. */
import { type Answerer, createChannelServer, createPeers, PeerUnavailable } from '../cluster/channel.ts'
import { createGathering } from '../cluster/gathering.ts'
import { ownerOf } from '../cluster/owner.ts'
import type { Work } from '../flow/work.ts'
import type { Accepting, ToKeep } from '../ingress/accepting.ts'
import { messageOf, type ReadPart, readMessage, type WrittenPart, writePart } from '../ingress/keep-message.ts'
import { createSpread } from '../ingress/spread.ts'
import type { AppendResult } from '../intake/ports.ts'
import type { NodeId, Revision } from '../model/brand.ts'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import type { CellStanding, Forwarded, MetricSources } from '../observe/gauges.ts'
import { describeError, type Log } from '../observe/log.ts'
import { closeServer, listen } from '../platform/servers.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import type { JoinedCell } from './open-folder.ts'
import type { Stores } from './stores.ts'

const KEEP = '/keep'
/** What one cell answers another is to read: how each event of a part was kept, or why none was. */
type KeepAnswer = { readonly kept: AppendResult } | { readonly code: ErrorCode }

/** How long an owner waits for the revision that another cell took events in under. */
const REVISION_WAIT_MS = 2_000
const STOP_GRACE_MS = 2_000

export interface ForwardingParts {
  readonly cell: JoinedCell
  readonly stores: Pick<Stores, 'owners' | 'ledger'>
  readonly revisions: RevisionBook
  readonly stopping: () => boolean
  readonly log: Log
}

export interface Forwarding {
  /** Events that were handed to other cells, since the start. */
  forwarded(): Forwarded['forwarded']
  /** See `IngressDeps.spread`. */
  readonly spread: (here: Accepting, work: Work) => Accepting
}

/**
 * Listens, and then owns its share of users. Undefined where each cell keeps what it is sent; rejects where this one would, and
 * others do not.
 */
export async function openForwarding(
  stack: AsyncDisposableStack,
  parts: ForwardingParts,
): Promise<Forwarding | undefined> {
  const { cell: self, stores, revisions, log, stopping } = parts
  const { cell, internal } = self
  // Sound: a cell has shared choices.
  const cluster = stores.owners!
  const others = () => cluster.owners().filter((owner) => owner.cell !== cell)
  if (internal === undefined) {
    if (others().length > 0)
      throw new Error(
        'the other cells hand events to each other: set cluster.internal here too. docs/cluster.md says how.',
      )
    return undefined
  }
  const { tls, whenOwnerDown } = internal
  const local = Promise.withResolvers<{ readonly here: Accepting; readonly work: Work }>()
  const answerers: Record<string, Answerer> = {
    [KEEP]: async (message) => {
      const { here, work } = await local.promise
      const read = await work.run(readMessage(message.toString()))
      return JSON.stringify(await Promise.all(read.map((part) => keepPart(here, part))))
    },
  }
  const server = createChannelServer({
    cell,
    tls,
    isCell: cluster.isCell,
    answerers,
    onRefused: (why) => log.warn({ why }, 'a message of another cell was refused'),
    onFailed: (error) => log.error(describeError(error), 'a message of another cell failed'),
  })
  const url = new URL(await listen(server, internal, 'cluster.internal'))
  stack.defer(() => closeServer(server, STOP_GRACE_MS))
  const peers = createPeers(cell, tls)
  stack.defer(() => peers.close())
  await cluster.own(`${internal.reachedAt ?? url.hostname}:${url.port}`)

  const counts = new Map<NodeId, { kept: number; failed: number }>()
  const ask = createGathering<WrittenPart, KeepAnswer>({
    bytesOf: ({ lines }) => lines.length,
    send: async (owner, written) => {
      const peer = cluster.owners().find((one) => one.cell === owner)
      if (peer === undefined) throw new PeerUnavailable(`cell ${owner} owns nobody any more`)
      // Sound: a cell of this version wrote it.
      return JSON.parse(await peers.ask(peer, KEEP, messageOf(written))) as readonly KeepAnswer[]
    },
  })
  const forward = async (owner: NodeId, part: ToKeep, work: Work): Promise<AppendResult> => {
    const count = counts.get(owner) ?? { kept: 0, failed: 0 }
    counts.set(owner, count)
    try {
      const answer = await ask(owner, await work.run(writePart(digestOf(part.revision), part)))
      if ('code' in answer) throw new GatewayError(answer.code)
      count.kept += part.good.length
      return answer.kept
    } catch (error) {
      count.failed += part.good.length
      if (error instanceof GatewayError) throw error
      log.warn(
        { owner, why: error instanceof PeerUnavailable ? error.message : 'unexpected' },
        'an owner did not keep events',
      )
      throw new GatewayError('ERR_OWNER_UNAVAILABLE', {}, error)
    }
  }
  const digestOf = (revision: Revision): string =>
    revisions.current().number === revision ? revisions.current().digest : (revisions.at(revision)?.digest ?? '')

  /** Which revision of this cell's is the one that the sender means. */
  const revisionHere = async ({ digest, toKeep: { revision } }: ReadPart): Promise<Revision | undefined> => {
    const end = performance.now() + REVISION_WAIT_MS
    for (;;) {
      const current = revisions.current()
      if (current.digest === digest) return current.number
      if (revision < current.number) return revisions.at(revision)?.digest === digest ? revision : undefined
      const left = end - performance.now()
      if (left <= 0) return undefined
      await Promise.race([changed.promise, new Promise((resolve) => setTimeout(resolve, left).unref())])
    }
  }
  let changed = Promise.withResolvers<void>()
  revisions.onChange(async () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  })
  async function keepPart(here: Accepting, part: ReadPart): Promise<KeepAnswer> {
    try {
      if (stopping()) throw new GatewayError('ERR_STOPPING')
      if (!stores.ledger.health().writable) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
      const revision = await revisionHere(part)
      if (revision === undefined) {
        log.warn(
          { revision: part.toKeep.revision },
          'another cell has another configuration: its events are not kept here',
        )
        throw new GatewayError('ERR_OWNER_UNAVAILABLE')
      }
      return { kept: await here.keep({ ...part.toKeep, revision }) }
    } catch (error) {
      if (!(error instanceof GatewayError)) log.error(describeError(error), 'events of another cell could not be kept')
      return { code: error instanceof GatewayError ? error.code : 'ERR_INTERNAL' }
    }
  }

  return {
    forwarded: () => [...counts].map(([owner, count]) => ({ owner, ...count })),
    spread: (here, work) => {
      local.resolve({ here, work })
      return createSpread(
        {
          here: cell,
          ownerOf: (key, without) => {
            const cells = cluster.owners().map((owner) => owner.cell)
            const owner = ownerOf(key, without.length === 0 ? cells : cells.filter((one) => !without.includes(one)))
            if (owner === undefined) throw new GatewayError('ERR_OWNER_UNAVAILABLE')
            return owner
          },
          keep: (owner, part) => forward(owner, part, work),
          orTheNext: whenOwnerDown === 'other_cell',
        },
        here,
      )
    },
  }
}

/** What metrics tell of a cell. */
export function withForwarded(
  standing: CellStanding | undefined,
  forwarding: Forwarding | undefined,
): ReturnType<MetricSources['cluster']> {
  return standing && { ...standing, forwarded: forwarding?.forwarded() ?? [] }
}
