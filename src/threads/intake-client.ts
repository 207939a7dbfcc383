/** The `Intake` port over the intake's worker. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import { intakeOver } from '../intake/intake-over.ts'
import { type IntakeOptions, requireOptions } from '../intake/options.ts'
import type { Intake } from '../intake/ports.ts'
import type { IntakeStart } from './intake-host.ts'
import { callWorker } from './rpc.ts'
import { SHORT_LIVED } from './short-lived.ts'

export interface IntakeSettings {
  /** The folder that this process has locked. */
  readonly dataFolder: string
  /** 32 bytes under which the subjects' keys are wrapped. Losing it loses every event that is not settled. */
  readonly keyEncryptionKey: Uint8Array
  /** Under which message ids were kept before window keys; without it what was kept so is not compared. */
  readonly indexKey?: Uint8Array
  readonly options?: Partial<IntakeOptions>
  /** Opens although accepted events are missing: see `StartedIntake.lostEvents`. Default false. */
  readonly acceptLost?: boolean
  /** Called once if the worker ends by itself; from then on every call rejects. */
  readonly onLost?: (error: Error) => void
  /** Default `SHORT_LIVED`. */
  readonly limits?: ResourceLimits
}

export interface StartedIntake extends Intake {
  /** Events that were accepted and were in no file at this start, which was told to go on without them. */
  lostEvents(): Promise<number>
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
  return { ...intakeOver({ ...caller, close: end }, options.windowBytes), lostEvents: () => caller.call('lostEvents') }
}
