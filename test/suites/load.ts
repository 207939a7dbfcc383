/** Runs the test files of a suite in this process: each under its own name and with its own hooks, as if run by itself. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'node:test'
import { pathToFileURL } from 'node:url'
import { SUITES } from './suites.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Paths from the project's folder, in alphabetical order. */
export function filesOf(suite: string): readonly string[] {
  const taken = new Set<string>()
  for (const [name, patterns] of Object.entries(SUITES)) {
    const files = globSync(patterns, { cwd: ROOT }).filter((file) => !taken.has(file))
    if (name === suite) return files.toSorted()
    for (const file of files) taken.add(file)
  }
  throw new Error(`no suite is called ${suite}`)
}

/** @throws where nothing matches: a suite without tests proves nothing */
export function load(suite: string): void {
  const files = filesOf(suite)
  if (files.length === 0) throw new Error(`the suite ${suite} has no test file`)
  for (const file of files) {
    describe(file, async () => {
      await import(pathToFileURL(join(ROOT, file)).href)
    })
  }
}
