/** Worker: the only thread that reads and writes addresses and notices. */
import { parentPort, workerData } from 'node:worker_threads'
import type { NoticeLog } from '../notices/ports.ts'
import { type NoticesStart, openNoticeFiles } from './notices-host.ts'
import { serveCalls } from './rpc.ts'

if (parentPort === null) throw new Error('runs as a worker')
// The main thread starts this file with exactly this.
const log = openOrError(workerData as NoticesStart)

/** A failed start is the answer to `open`, so that the caller receives the reason. */
function openOrError(start: NoticesStart): NoticeLog | Error {
  try {
    return openNoticeFiles(start)
  } catch (error) {
    return error instanceof Error ? error : new Error('notices cannot be opened', { cause: error })
  }
}

if (log instanceof Error) {
  serveCalls(parentPort, {
    open: () => {
      throw log
    },
    close: () => undefined,
  })
} else {
  const { begin, defer, end, forget, saveEarlier, ...rest } = log
  serveCalls(parentPort, {
    ...rest,
    open: () => undefined,
    // A call has one argument.
    saveEarlier: ([identity, had]: Parameters<typeof saveEarlier>) => saveEarlier(identity, had),
    begin: ([id, repeatable]: Parameters<typeof begin>) => begin(id, repeatable),
    defer: ([id, next]: Parameters<typeof defer>) => defer(id, next),
    end: ([id, how]: Parameters<typeof end>) => end(id, how),
    forget: ([identities, subjects]: Parameters<typeof forget>) => forget(identities, subjects),
  })
}
