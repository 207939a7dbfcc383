/** What the tests of a describe, or of a file, share because none of them changes anything in it. */
import { after, before, type TestContext } from 'node:test'

/** Stands for the test that a harness would end with: all of it is gone after the last of these tests. */
export function sharedContext(): TestContext {
  const cleanups: (() => unknown)[] = []
  after(async () => {
    for (const call of cleanups) await call()
  })
  // Sound: a harness only asks to be told of the end.
  return { after: (call: () => unknown) => cleanups.unshift(call) } as unknown as TestContext
}

/** Started before the first of these tests, handed to each. */
export function shared<T>(start: (context: TestContext) => Promise<T>): () => T {
  const context = sharedContext()
  let made: { readonly value: T } | undefined
  before(async () => {
    made = { value: await start(context) }
  })
  return () => {
    if (made === undefined) throw new Error('asked for before the tests run')
    return made.value
  }
}
