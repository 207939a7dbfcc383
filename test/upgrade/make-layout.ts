/**
 * `node test/upgrade/make-layout.ts --tree DIR --into DIR`: drives the gateway of a checkout until its data folder holds
 * one of everything, kills it, and copies configuration and data. Run once for each released layout; the result is committed
 * and never made anew. What the folder holds is told in `story.ts`, which the test reads too.
 */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { until } from '../support/until.ts'
import { createWorld } from '../world/harness/world.ts'
import {
  CHILD,
  configOf,
  ERASED,
  GPC_DEVICE,
  IMPORTED_DEVICE,
  LIFTED,
  LINKED_DEVICE,
  OPTED_OUT_USER,
  PARTNER_HOST,
  PARTNER_PORT,
  purchaseOf,
  US_PRIVACY_DEVICE,
  WAITING,
} from './story.ts'

const { values } = parseArgs({ options: { tree: { type: 'string' }, into: { type: 'string' } } })
if (values.tree === undefined || values.into === undefined) throw new Error('--tree DIR and --into DIR are needed')
const into = resolve(values.into)

const { world, close } = createWorld(resolve(values.tree))
const seen: string[] = []
const server = await listen()
try {
  const served = await world.gateway(configOf())
  const acknowledged = async (what: Promise<{ status: number; text: string }>): Promise<void> => {
    const { status, text } = await what
    if (status < 200 || status > 299) throw new Error(`${status}: ${text}`)
  }
  // Sealed segments: more than 256 leaves of plain disclosures.
  for (let batch = 0; batch < 14; batch++) {
    const events = Array.from({ length: 30 }, (_, index) => purchaseOf(`plain-${batch}-${index}`))
    await acknowledged(served.send(events))
  }
  await until('the plain ones to be delivered', () => seen.filter((path) => path === '/acme').length >= 420)
  // Somebody who is erased, having disclosures.
  await acknowledged(served.send([purchaseOf('erased-1', ERASED)]))
  await until('the one to be erased to be disclosed', () => seen.filter((path) => path === '/acme').length >= 421)
  const found = await served.staff('/api/v1/subjects/lookup', { body: { identities: { user: ERASED.userId } } })
  await acknowledged(served.staff(`/api/v1/subjects/${found.body.handle}/erasure`, { body: { confirm: 'erase' } }))
  // A link, then an opt-out by the account: it reaches the device.
  await acknowledged(served.send([purchaseOf('linked-1', { ...OPTED_OUT_USER, advertisingId: LINKED_DEVICE })]))
  // Waiting at a partner that says nothing, and parked at one that is down: accepted before the choices below.
  await acknowledged(
    served.send(WAITING.map((person, index) => purchaseOf(`waiting-${index}`, person, {}, 'Order Waits'))),
  )
  // An opt-out by an account, one lifted again by staff, one imported.
  const choose = (identities: object, optOut: boolean) =>
    served.call('/v1/me/choices', { method: 'PUT', body: { identities, opt_out: optOut } })
  await acknowledged(choose({ user: OPTED_OUT_USER.userId }, true))
  await acknowledged(choose({ user: LIFTED.userId }, true))
  const lifted = await served.staff('/api/v1/subjects/lookup', { body: { identities: { user: LIFTED.userId } } })
  await acknowledged(
    served.staff(`/api/v1/subjects/${lifted.body.handle}/choices`, { method: 'PUT', body: { opt_out: false } }),
  )
  await acknowledged(
    served.staff('/api/v1/choices/import', {
      body: `kind,value,said_by\nadvertising_id,${IMPORTED_DEVICE},import:upgrade\n`,
      headers: { 'content-type': 'text/csv' },
    }),
  )
  // Signals that stick: GPC, a child, a US Privacy string.
  await acknowledged(
    served.send([purchaseOf('gpc-1', { userId: 'gpc-user', advertisingId: GPC_DEVICE })], {
      headers: { 'sec-gpc': '1' },
    }),
  )
  await acknowledged(served.send([purchaseOf('child-1', CHILD, { traits: { age: 9 } })]))
  await acknowledged(
    served.send([
      purchaseOf(
        'usp-1',
        { userId: 'usp-user', advertisingId: US_PRIVACY_DEVICE },
        { consent: { us_privacy: '1YYN' } },
      ),
    ]),
  )
  // One partner stopped, one hold, one proposal that waits.
  await acknowledged(served.staff('/api/v1/partners/halted/stop', { method: 'PUT', body: { stopped: true } }))
  await acknowledged(
    served.staff('/api/v1/ledger/holds', {
      body: { reason: 'case 17', from: '2020-01-01T00:00:00Z', to: '2030-01-01T00:00:00Z' },
    }),
  )
  const { headers } = await served.staff('/api/v1/revisions/live')
  const proposed = await served.staff('/api/v1/publish', {
    body: {
      message: 'waits for somebody',
      reason: 'a test of upgrades',
      edits: [{ file: 'partners/acme.yaml', path: ['share', 'user_id'], value: 'pass' }],
    },
    headers: { 'if-match': String(headers.etag) },
  })
  if (proposed.status !== 202) throw new Error(`the widening did not wait: ${proposed.status} ${proposed.text}`)
  await until('a dead letter and a request under way', async () => {
    const { body } = await served.staff('/api/v1/accounting')
    return body.pairs.refuser.settled.dead > 0 && seen.includes('/silent') && seen.includes('/down')
  })
  await until('three segments to be sealed', async () => {
    const files = await readdir(`${served.data}/ledger`)
    return files.filter((name) => name.startsWith('index-')).length >= 3
  })
  await served.stop('SIGKILL')
  await rm(into, { recursive: true, force: true })
  await mkdir(into, { recursive: true })
  await cp(served.config, `${into}/config`, { recursive: true })
  // SQLite makes the shared-memory files anew.
  await cp(served.data, `${into}/data`, { recursive: true, filter: (path) => !path.endsWith('-shm') })
  await writeFile(`${into}/made.json`, `${JSON.stringify({ at: Date.now() })}\n`)
  console.log(`made ${into}`)
} finally {
  server.closeAllConnections()
  server.close()
  await close()
}

/** The partners of the story. */
async function listen(): Promise<Server> {
  const made = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]!
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const items = path === '/acme' ? (JSON.parse(body) as { batch: unknown[] }).batch.length : 1
      for (let item = 0; item < items; item++) seen.push(path)
      if (path === '/silent') return
      response.writeHead(path === '/down' ? 503 : path === '/refuser' ? 400 : 200).end('OK')
    })
  })
  await new Promise<void>((resolve, reject) => {
    made.once('error', reject)
    made.listen(PARTNER_PORT, PARTNER_HOST, resolve)
  })
  return made
}
