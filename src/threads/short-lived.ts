/** Heap limits of the stores' threads. A thread that needs more ends, and its callers are rejected: see its client. */
import type { ResourceLimits } from 'node:worker_threads'

const YOUNG_MB = 8
const OLD_MB = 256

/**
 * A writer's input lives until the next commit. By default V8 gives each thread up to 64 MB for that, and lets the rest
 * of its heap grow to gigabytes before collecting. These limits make it collect more often, at no measurable cost.
 * Maximum in use under the benchmarks (November 2026): choices 16 MB, ledger 65, sealer 29.
 */
export const SHORT_LIVED: ResourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB }

const MB = 1024 * 1024
/** Memory for each byte of an event in the thread that writes it: the text, its sealed form, and both in transit. */
const COPIES = 4

/** The intake's receives everything in flight at once. Maximum in use under the benchmarks: 50 MB. */
export function limitsFor(bytesUnderWay: number): ResourceLimits {
  return { ...SHORT_LIVED, maxOldGenerationSizeMb: OLD_MB + Math.ceil((COPIES * bytesUnderWay) / MB) }
}
