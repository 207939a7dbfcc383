/**
 * Loaded before every test file: what Node makes of the TypeScript is kept beside the packages, so that the many processes
 * of a run do not each make it anew.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../../node_modules/.cache/sluice', import.meta.url))
enableCompileCache(process.env.NODE_COMPILE_CACHE)
