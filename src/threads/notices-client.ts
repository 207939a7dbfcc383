/** The `NoticeStore` port over its worker, which starts on first use: without notices there is none. */
import { Worker } from 'node:worker_threads'
import type { NoticeStore } from '../notices/ports.ts'
import type { NoticesStart } from './notices-host.ts'
import { type Caller, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface StartedNotices extends NoticeStore {
  /** Starts the worker; rejects with an error that names the file at fault. */
  open(): Promise<void>
  /** False if nothing was ever stored: no need to ask. */
  isOpen(): boolean
  close(): Promise<void>
}

export function createNoticesClient(start: NoticesStart, onLost: (error: Error) => void): StartedNotices {
  let started: Promise<Caller> | undefined
  let isOpen = false
  const caller = (): Promise<Caller> => {
    started ??= startWorker(start, onLost).then((opened) => {
      isOpen = true
      return opened
    })
    return started
  }
  const call = async <Result>(method: string, argument?: unknown): Promise<Result> =>
    (await caller()).call<Result>(method, argument)
  return {
    open: async () => {
      await caller()
    },
    isOpen: () => isOpen,
    keep: (entries) => call('keep', entries),
    keepFor: (partners) => call('keepFor', partners),
    attach: (arrived) => call('attach', arrived),
    find: (who) => call('find', who),
    earlier: (identities) => call('earlier', identities),
    saveEarlier: (...given) => call('saveEarlier', given),
    addPending: (choices) => call('addPending', choices),
    pending: (which) => call('pending', which),
    countPending: () => call('countPending'),
    queue: (batch) => call('queue', batch),
    due: (now) => call('due', now),
    textOf: (id) => call('textOf', id),
    nextDue: () => call('nextDue'),
    begin: (...given) => call('begin', given),
    defer: (...given) => call('defer', given),
    end: (...given) => call('end', given),
    unrecorded: (limit) => call('unrecorded', limit),
    recorded: (ids) => call('recorded', ids),
    forget: (...given) => call('forget', given),
    ofIdentities: (keys) => call('ofIdentities', keys),
    byIds: (ids) => call('byIds', ids),
    counts: () => call('counts'),
    list: (filter) => call('list', filter),
    prune: (before) => call('prune', before),
    close: async () => {
      if (started === undefined) return
      await (await started).close()
    },
  }
}

async function startWorker(start: NoticesStart, onLost: (error: Error) => void): Promise<Caller> {
  const worker = new Worker(new URL('./notices.ts', import.meta.url), {
    workerData: start,
    name: 'notices',
    resourceLimits: SHORT_LIVED,
  })
  const caller = callWorker(worker, 'ERR_NOTICES_UNAVAILABLE')
  caller.onLost(onLost)
  try {
    await caller.call('open')
  } catch (error) {
    await worker.terminate()
    throw error
  }
  return caller
}
