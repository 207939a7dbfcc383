/** Whoever read the public write key floods it with opt-outs of people who do not exist; a household's, a company's own still count. */
import { ok, strictEqual } from 'node:assert/strict'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import { openRaw } from '../harness/raw.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const BASIC = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`

function optOut(user: string): string {
  const text = JSON.stringify({ identities: { user }, opt_out: true })
  return `PUT /v1/me/choices HTTP/1.1\r\nHost: sluice\r\nAuthorization: ${BASIC}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
}

/** Sends one after another on one connection until `next` has no more; counts the answers by status. */
async function sender(
  url: string,
  from: string,
  next: () => string | undefined,
  counts: Map<string, number>,
): Promise<void> {
  const first = next()
  if (first === undefined) return
  const raw = await openRaw(url, first, { from })
  let seen = 0
  raw.socket.on('data', () => {
    const answers = raw
      .said()
      .slice(seen)
      .match(/HTTP\/1\.1 \d{3}[\s\S]*?\r\n\r\n\{[^\r]*\}/g)
    if (answers === null) return
    seen = raw.said().length
    for (const answer of answers) counts.set(answer.slice(9, 12), (counts.get(answer.slice(9, 12)) ?? 0) + 1)
    const more = next()
    if (more === undefined) raw.socket.destroy()
    else raw.socket.write(more)
  })
  await raw.closed
}

async function honestUnderFlood(world: World, gateway: Served, honest: number): Promise<void> {
  let isOver = false
  let made = 0
  const flood = Array.from({ length: 300 }, () =>
    sender(gateway.dataUrl, '127.0.0.2', () => (isOver ? undefined : optOut(`nobody-${made++}`)), new Map()),
  )
  world.after(() => {
    isOver = true
  })
  const counts = new Map<string, number>()
  let sent = 0
  const home = Array.from({ length: 50 }, () =>
    sender(gateway.dataUrl, '127.0.0.1', () => (sent < honest ? optOut(`person-${sent++}`) : undefined), counts),
  )
  await Promise.all(home)
  isOver = true
  await Promise.all(flood)
  ok(made > 300, `the flood sent only ${made}`)
  strictEqual(counts.get('200'), honest, JSON.stringify([...counts]))
}

async function served(world: World): Promise<Served> {
  const partner = await world.partner()
  return world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
}

/** Connections that send the head of an opt-out and nothing more. */
async function held(world: World, gateway: Served): Promise<void> {
  const head = optOut('x'.repeat(200)).slice(0, -150)
  const opened = await Promise.allSettled(
    Array.from({ length: 1_100 }, () => openRaw(gateway.dataUrl, head, { from: '127.0.0.2' })),
  )
  for (const one of opened) if (one.status === 'fulfilled') world.after(() => void one.value.socket.destroy())
  for (let index = 0; index < 20; index++) {
    const body = { identities: { user: `p-${index}` }, opt_out: true }
    strictEqual((await gateway.call('/v1/me/choices', { method: 'PUT', body })).status, 200)
  }
}

export const world: WorldCase = {
  source: 'CWE-770; the published policy promises that an opt-out counts at once',
  faults: { 'opt-outs-held': async (world) => held(world, await served(world)) },
  neighbours: {
    '5,000 opt-outs of one address are answered 200 while another one floods the same key': async (world) =>
      honestUnderFlood(world, await served(world), 5_000),
  },
}
