/** The `Intake` port over the intake's worker. */
import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads'
import type { Reader } from '../intake/claims.ts'
import { type IntakeSide, intakeOver } from '../intake/intake-over.ts'
import { type IntakeOptions, requireOptions } from '../intake/options.ts'
import type { ConnectCall } from './intake.ts'
import type { IntakeStart } from './intake-host.ts'
import { callPort, callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface IntakeSettings {
  /** The folder that this process has locked. */
  readonly dataFolder: string
  /** 32 bytes that wrap the subjects' keys. Losing it loses every unsettled event. */
  readonly keyEncryptionKey: Uint8Array
  /** Key of message ids from before window keys; without it those are not compared. */
  readonly indexKey?: Uint8Array
  readonly options?: Partial<IntakeOptions>
  /** Opens although accepted events are missing: see `StartedIntake.lostEvents`. Default false. */
  readonly acceptLost?: boolean
  /** Called once if the worker ends by itself; from then on every call rejects. */
  readonly onLost?: (error: Error) => void
  /** Default `SHORT_LIVED`. */
  readonly limits?: ResourceLimits
}

export interface StartedIntake extends IntakeSide {
  /** Accepted events that were in no file at this start, which was told to continue without them. */
  lostEvents(): Promise<number>
  /** A connection for another thread. */
  connect(reader: Reader): MessagePort
  /** See `IntakeLog`. */
  resumeOf(reader: Reader): Promise<number | undefined>
  leave(reader: Reader): Promise<void>
}

/** Starts the worker. Rejects with an error that names the file or option at fault; then nothing runs. */
export async function startIntake(settings: IntakeSettings): Promise<StartedIntake> {
  const options = requireOptions(settings.options ?? {})
  const { dataFolder, keyEncryptionKey, indexKey, acceptLost = false } = settings
  const start: IntakeStart = { dataFolder, keyEncryptionKey, indexKey, options, acceptLost }
  const worker = new Worker(new URL('./intake.ts', import.meta.url), {
    workerData: start,
    name: 'intake',
    resourceLimits: settings.limits ?? SHORT_LIVED,
  })
  const caller = callWorker(worker, 'ERR_INTAKE_UNAVAILABLE')
  if (settings.onLost !== undefined) caller.onLost(settings.onLost)
  const end = async (): Promise<void> => {
    try {
      await caller.close()
    } finally {
      await worker.terminate()
    }
  }
  try {
    await caller.call('open')
  } catch (error) {
    await end()
    throw error
  }
  return {
    ...intakeOver({ ...caller, close: end }, options.windowBytes),
    lostEvents: () => caller.call('lostEvents'),
    connect: (reader) => {
      const { port1, port2 } = new MessageChannel()
      void caller.call('connect', { port: port1, reader } satisfies ConnectCall, [port1])
      return port2
    },
    resumeOf: (reader) => caller.call('resumeOf', reader),
    leave: (reader) => caller.call('leave', reader),
  }
}

/** The port over a connection from `connect`; `windowBytes` is that thread's share of parsed events. */
export function intakeThrough(port: MessagePort, windowBytes: number): IntakeSide {
  return intakeOver(callPort(port, 'ERR_INTAKE_UNAVAILABLE'), windowBytes)
}
