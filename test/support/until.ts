/** Polls a condition instead of sleeping. */
import { AssertionError } from 'node:assert'

const POLL_MS = 5
/** Long, for a machine that does much else: what is waited for comes, or the test fails anyway. */
const PATIENCE_MS = 120_000

/** Resolves to the first value that is not undefined or false; rejects, naming `what`, after `patienceMs`. */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const deadline = performance.now() + patienceMs
  for (;;) {
    const value = await condition()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadline) throw new AssertionError({ message: `waited ${patienceMs} ms in vain: ${what}` })
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
