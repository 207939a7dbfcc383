/** A guard hit is logged with the partner, the kind of value and its form, and never with the value. */
import { match, ok } from 'node:assert/strict'
import { until } from '../../support/until.ts'
import { PERSON, partnersGot } from '../harness/note.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** The line that a hit wrote, or undefined where nothing was withheld. */
async function lineOf(world: World, note: string): Promise<string | undefined> {
  const said: { text: () => string } = { text: () => '' }
  const watched: World = {
    ...world,
    gateway: async (config) => {
      const gateway = await world.gateway(config)
      said.text = gateway.said
      return gateway
    },
  }
  const got = await partnersGot(watched, { one: { note } }, { optOut: true, all: false })
  if (got.one?.[0] !== undefined) return undefined
  return until('the hit to be logged', () =>
    said
      .text()
      .split('\n')
      .find((line) => line.includes('"guard:')),
  )
}

export const world: WorldCase = {
  source: 'docs/bad-days.md, The guard fires',
  faults: {
    'guard-log-kind': async (world) => {
      const line = (await lineOf(world, PERSON.email)) ?? ''
      match(line, /"what":"email as plain"/)
      match(line, /"partner":"p0"/)
      ok(!line.includes(PERSON.email))
    },
  },
  neighbours: {
    'a value of nobody is not logged': async (world) => {
      ok((await lineOf(world, 'SKU-2041-B')) === undefined)
    },
  },
}
