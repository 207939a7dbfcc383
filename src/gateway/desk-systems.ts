/**
 * Tells other systems how the cases go that they handed over: a signed POST to the address of the configuration, never to one
 * that a request named. How far each was told is kept with the case, so it is tried again until it was taken, over restarts.
 */
import { request } from 'undici'
import type { DeskSystemConfig } from '../contracts/config.ts'
import { signedHeaders } from '../control/tell-waiting.ts'
import type { ReadSecret } from '../delivery/secrets.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Case } from '../subjects/desk/case.ts'
import type { Desk } from '../subjects/desk/desk.ts'
import { statusBody } from '../subjects/desk/systems.ts'

const TIMEOUT_MS = 10_000
const LOOK_MS = 2_000
/** After a try that failed; doubled up to the most. */
const FIRST_PAUSE_MS = 5_000
const MOST_PAUSE_MS = 6 * 3_600_000
/** Of a case that ended: after so long nobody is told any more. */
const TOLD_WITHIN_MS = 30 * 86_400_000

export interface SystemsTeller {
  /** Tells now what is to be told; resolves when it was tried. */
  turn(): Promise<void>
  close(): Promise<void>
}

export function startSystems(parts: {
  readonly desk: Pick<Desk, 'all' | 'toldSystem'>
  readonly systems: readonly DeskSystemConfig[]
  readonly readSecret: ReadSecret
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}): SystemsTeller {
  const { desk, systems, readSecret, now, failed } = parts
  const stopped = new AbortController()
  const pauses = new Map<string, { readonly until: EpochMs; readonly ms: number }>()
  const tell = async (one: Case, { callback, ...system }: DeskSystemConfig): Promise<void> => {
    const steps = one.steps.length
    const body = JSON.stringify(statusBody(system, one, now()))
    const headers = signedHeaders(`msg_${one.id}_${steps}`, body, readSecret({ ...callback!.secret }), now())
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answered = await request(callback!.url, { method: 'POST', headers, body, signal })
    await answered.body.dump({ limit: 65_536 })
    if (answered.statusCode < 200 || answered.statusCode > 299) throw new Error(`it answered ${answered.statusCode}`)
    await desk.toldSystem(one.id, steps)
  }
  const look = async (): Promise<void> => {
    for (const one of desk.all()) {
      const config = systems.find(({ name }) => name === one.system?.name)
      if (config?.callback === undefined || one.system!.told >= one.steps.length) continue
      if (one.ended !== undefined && now() - one.ended.at > TOLD_WITHIN_MS) continue
      const pause = pauses.get(one.id)
      if (pause !== undefined && now() < pause.until) continue
      try {
        await tell(one, config)
        pauses.delete(one.id)
      } catch (error) {
        if (stopped.signal.aborted) return
        const ms = Math.min(MOST_PAUSE_MS, pause === undefined ? FIRST_PAUSE_MS : pause.ms * 2)
        pauses.set(one.id, { until: now() + ms, ms })
        failed('desk_callback', error)
      }
    }
  }
  let underWay: Promise<void> = Promise.resolve()
  const turn = (): Promise<void> => {
    underWay = underWay.then(look).catch((error: unknown) => failed('desk_callback', error))
    return underWay
  }
  const timer = setInterval(() => void turn(), LOOK_MS)
  timer.unref()
  return {
    turn,
    close: async () => {
      clearInterval(timer)
      stopped.abort()
      await underWay
    },
  }
}
