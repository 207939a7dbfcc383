/** Limits of the writers' threads. */
import type { ResourceLimits } from 'node:worker_threads'

/**
 * What a writer is handed lives until the next commit. Left to itself, V8 gives each thread up to 64 MB for that; with 8
 * it collects more often, which costs nothing that can be measured.
 */
export const SHORT_LIVED: ResourceLimits = { maxYoungGenerationSizeMb: 8 }
