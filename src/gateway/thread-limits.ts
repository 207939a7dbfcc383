/** How many data threads run, and how much memory each may take. */
import { availableParallelism, totalmem } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import type { GatewayConfig } from '../contracts/config.ts'
import { MOST_THREADS } from '../contracts/options/gateway.ts'
import { StartRefused } from './start-refused.ts'

const MB = 1024 * 1024
/** Main thread, the stores' threads and the allocator: at most 233 MB under load (docs/performance.md), and some room. */
const OTHERS_MB = 320
/** As `--max-semi-space-size=8` gives the main thread. */
const YOUNG_MB = 24
/** Fewer would end again and again. */
const LEAST_MB = 128
/** What is there at any load, and what a byte under way costs. */
const BASE_MB = 256
const COPIES = 8

/** @param cores that this process may use; a container's CPU limit is one of them (libuv reads it). One is left for the main and the stores' threads */
export function threadsOf({ threads }: Pick<GatewayConfig, 'threads'>, cores = availableParallelism()): number {
  return threads === 'auto' ? Math.min(MOST_THREADS, Math.max(1, cores - 1)) : threads
}

/**
 * Of one data thread. All together leave the other threads their memory.
 * @param memoryMb the machine's, or its container's. Throws `StartRefused` where that is too little
 */
export function heapOf(
  threads: number,
  { pressure }: Pick<GatewayConfig, 'pressure'>,
  memoryMb = memoryOf(),
): ResourceLimits {
  const part = Math.floor((memoryMb - OTHERS_MB) / threads) - YOUNG_MB
  if (part < LEAST_MB) {
    const most = Math.floor((memoryMb - OTHERS_MB) / (LEAST_MB + YOUNG_MB))
    throw new StartRefused(
      `threads: ${threads} data threads need ${OTHERS_MB + threads * (LEAST_MB + YOUNG_MB)} MB of memory, and there are ${memoryMb}. Set threads: ${Math.max(1, most)}, or allow more memory.`,
    )
  }
  const wanted = BASE_MB + Math.ceil((COPIES * pressure.bytesUnderWay) / (threads * MB))
  return { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: Math.min(part, wanted) }
}

function memoryOf(): number {
  const bound = process.constrainedMemory()
  return Math.floor((bound > 0 ? Math.min(bound, totalmem()) : totalmem()) / MB)
}
