/** Runs the demo: partner servers, the gateway, the scenes, and the final accounting. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import type { Gateway } from '../../gateway/gateway.ts'
import { startGateway } from '../../gateway/gateway.ts'
import type { IntakeTotals } from '../../intake/ports.ts'
import type { JsonObject } from '../../model/brand.ts'
import { verifyLedger } from '../../threads/ledger-verify.ts'
import { signInLink } from '../control/sign-in.ts'
import { callStaff } from '../control/staff.ts'
import { type Books, booksOf } from './books.ts'
import { createDemoFolder, partnersOf } from './folder.ts'
import { receivedLines, withheldLines } from './narrate.ts'
import { type PartnerServer, startPartnerServer } from './partner-server.ts'
import { SCENES, type Stage } from './scenes.ts'
import { streamEvents } from './stream.ts'

export interface DemoOptions {
  readonly configFolder: string
  /** Uses free ports, so that several demos can run at once. */
  readonly ownPorts: boolean
  /** Also prints every request as received. */
  readonly full: boolean
  readonly say: (line: string) => void
}

export interface Demo {
  readonly books: Books
  readonly addresses: readonly (readonly [string, string])[]
  /** Submits a widening change by another actor, which waits for approval. */
  propose(): Promise<void>
  /** A link that opens the console with every role; valid once, for a minute. */
  signInLink(): Promise<string>
  /** Sends a modest stream of events and reports other incoming ones, until aborted. */
  stream(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

const POLL_MS = 20
const PATIENCE_MS = 60_000
/** Secrets of the demo partners, so that the contracts work without set-up. */
const DEMO_SECRETS = { APPSFLYER_S2S_KEY: 'demo-key', NORTHWIND_TOKEN: 'demo-token' }

export async function runDemo({ configFolder, ownPorts, full, say }: DemoOptions): Promise<Demo> {
  const servers = new Map<string, PartnerServer>()
  for (const partner of await partnersOf(configFolder)) servers.set(partner, await startPartnerServer())
  const origins = new Map([...servers].map(([partner, { origin }]) => [partner, origin]))
  const folder = await createDemoFolder(configFolder, origins, ownPorts)
  const gateway = await startGateway({ configFolder: folder.config, environment: { ...DEMO_SECRETS, ...process.env } })
  const app = gateway.revision().apps.find(({ platform }) => platform === 'ios')
  const stage = createStage(gateway, servers, app?.writeKeys[0] ?? '')

  /** The role decides what an opt-out means for the partner. */
  const isProvider = (partner: string): boolean =>
    gateway.revision().contracts.some(({ id, role }) => id === partner && role === 'service_provider')
  const tell = (sent: readonly JsonObject[], before: IntakeTotals, after: IntakeTotals): void => {
    for (const [partner, server] of servers) {
      const told = { partner, isProvider: isProvider(partner), requests: server.take() }
      for (const line of receivedLines(told, sent, full)) say(line)
    }
    for (const line of withheldLines(before, after)) say(line)
  }

  say(`Sluice is running: events on ${gateway.dataUrl}, control on ${gateway.controlUrl}`)
  let before = await gateway.totals()
  for (const scene of SCENES) {
    say('')
    say(scene.title)
    const sent: JsonObject[] = []
    await scene.play({
      ...stage,
      send: async (events, headers) => {
        sent.push(...events)
        await stage.send(events, headers)
      },
    })
    const after = await settledTotals(gateway)
    tell(sent, before, after)
    before = after
  }
  const report = await verifyLedger(folder.data)
  const books = booksOf(await gateway.totals(), { size: report.size, verified: report.verified })
  let told = await gateway.totals()
  const staff = { control: gateway.controlUrl, tokenFile: join(folder.data, 'keys', 'staff.token') }
  return {
    books,
    propose: () => propose(staff, folder.data),
    signInLink: () => signInLink(staff),
    stream: (signal) =>
      streamEvents({
        gateway,
        send: stage.send,
        settled: async () => {
          told = await settledTotals(gateway)
        },
        forget: () => {
          before = told
          for (const server of servers.values()) server.take()
        },
        tell: async () => {
          say('')
          say('An event of yours came in')
          tell([], before, told)
        },
        signal,
      }),
    addresses: [
      ['console', `${gateway.controlUrl}/`],
      ['events', `${gateway.dataUrl}/v1/track`],
      ['health', `${gateway.controlUrl}/readyz`],
      ['metrics', `${gateway.controlUrl}/metrics`],
      ['books (staff token)', `${gateway.controlUrl}/api/v1/accounting`],
      ['staff token', `${folder.data}/keys/staff.token`],
      ['why, for anyone', `npx sluice simulate --persona opted-out --config ${folder.config}`],
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

/** The totals once nothing is pending. */
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

/** Submits a widening change under a second token, so that the console's user can approve it. */
async function propose(flags: { readonly control: string; readonly tokenFile: string }, folder: string): Promise<void> {
  const { token } = await callStaff(flags, 'POST', 'access/tokens', { name: 'ann', roles: ['editor'] })
  const tokenFile = join(folder, 'ann.token')
  await writeFile(tokenFile, String(token), { mode: 0o600 })
  const body = {
    message: 'time zone for the weekly report',
    reason: 'Acme Analytics counts orders by the hour of the user’s own day.',
    edits: [
      { file: 'partners/acme-analytics.yaml', path: ['share', 'timezone'], value: 'pass' },
      { file: 'partners/acme-analytics.cases.yaml', path: ['cases', 0, 'expect', 'fields', 'timezone'], value: 'pass' },
    ],
  }
  await callStaff({ ...flags, tokenFile }, 'POST', 'publish', body, { 'if-match': '"1"' })
}
