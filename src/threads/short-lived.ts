/** Heap limits of the stores' threads. A thread that needs more ends, and whoever waits for it is told: see its client. */
import type { ResourceLimits } from 'node:worker_threads'

const YOUNG_MB = 8
const OLD_MB = 256

/**
 * What a writer is handed lives until the next commit. Left to itself, V8 gives each thread up to 64 MB for that, and lets
 * the rest of its heap grow to gigabytes before it looks for what is dead; so it collects more often, which costs nothing
 * that can be measured. At most in use under the benchmarks (November 2026): choices 16 MB, ledger 65, sealer 29.
 */
export const SHORT_LIVED: ResourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB }

const MB = 1024 * 1024
/** What a byte of an event costs in the thread that writes it: the text, its sealed form, and both on their way. */
const COPIES = 4

/** The intake's is handed all that may be under way at once. At most in use under the benchmarks: 50 MB. */
export function limitsFor(bytesUnderWay: number): ResourceLimits {
  return { ...SHORT_LIVED, maxOldGenerationSizeMb: OLD_MB + Math.ceil((COPIES * bytesUnderWay) / MB) }
}
