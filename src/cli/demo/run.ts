/** Runs the demo: partners, gateway, scenes, books. Everything is real and on this machine. */
import { request } from 'undici'
import type { Gateway } from '../../gateway.ts'
import { startGateway } from '../../gateway.ts'
import type { IntakeTotals } from '../../intake/ports.ts'
import { REASONS, type Reason } from '../../model/reason.ts'
import { verifyLedger } from '../../threads/ledger-verify.ts'
import { type Books, booksOf } from './books.ts'
import { createDemoFolder, partnersOf } from './folder.ts'
import { type PartnerServer, type ReceivedRequest, startPartnerServer } from './partner-server.ts'
import { SCENES, type Stage } from './scenes.ts'

export interface DemoOptions {
  readonly configFolder: string
  /** Take whatever ports are free, so that several demos can run at once. */
  readonly ownPorts: boolean
  readonly say: (line: string) => void
}

export interface Demo {
  readonly books: Books
  readonly addresses: readonly (readonly [string, string])[]
  stop(): Promise<void>
}

const POLL_MS = 20
const PATIENCE_MS = 60_000
/** A secret of the demo's own partner, so that contracts that name one work without any set-up. */
const DEMO_SECRETS = { APPSFLYER_S2S_KEY: 'demo-key', NORTHWIND_TOKEN: 'demo-token' }

export async function runDemo({ configFolder, ownPorts, say }: DemoOptions): Promise<Demo> {
  const servers = new Map<string, PartnerServer>()
  for (const partner of await partnersOf(configFolder)) servers.set(partner, await startPartnerServer())
  const origins = new Map([...servers].map(([partner, { origin }]) => [partner, origin]))
  const folder = await createDemoFolder(configFolder, origins, ownPorts)
  const gateway = await startGateway({ configFolder: folder.config, environment: { ...DEMO_SECRETS, ...process.env } })
  const app = gateway.revision().apps.find(({ platform }) => platform === 'ios')
  const stage = createStage(gateway, servers, app?.writeKeys[0] ?? '')

  say(`Sluice is running: events on ${gateway.dataUrl}, control on ${gateway.controlUrl}`)
  let before = await gateway.totals()
  for (const scene of SCENES) {
    say('')
    say(scene.title)
    await scene.play(stage)
    const after = await settledTotals(gateway)
    for (const [partner, server] of servers) showReceived(partner, server.take(), say)
    showWithheld(before, after, say)
    before = after
  }
  const report = await verifyLedger(folder.data)
  const books = booksOf(await gateway.totals(), { size: report.size, verified: report.verified })
  return {
    books,
    addresses: [
      ['events', `${gateway.dataUrl}/v1/track`],
      ['health', `${gateway.controlUrl}/readyz`],
      ['metrics', `${gateway.controlUrl}/metrics`],
      ['books (staff token)', `${gateway.controlUrl}/api/v1/accounting`],
      ['staff token', `${folder.data}/keys/staff.token`],
      ['why, for anyone', `sluice simulate --persona opted-out --config ${folder.config}`],
      ['data', folder.data],
    ],
    stop: async () => {
      await gateway.stop()
      await Promise.all([...servers.values()].map((server) => server.goDown()))
      await folder.remove()
    },
  }
}

function createStage(gateway: Gateway, servers: ReadonlyMap<string, PartnerServer>, writeKey: string): Stage {
  const authorization = `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`
  const call = async (
    method: 'POST' | 'PUT',
    path: string,
    body: object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const { statusCode, body: answer } = await request(`${gateway.dataUrl}${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    const text = await answer.text()
    if (statusCode !== 200) throw new Error(`${method} ${path} was answered ${statusCode}: ${text}`)
  }
  return {
    servers,
    send: (events, headers) => call('POST', '/v1/batch', { batch: events, sentAt: new Date().toISOString() }, headers),
    optOut: (userId) => call('PUT', '/v1/me/choices', { identities: { user: userId }, opt_out: true }),
    failures: (partner) =>
      until(async () => gateway.lanes().some((lane) => lane.partner === partner && lane.failures > 0)),
  }
}

/** The totals once nothing waits any more. */
async function settledTotals(gateway: Gateway): Promise<IntakeTotals> {
  let totals = await gateway.totals()
  await until(async () => {
    totals = await gateway.totals()
    return Object.values(totals.pairs).every(({ pending }) => pending === 0)
  })
  return totals
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('the demo waited for a minute and nothing came of it')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

function showReceived(partner: string, requests: readonly ReceivedRequest[], say: (line: string) => void): void {
  for (const { method, path, body } of requests) {
    say(`  ${partner} received ${method} ${path}`)
    if (body !== '') say(`    ${body}`)
  }
}

function showWithheld(before: IntakeTotals, after: IntakeTotals, say: (line: string) => void): void {
  for (const [partner, { withheldBy }] of Object.entries(after.pairs)) {
    for (const [why, count] of Object.entries(withheldBy)) {
      const fresh = count - (before.pairs[partner]?.withheldBy[why as Reason] ?? 0)
      if (fresh > 0) say(`  ${partner} received nothing: ${REASONS[why as Reason]} (${why})`)
    }
  }
}
