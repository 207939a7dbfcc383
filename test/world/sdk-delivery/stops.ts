/** Stops that took as long as a partner or a reader of the log liked, or did not reach the gateway at all. */
import { equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { webhookContract } from '../../support/config-folder.ts'
import { processesUnder } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { rawPartner } from '../harness/raw-partner.ts'
import type { WorldCase } from '../harness/world-case.ts'

const EVENT = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  messageId: 'm-1',
  context: { location: { country: 'US', region: 'TX' } },
}
const silent = (origin: string) =>
  webhookContract('acme', origin, {
    connection: { url: `${origin}/in` },
    limits: { per_second: 100, concurrency: 2, timeout_ms: 60_000 },
  })
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const world: WorldCase = {
  source: 'usertour/usertour#450, TryGhost/docker-library-ghost#37, npm/npm#4603, pinojs/sonic-boom#65, #51',
  faults: {
    'stop-with-a-silent-partner': async (world) => {
      const partner = await rawPartner(world, () => undefined)
      const gateway = await world.gateway({ contracts: [silent(partner.origin)] })
      equal((await gateway.send([EVENT])).status, 200)
      await until('the request to be under way', () => partner.requests.length === 1)
      const from = performance.now()
      const code = await Promise.race([gateway.stop(), new Promise<'late'>((r) => setTimeout(() => r('late'), 10_000))])
      equal(code, 0, `${performance.now() - from} ms`)
      await gateway.start()
      await gateway.settled()
      const { body } = await gateway.staff('/api/v1/accounting')
      equal(body.pairs.acme.settled.unresolved, 1)
      equal(partner.requests.length, 1)
    },
    'sigterm-to-npm-start': async (world) => {
      const gateway = await world.folder({ contracts: [] })
      const child = spawn('npm', ['start', '--', gateway.config], {
        cwd: world.tree,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          said += chunk
        })
      await until('it to serve', () => /events on \S+, control on/.test(said))
      const { pid } = child
      const children = processesUnder(pid!)
      world.after(() => {
        for (const one of [...children, pid!]) if (isAlive(one)) process.kill(one, 'SIGKILL')
      })
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await until('every process to be gone', () => children.every((one) => !isAlive(one)))
      // The lock is free.
      await gateway.start()
    },
    'stop-with-a-full-log-pipe': async (world) => {
      const faults = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`nothing_of_this_name_${n}`, 'pass']))
      const contract = webhookContract('acme', 'http://127.0.0.1:9')
      const gateway = await world.folder({ contracts: [contract], gateway: { log_level: 'info' } })
      await gateway.start()
      gateway.stopReading()
      await gateway.write({
        contracts: [{ ...contract, share: faults }],
        gateway: { log_level: 'info' },
      })
      for (let n = 0; n < 60; n++) equal((await gateway.staff('/api/v1/reload', { method: 'POST' })).status, 422)
      const from = performance.now()
      await Promise.race([gateway.stop(), new Promise((resolve) => setTimeout(resolve, 15_000))])
      ok(!gateway.isRunning(), `still running after ${Math.round(performance.now() - from)} ms`)
      ok(performance.now() - from < 10_000, `${Math.round(performance.now() - from)} ms`)
    },
  },
  neighbours: {
    'a stop while a partner answers slowly lets it end': async (world) => {
      const partner = await rawPartner(world, (socket) => {
        setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK'), 1_000)
      })
      const gateway = await world.gateway({ contracts: [silent(partner.origin)] })
      equal((await gateway.send([EVENT])).status, 200)
      await until('the request to be under way', () => partner.requests.length === 1)
      equal(await gateway.stop(), 0)
      await gateway.start()
      await gateway.settled()
      const { body } = await gateway.staff('/api/v1/accounting')
      equal(body.pairs.acme.settled.delivered, 1)
      equal(partner.requests.length, 1)
    },
  },
}
