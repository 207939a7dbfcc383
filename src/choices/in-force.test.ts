import { equal, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createInForce } from './in-force.ts'

/** A publication that ends when the test says so. */
function heldPublications() {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = []
  const publish = (): Promise<void> => new Promise((resolve, reject) => ends.push({ resolve, reject }))
  return { ends, publish }
}
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('in force', () => {
  test('nothing changed: nothing is published and nothing waits', async () => {
    const { ends, publish } = heldPublications()
    await createInForce(publish).settled()
    equal(ends.length, 0)
  })

  test('changes of one turn share one publication', async () => {
    const { ends, publish } = heldPublications()
    const inForce = createInForce(publish)
    inForce.changed()
    const first = inForce.settled()
    inForce.changed()
    const second = inForce.settled()
    await turn()
    equal(ends.length, 1)
    ends[0]?.resolve()
    await Promise.all([first, second])
  })

  test('a change during a publication waits for the next one', async () => {
    const { ends, publish } = heldPublications()
    const inForce = createInForce(publish)
    inForce.changed()
    const first = inForce.settled()
    await turn()
    inForce.changed()
    let isSecondDone = false
    const second = inForce.settled().then(() => {
      isSecondDone = true
    })
    ends[0]?.resolve()
    await first
    await turn()
    equal(ends.length, 2)
    equal(isSecondDone, false)
    ends[1]?.resolve()
    await second
  })

  test('each later change is published again', async () => {
    let count = 0
    const inForce = createInForce(async () => {
      count += 1
    })
    for (let change = 1; change <= 3; change++) {
      inForce.changed()
      await inForce.settled()
      equal(count, change)
    }
  })

  test('a failed publication stays owed: who comes after, with nothing new, waits for one that succeeds', async () => {
    const { ends, publish } = heldPublications()
    const inForce = createInForce(publish)
    inForce.changed()
    const first = inForce.settled()
    await turn()
    ends[0]?.reject(new Error('late'))
    await rejects(first, /late/)
    const second = inForce.settled()
    await turn()
    equal(ends.length, 2)
    ends[1]?.resolve()
    await second
    await inForce.settled()
    equal(ends.length, 2)
  })
})
