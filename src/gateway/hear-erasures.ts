/** This cell's part of erasures, wherever they were begun. */
import type { ErasureSteps } from '../choices/ports.ts'
import type { JoinedRights } from './rights.ts'

/** A part that failed is begun again after so many milliseconds, if nothing else comes before. */
const AGAIN_MS = 60_000

/**
 * To be called whenever one was begun in any cell: nothing more leaves of any that is under way when it resolves; the rest
 * follows by itself. `stack` ends that.
 */
export function hearErasures(
  stack: AsyncDisposableStack,
  choices: Pick<ErasureSteps, 'erasuresUnderWay'>,
  { gate, erasures }: Pick<JoinedRights, 'gate' | 'erasures'>,
  failed: (where: string, error: unknown) => void,
): () => Promise<void> {
  const resume = (): void => {
    erasures.resume().catch((error: unknown) => failed('erasure', error))
  }
  const timer = setInterval(resume, AGAIN_MS)
  timer.unref()
  stack.defer(() => clearInterval(timer))
  return async () => {
    const underWay = await choices.erasuresUnderWay()
    for (const { keys, at } of underWay) gate.add(keys, at)
    if (underWay.length > 0) resume()
  }
}
