/** Forwards each event to the cell that owns its user, and keeps the events that other cells forward here. */
import type { IncomingMessage, RequestListener } from 'node:http'
import { type Answerer, createChannelServer, createPeers, PeerUnavailable } from '../cluster/channel.ts'
import { createGathering } from '../cluster/gathering.ts'
import { ownerOf } from '../cluster/owner.ts'
import type { GatewayConfig } from '../contracts/config.ts'
import { type Accounting, accountingOf, type CellBooks } from '../control/accounting.ts'
import type { ControlDeps } from '../control/deps.ts'
import type { RelayBooks } from '../flow/relay-books.ts'
import type { Work } from '../flow/work.ts'
import type { Accepting, ToKeep } from '../ingress/accepting.ts'
import type { RelayOwners } from '../ingress/deps.ts'
import { messageOf, type ReadPart, readMessage, type WrittenPart, writePart } from '../ingress/keep-message.ts'
import { RELAY_PATH } from '../ingress/relay.ts'
import { createSpread } from '../ingress/spread.ts'
import type { AppendResult } from '../intake/ports.ts'
import type { EpochMs, IdentityKey, NodeId, Revision } from '../model/brand.ts'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import type { CellStanding, Forwarded, MetricSources } from '../observe/gauges.ts'
import { describeError, type Log } from '../observe/log.ts'
import { closeServer, listen } from '../platform/servers.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { type AskOthers, otherCells, readsOf } from './elsewhere.ts'
import type { JoinedNotices } from './notices.ts'
import type { JoinedCell } from './open-folder.ts'
import type { JoinedRights } from './rights.ts'
import { type CellLedgers, joinLedgers } from './roster.ts'
import type { Stores } from './stores.ts'

const KEEP = '/keep'
const BOOKS = '/books'
const READ = '/read/'
/** How long somebody who asks for the books of all cells waits for one of them. */
const BOOKS_MS = 3_000
/** Time limit for one cell's answer: the cell reads all its records about a subject, or does its part of an erasure. */
const READ_MS = 10_000
/** What one cell answers another is to read: how each event of a part was kept, or why none was. */
type KeepAnswer = { readonly kept: AppendResult } | { readonly code: ErrorCode }

/** How long an owner waits for the revision under which another cell accepted the events. */
const REVISION_WAIT_MS = 2_000
const STOP_GRACE_MS = 2_000

export interface ForwardingParts {
  readonly cell: JoinedCell
  readonly config: Pick<GatewayConfig, 'ledger'>
  readonly stores: Pick<Stores, 'owners' | 'ledger' | 'intake' | 'archive'>
  readonly relayBooks: RelayBooks
  readonly joined: Pick<JoinedRights, 'statementHere' | 'erasures'>
  readonly notices: Pick<JoinedNotices, 'asked'>
  readonly revisions: RevisionBook
  readonly stopping: () => boolean
  readonly log: Log
  readonly now: () => EpochMs
}

export interface Forwarding extends CellLedgers {
  /** Events that were handed to other cells, since the start. */
  forwarded(): Forwarded['forwarded']
  /** See `IngressDeps.spread`. */
  readonly spread: (here: Accepting, work: Work) => Accepting
  readonly relayOwners: RelayOwners
  /** The other cells' books; undefined for a cell that does not answer. */
  books(): Promise<readonly CellBooks[]>
  readonly ask: AskOthers
}

/**
 * Listens, and then owns its share of users. Undefined where each cell keeps what it is sent; rejects where this one would, and
 * others do not.
 */
