/** Worker: the only thread that writes the intake's files. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Reader } from '../intake/claims.ts'
import type { PackedAppend, PackedPull, PackedSettle } from '../intake/wire.ts'
import { GatewayError } from '../model/errors.ts'
import { type IntakeStart, openIntakeFiles } from './intake-host.ts'
import { serveCalls } from './rpc.ts'

/** Another thread's connection to the same log. */
export interface ConnectCall {
  readonly port: MessagePort
  readonly reader: Reader
}

if (parentPort === null) throw new Error('runs as a worker')
// The main thread starts this file with exactly this.
const start = workerData as IntakeStart
const log = openOrError()

/** A failed start is the answer to `open`, so that the caller receives the reason. */
function openOrError(): ReturnType<typeof openIntakeFiles> | Error {
  try {
    return openIntakeFiles(start, Date.now)
  } catch (error) {
    return error instanceof Error ? error : new Error('the intake cannot be opened', { cause: error })
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
  const maintenance = setInterval(() => {
    try {
      log.maintain()
    } catch (error) {
      // A write error: appends report it, and the next round continues here.
      if (!(error instanceof GatewayError)) throw error
    }
  }, start.options.maintainEveryMs)
  serveCalls(parentPort, {
    ...log,
    open: () => undefined,
    connect: ({ port, reader }: ConnectCall) =>
      serveCalls(port, {
        ...log,
        append: (request: PackedAppend) => log.append(request, reader),
        pull: (call: PackedPull) => log.pull(call, reader),
        settle: (packed: PackedSettle) => log.settle(packed, reader),
      }),
    close: () => {
      clearInterval(maintenance)
      log.close()
    },
  })
}
