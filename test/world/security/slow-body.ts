/** A body that comes a byte a second was cut after 70 s, a slow head after 40 s: a limit that was set and not in force. */
import { ok, strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { openRaw } from '../harness/raw.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** Fifteen seconds for a request, and Node's own interval of looking. */
const CUT_WITHIN_MS = 45_000
const HEAD = 'POST /v1/track HTTP/1.1\r\nHost: sluice\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'

/** Sends a byte a second behind `start` until it is closed: after how many milliseconds. */
async function cutAfter(world: World, start: string, patienceMs: number): Promise<number> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
  const raw = await openRaw(gateway.dataUrl, start)
  const at = performance.now()
  const timer = setInterval(() => raw.socket.writable && raw.socket.write('x'), 1_000)
  const patience = setTimeout(() => raw.socket.destroy(), patienceMs)
  world.after(() => {
    clearInterval(timer)
    raw.socket.destroy()
  })
  await raw.closed
  clearInterval(timer)
  clearTimeout(patience)
  return performance.now() - at
}

export const world: WorldCase = {
  source:
    'RFC 9110 15.5.9 (408); OWASP, Denial of Service (slow POST, slowloris); nodejs/node, http.Server.requestTimeout',
  faults: {
    'slow-body-without-key': async (world) => {
      const cut = await cutAfter(world, HEAD, CUT_WITHIN_MS + 5_000)
      ok(cut < CUT_WITHIN_MS, `cut after ${Math.round(cut)} ms`)
    },
    'slow-head': async (world) => {
      const cut = await cutAfter(world, 'POST /v1/track HTTP/1.1\r\nHost: sluice\r\nX-Slow: ', 35_000)
      ok(cut < 20_000, `cut after ${Math.round(cut)} ms`)
    },
  },
  neighbours: {
    'a body that takes three seconds is taken': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
      const body = JSON.stringify({ writeKey: 'test-write-key', event: 'Order Completed', userId: 'u1' })
      const raw = await openRaw(
        gateway.dataUrl,
        HEAD.replace('1000', String(body.length)).replace('Host', 'Connection: close\r\nHost'),
      )
      const middle = body.length >> 1
      raw.socket.write(body.slice(0, middle))
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      raw.socket.write(body.slice(middle))
      await raw.closed
      strictEqual(raw.said().split(' ', 2)[1], '200')
    },
  },
}
