/** Cells are added and taken out while events flow: each event that was taken is delivered once. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../support/until.ts'
import { asStaff, cluster, leaveGatewayAlone, send, settled, skip, startCell, useServer } from './gateways.ts'

describe('a cluster that grows and shrinks', { skip }, () => {
  const prepared = useServer(['fsync=off'])

  test('loses and doubles nothing while one cell comes and another goes', async (t) => {
    const { folders, partner } = await prepared(t, 'growing', { cells: 3, internal: {} })
    equal((await cluster(folders[0]!, 'init', folders[0]!.config)).code, 0)
    equal((await cluster(folders[0]!, 'add', '1')).code, 0)
    for (const folder of folders) await leaveGatewayAlone(folder)
    const [a, b] = [startCell(folders[0]!), startCell(folders[1]!)]
    const first = await a.ready
    await b.ready
    const taken: string[] = []
    const delivered: string[] = []
    const refused = new Set<string>()
    let refuses = false
    partner.answerTo = ({ body }) => {
      if (refuses) return { status: 503, body: '' }
      const { batch } = JSON.parse(body) as {
        readonly batch: readonly { readonly properties: { readonly tag: string } }[]
      }
      delivered.push(...batch.map(({ properties }) => properties.tag))
      return { status: 200, body: 'OK' }
    }
    const ends = new AbortController()
    const flowing = (async () => {
      for (let index = 0; !ends.signal.aborted; index++) {
        const [user, tag] = [`user-${index % 48}`, `event ${index}`]
        // As an SDK does, until it is taken: a batch is refused for as long as an owner comes or goes.
        await until(`${tag} to be taken`, async () => {
          const { status } = await send(first, user, tag, tag)
          if (status !== 200) refused.add(tag)
          return status === 200
        })
        taken.push(tag)
        await pause(1)
      }
    })()
    const more = async (count: number): Promise<void> => {
      const enough = taken.length + count
      await until('more events to be taken', () => taken.length >= enough)
    }
    await more(50)
    equal((await cluster(folders[0]!, 'add', '2')).code, 0)
    const c = startCell(folders[2]!)
    const third = await c.ready
    await until('the new cell to own users', async () => (await owners()).includes('2'))
    await until('the new cell to have kept some', async () => (await kept('2')) > 0)
    refuses = true
    // Whatever it keeps from now on waits.
    const sofar = await kept('1')
    await until('something to wait at the cell that goes', async () => (await kept('1')) >= sofar + 3)
    equal((await cluster(folders[0]!, 'drain', '1')).code, 0)
    deepEqual(await owners(), ['0', '2'])
    b.kill('SIGTERM')
    equal(await b.ended, 0)
    match(
      (await cluster(folders[0]!, 'leave', '1')).err,
      /^cell 1 has \d+ pairs of an event and a partner to send: start it once more, which does so, or say --lost\.$/,
    )
    const again = startCell(folders[1]!)
    refuses = false
    await settled(await again.ready)
    // Whoever had not heard yet may have handed it events until then.
    const before = await kept('1')
    await more(100)
    equal(await kept('1'), before)
    await settled(await again.ready)
    again.kill('SIGTERM')
    equal(await again.ended, 0)
    equal((await cluster(folders[0]!, 'leave', '1')).code, 0)
    await more(50)
    ends.abort()
    await flowing
    for (const cell of [first, third]) await settled(cell)
    const lost = taken.filter((tag) => !delivered.includes(tag))
    // Whoever repeats an event whose owner has changed meanwhile may have it kept twice.
    const doubled = delivered.filter((tag, index) => delivered.indexOf(tag) !== index && !refused.has(tag))
    deepEqual([lost, doubled], [[], []])
    ok(taken.length > 200)
    const { sum, missing } = await asStaff(folders[0]!, first, 'accounting/cells')
    deepEqual([sum.closes, missing], [true, []])

    async function owners(): Promise<readonly string[]> {
      const { cells } = JSON.parse((await cluster(folders[0]!, 'status')).out)
      return (cells as { cell: string; ownsAt?: string }[]).flatMap(({ cell, ownsAt }) =>
        ownsAt === undefined ? [] : cell,
      )
    }
    async function kept(cell: string): Promise<number> {
      const { cells } = await asStaff(folders[0]!, first, 'accounting/cells')
      const of = (cells as { cell: string; books: { events: { accepted: number } } }[]).find((one) => one.cell === cell)
      return of?.books.events.accepted ?? 0
    }
  })
})