export async function openForwarding(
  stack: AsyncDisposableStack,
  parts: ForwardingParts,
): Promise<Forwarding | undefined> {
  const { cell: self, stores, revisions, log } = parts
  const { cell, internal } = self
  // Sound: a cell has shared choices.
  const cluster = stores.owners!
  if (internal === undefined) {
    if (cluster.owners().some((owner) => owner.cell !== cell))
      throw new Error(
        'the other cells hand events to each other: set cluster.internal here too. docs/cluster.md says how.',
      )
    return undefined
  }
  const { tls, whenOwnerDown } = internal
  const ledgers = joinLedgers(parts)
  const local = Promise.withResolvers<{ readonly here: Accepting; readonly work: Work }>()
  const keepHere = createKeeper(parts)
  const relaying = Promise.withResolvers<RequestListener>()
  const answerers: Record<string, Answerer> = {
    [BOOKS]: async () => JSON.stringify(accountingOf(await stores.intake.totals(), parts.relayBooks.totals())),
    ...ledgers.answerers,
    ...Object.fromEntries(
      Object.entries(readsOf(parts.joined, parts.notices, stores.archive)).map(([name, read]): [string, Answerer] => [
        READ + name,
        // Sound: a cell of this version wrote it, for this read.
        async (message) => JSON.stringify(await read(JSON.parse(message.toString()) as never)),
      ]),
    ),
    [KEEP]: async (message) => {
      const { here, work } = await local.promise
      const read = await work.run(readMessage(message.toString()))
      return JSON.stringify(await Promise.all(read.map((part) => keepHere(here, part))))
    },
  }
  const server = createChannelServer({
    cell,
    version: self.member.version,
    tls,
    isCell: (one) => cluster.cells().some((known) => known.cell === one),
    answerers,
    listener: {
      path: RELAY_PATH,
      listen: (request, response) => void relaying.promise.then((listen) => listen(request, response)),
    },
    onRefused: (why) => log.warn({ why }, 'a message of another cell was refused'),
    onFailed: (error) => log.error(describeError(error), 'a message of another cell failed'),
  })
  const url = new URL(await listen(server, internal, 'cluster.internal'))
  stack.defer(() => closeServer(server, STOP_GRACE_MS))
  const peers = createPeers(cell, tls, cluster.agreed)
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
      log.warn({ owner, why: whyOf(error) }, 'an owner did not keep events')
      throw new GatewayError('ERR_OWNER_UNAVAILABLE', {}, error)
    }
  }
  const digestOf = (revision: Revision): string =>
    revisions.current().number === revision ? revisions.current().digest : (revisions.at(revision)?.digest ?? '')

  const others = () => cluster.cells().filter((one) => one.cell !== cell)
  /** Undefined of a cell that does not answer. */
  const askOthers = <Answer>(path: string, message: string, withinMs: number) =>
    Promise.all(
      others().map(async ({ cell: peer, at }) => {
        if (at === undefined) return { cell: peer, answer: undefined }
        try {
          // Sound: a cell of this version wrote it.
          return {
            cell: peer,
            answer: JSON.parse(await peers.ask({ cell: peer, at }, path, message, withinMs)) as Answer,
          }
        } catch (error) {
          if (error instanceof PeerUnavailable) return { cell: peer, answer: undefined }
          throw error
        }
      }),
    )
  const ownerAmong = (key: IdentityKey, without: readonly NodeId[]): NodeId => {
    const cells = cluster.owners().map((owner) => owner.cell)
    const owner = ownerOf(key, without.length === 0 ? cells : cells.filter((one) => !without.includes(one)))
    if (owner === undefined) throw new GatewayError('ERR_OWNER_UNAVAILABLE')
    return owner
  }
  const relayOwners: RelayOwners = {
    serve: relaying.resolve,
    hand: async (key, { request, client, body }, response) => {
      const owner = ownerAmong(key, [])
      const peer = cluster.owners().find((one) => one.cell === owner)
      if (owner === cell || peer === undefined) return false
      const { method = 'GET', url = '/' } = request
      const headers = [...handedHeaders(request), 'x-forwarded-for', client ?? 'unknown']
      try {
        await peers.pass(peer, { method, path: url, headers, body }, response)
        return true
      } catch (error) {
        log.warn({ owner, why: whyOf(error) }, 'an owner did not take a request')
        if (whenOwnerDown === 'other_cell') return false
        throw new GatewayError('ERR_OWNER_UNAVAILABLE', {}, error)
      }
    },
  }

  return {
    ...ledgers.begin(stack, peers),
    relayOwners,
    books: async () =>
      (await askOthers<Accounting>(BOOKS, '', BOOKS_MS)).map((one) => ({ cell: one.cell, books: one.answer })),
    ask: (name, question) => askOthers(READ + name, JSON.stringify(question), READ_MS),
    forwarded: () => [...counts].map(([owner, count]) => ({ owner, ...count })),
    spread: (here, work) => {
      local.resolve({ here, work })
      return createSpread(
        {
          here: cell,
          ownerOf: ownerAmong,
          keep: (owner, part) => forward(owner, part, work),
          orTheNext: whenOwnerDown === 'other_cell',
        },
        here,
      )
    },
  }
}

function whyOf(error: unknown): string {
  return error instanceof PeerUnavailable ? error.message : 'unexpected'
}

/** Keeps what another cell took in, under the same revision. Never rejects. */
function createKeeper({ stores, revisions, stopping, log }: ForwardingParts) {
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
  return async (here: Accepting, part: ReadPart): Promise<KeepAnswer> => {
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
}

/** What describes the connection, or the body as it came, and what only another cell may say. */
const NOT_HANDED =
  /^(?:host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-length|content-encoding|x-forwarded-for|forwarded|sluice-cells?)$/i

/** Names and values by turns, twice where they came twice. */
function handedHeaders({ rawHeaders }: IncomingMessage): readonly string[] {
  return rawHeaders.filter((_text, index) => !NOT_HANDED.test(rawHeaders[index - (index % 2)]!))
}

/** The books of all cells. Without `cluster.internal` the other cells' books are unknown. */
export function cellsOf(
  self: JoinedCell | undefined,
  stores: Pick<Stores, 'owners'>,
  forwarding: Forwarding | undefined,
): ControlDeps['cells'] {
  const unknown = async (): Promise<readonly CellBooks[]> =>
    otherCells(self, stores).map((cell) => ({ cell, books: undefined }))
  return {
    own: self?.cell ?? '0',
    isOneOfSeveral: self !== undefined,
    status: async () => self && { ...(await self.settings.status()), roster: forwarding?.roster() ?? [] },
    otherBooks: forwarding?.books ?? unknown,
    otherCounts: async (query) =>
      forwarding?.ask('counts', { query }) ?? otherCells(self, stores).map((cell) => ({ cell, answer: undefined })),
  }
}

/** A cell's standing with its forwarding counts, for metrics. */
export function withForwarded(
  standing: CellStanding | undefined,
  forwarding: Forwarding | undefined,
): ReturnType<MetricSources['cluster']> {
  return standing && { ...standing, forwarded: forwarding?.forwarded() ?? [], roster: forwarding?.roster() ?? [] }
}
