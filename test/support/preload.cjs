/**
 * Loaded before every test. What Node makes of the TypeScript is kept beside the packages, so that the many processes of a
 * run do not each make it anew. Temporary folders lie in memory where there is room, so that no test waits for a disk; what
 * a disk forgets or refuses is tried by `test:crash` and `test:ledger-faults`, on a disk.
 *
 * A thread has all of it from its process: it reads this file and does nothing. As a module it would cost each thread 6 ms.
 */
const { mkdtempSync, rmSync, statfsSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')
const { isMainThread } = require('node:worker_threads')

const MEMORY = '/dev/shm'
/** Many times what all suites at once hold. */
const ROOM_BYTES = 4 * 1024 ** 3

function prepare() {
  process.env.NODE_COMPILE_CACHE ??= join(__dirname, '../../node_modules/.cache/sluice')
  enableCompileCache(process.env.NODE_COMPILE_CACHE)
  if (process.env.TMPDIR !== undefined || !hasRoom()) return
  const folder = mkdtempSync(join(MEMORY, 'sluice-tests-'))
  process.env.TMPDIR = folder
  // The first process of a run removes what the others left behind.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ROOM_BYTES && process.availableMemory() >= ROOM_BYTES
  } catch {
    return false
  }
}

if (isMainThread) prepare()
