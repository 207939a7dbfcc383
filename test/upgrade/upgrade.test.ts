/** Folders that earlier versions left behind, killed in the middle of work: this version opens them, settles them, and every restriction holds. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { parse, stringify } from 'yaml'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { createServed, type Served } from '../world/harness/served.ts'
import {
  CHILD,
  ERASED,
  GPC_DEVICE,
  IMPORTED_DEVICE,
  LIFTED,
  LINKED_DEVICE,
  OPTED_OUT_USER,
  PARTNER_HOST,
  PARTNER_PORT,
  type Person,
  purchaseOf,
  US_PRIVACY_DEVICE,
  WAITING,
} from './story.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const CLOCK = pathToFileURL(join(import.meta.dirname, '..', 'support', 'shifted-clock.js')).href

interface Arrival {
  readonly partner: string
  readonly body: string
}

const layouts = (await readdir(import.meta.dirname)).filter((name) => name.startsWith('layout-'))
ok(layouts.length > 0)

for (const layout of layouts) {
  describe(`a folder of ${layout}`, () => {
    const arrivals: Arrival[] = []
    const at = (partner: string): string =>
      arrivals
        .filter((arrival) => arrival.partner === partner)
        .map(({ body }) => body)
        .join('\n')
    let served: Served
    let root: string
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (text: string) => {
        body += text
      })
      request.on('end', () => {
        arrivals.push({ partner: (request.url ?? '/').slice(1), body })
        response.end('OK')
      })
    })

    before(async () => {
      await listenOnceFree(server)
      root = await mkdtemp(join(tmpdir(), 'sluice-upgrade-'))
      const home = join(import.meta.dirname, layout)
      await cp(home, root, { recursive: true })
      const [config, data] = [join(root, 'config'), join(root, 'data')]
      const file = join(config, 'gateway.yaml')
      await writeFile(file, stringify({ ...parse(await readFile(file, 'utf8')), data }))
      served = createServed(
        ROOT,
        {
          root,
          config,
          data,
          write: () => Promise.reject(new Error('kept as it was')),
          remove: () => Promise.resolve(),
        },
        undefined,
      )
      const made = JSON.parse(await readFile(join(home, 'made.json'), 'utf8')) as { readonly at: number }
      await served.start({
        env: { NODE_OPTIONS: `--import ${CLOCK}`, SLUICE_TEST_CLOCK_SHIFT: String(made.at + 60_000 - Date.now()) },
      })
      await until('what waited to be settled, but for the stopped partner', async () => {
        const { body } = await served.staff('/api/v1/accounting')
        return Object.entries(body.pairs as Record<string, { pending: number }>).every(
          ([partner, { pending }]) => partner === 'halted' || pending === 0,
        )
      })
    })
    after(async () => {
      await served.end()
      server.closeAllConnections()
      server.close()
      await rm(root, { recursive: true, force: true })
    })

    test('what waited without a restriction is delivered, once', () => {
      const [free] = WAITING as readonly [Person]
      for (const partner of ['silent', 'down']) {
        const bodies = at(partner).split(free.advertisingId!).length - 1
        // At `silent` it was under way when the gateway was killed: it may not be sent again.
        ok(bodies <= 1, partner)
      }
      ok(at('down').includes(free.advertisingId!))
    })

    test('what waited of somebody who opted out meanwhile does not leave', () => {
      for (const { advertisingId } of WAITING.slice(1)) {
        ok(!at('silent').includes(advertisingId!))
        ok(!at('down').includes(advertisingId!))
      }
    })

    test('its configuration is read without a problem', async () => {
      const { code, out, err } = await sluice(['check', served.config])
      equal(code, 0, out + err)
    })

    test('both sums close', async () => {
      const { body } = await served.staff('/api/v1/accounting')
      equal(body.closes, true, JSON.stringify(body))
      ok(body.events.accepted > 400)
      ok(body.pairs.refuser.settled.dead > 0)
      // Under way when it was killed, to a partner that may not get it twice.
      ok(body.pairs.silent.settled.unresolved > 0)
    })

    test('every restriction of before holds for what comes now', async () => {
      const restricted: readonly (readonly [string, Person, string])[] = [
        ['account', { ...OPTED_OUT_USER }, OPTED_OUT_USER.userId],
        ['linked device', { userId: 'somebody-1', advertisingId: LINKED_DEVICE }, LINKED_DEVICE],
        ['imported', { userId: 'somebody-2', advertisingId: IMPORTED_DEVICE }, IMPORTED_DEVICE],
        ['GPC', { userId: 'somebody-3', advertisingId: GPC_DEVICE }, GPC_DEVICE],
        ['US Privacy', { userId: 'somebody-4', advertisingId: US_PRIVACY_DEVICE }, US_PRIVACY_DEVICE],
        ['child', { userId: 'somebody-5', advertisingId: CHILD.advertisingId! }, CHILD.advertisingId!],
        ['erased', ERASED, ERASED.advertisingId!],
      ]
      const messages = restricted.map(([name, person]) => purchaseOf(`now-${name}`, person, {}, 'Order Waits'))
      messages.push(purchaseOf('now-lifted', LIFTED, {}, 'Order Waits'))
      messages.push(purchaseOf('now-anybody', { userId: 'anybody', advertisingId: ANYBODY }, {}, 'Order Waits'))
      const from = arrivals.length
      equal((await served.send(messages)).status, 200)
      await until(
        'the two that are free to arrive',
        () => at('acme').includes(ANYBODY) && at('acme').includes(LIFTED.advertisingId!),
      )
      await until('all to be settled', async () => {
        const { body } = await served.staff('/api/v1/accounting')
        return body.pairs.acme.pending === 0 && body.pairs.down.pending === 0
      })
      const since = arrivals
        .slice(from)
        .map(({ body }) => body)
        .join('\n')
      for (const [name, , id] of restricted) ok(!since.includes(id), name)
    })

    test('the stopped partner stays stopped and the proposal still waits', async () => {
      equal(at('halted'), '')
      const { body } = await served.staff('/api/v1/proposals')
      deepEqual(
        (body.items as { state: string; message: string }[]).map(({ state, message }) => [state, message]),
        [['waiting', 'waits for somebody']],
      )
    })

    test('the same message again is a duplicate', async () => {
      const { body: before } = await served.staff('/api/v1/accounting')
      await served.send([purchaseOf('plain-0-0')])
      const { body: later } = await served.staff('/api/v1/accounting')
      equal(later.events.duplicate, before.events.duplicate + 1)
    })

    test('the ledger goes on from where it was and verifies', async () => {
      await served.stop()
      const { code, out, err } = await sluice(['ledger', 'fsck', served.data])
      equal(code, 0, out + err)
      match(out, /verifies/)
    })
  })
}

const ANYBODY = '6D92078A-8246-4BA4-AE5B-000000999999'

/** One run at a time has the address. */
async function listenOnceFree(server: Server): Promise<void> {
  await until(
    `${PARTNER_HOST}:${PARTNER_PORT} to be free`,
    () =>
      new Promise<boolean>((resolve, reject) => {
        const refused = (error: NodeJS.ErrnoException): void => {
          if (error.code === 'EADDRINUSE') resolve(false)
          else reject(error)
        }
        server.once('error', refused)
        server.listen(PARTNER_PORT, PARTNER_HOST, () => {
          server.off('error', refused)
          resolve(true)
        })
      }),
    120_000,
  )
}
