/** The ledger's thread: the only writer of the ledger. */
import { type KeyObject, randomBytes } from 'node:crypto'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Frames } from '../ledger/frames.ts'
import { type ForgetCall, GroupCommit } from '../ledger/group-commit.ts'
import { unpack } from '../ledger/index/packed.ts'
import { createLedgerKeys } from '../ledger/keys.ts'
import { belowFloor } from '../ledger/retention.ts'
import { createSigner } from '../ledger/signer.ts'
import { LedgerWriter, type WriterLimits } from '../ledger/writer.ts'
import { GatewayError } from '../model/errors.ts'
import { LedgerFolder } from '../storage/sqlite/ledger-folder.ts'
import { IndexFolder } from '../storage/sqlite/ledger-index.ts'
import { readSubjectKeys } from '../storage/sqlite/subject-keys.ts'
import { SharedLedgerState } from './ledger-state.ts'
import { serveCalls } from './rpc.ts'

/** The thread's start parameters. */
export interface LedgerThreadData {
  readonly dataFolder: string
  readonly signingKey: KeyObject
  readonly origin: string
  readonly limits: WriterLimits
  readonly keyEncryptionKey: Uint8Array | undefined
  readonly commitmentKey: Uint8Array
  readonly sealValues: boolean
  readonly state: SharedArrayBuffer
}
/** The result of its `start`. */
export interface LedgerStarted {
  readonly unresolved: number
  /** Records below this number were pruned. */
  readonly floor: number
}

/** Another thread's connection to the same ledger. */
export interface ConnectCall {
  readonly port: MessagePort
  readonly sender: number
}

/** Completes an interrupted pruning before anything is read. */
function open(data: LedgerThreadData): { readonly commits: GroupCommit; readonly started: LedgerStarted } {
  const keys = createLedgerKeys({ ...data, open: () => readSubjectKeys(data.dataFolder), random: randomBytes })
  const store = new LedgerFolder(data.dataFolder)
  const floor = removePruned(store, data.dataFolder)
  const writer = new LedgerWriter({
    store,
    signer: createSigner(data.origin, data.signingKey),
    now: Date.now,
    elapsed: () => performance.now(),
    limits: data.limits,
    keyOf: keys.keyOf,
    random: randomBytes,
  })
  const state = new SharedLedgerState(data.state)
  const commits = new GroupCommit({ writer, keys, state, checkpointMs: data.limits.checkpointMs })
  return { commits, started: { unresolved: writer.unresolvedAtStart, floor } }
}

/** Removes what an interrupted pruning left below the floor; returns the floor. */
function removePruned(store: LedgerFolder, dataFolder: string): number {
  const floor = store.floor()?.size ?? 0
  const indexes = new IndexFolder(dataFolder, unpack)
  for (const first of belowFloor(store.segments(), floor)) {
    indexes.remove(first)
    store.remove(first)
  }
  return floor
}

/** Serves the calls of `ledger-client.ts`. An error that is not a full disk ends the thread: see `LedgerStore`. */
function serve(): void {
  const data = workerData as LedgerThreadData
  let commits: GroupCommit | undefined
  const running = (): GroupCommit => {
    if (commits === undefined) throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
    return commits
  }
  if (parentPort === null) throw new Error('the ledger thread is started by startLedger')
  serveCalls(parentPort, {
    start: (): LedgerStarted => {
      const opened = open(data)
      commits = opened.commits
      return opened.started
    },
    append: (frames: Frames) => running().append(frames),
    histories: (from: number) => running().histories(from),
    forget: (call: ForgetCall) => running().forget(call),
    dropBelow: (floor: number) => running().dropBelow(floor),
    resolve: (sender: number) => running().resolve(sender),
    connect: ({ port, sender }: ConnectCall) =>
      serveCalls(port, {
        append: (frames: Frames) => running().append({ ...frames, sender }),
        histories: (from: number) => running().histories(from),
      }),
    close: () => commits?.close(),
  })
}

serve()
