/** A whole gateway for a test: real sockets, real files, partners on loopback; all of it gone afterwards. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { request } from 'undici'
import { type Gateway, startGateway } from '../../src/gateway.ts'
import { createConfigFolder, type TestConfig, type TestFolder, WRITE_KEY } from './config-folder.ts'
import { startPartner, type TestPartner } from './partner.ts'
import { until } from './until.ts'

export interface House {
  readonly gateway: Gateway
  readonly folder: TestFolder
  /** Posts a batch and resolves to status and body. */
  send(events: readonly object[], headers?: Readonly<Record<string, string>>): Promise<Answer>
  call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** Calls the control plane with the staff token. */
  staff(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** Reads the files, and approves, as a second person would, what of them waits. */
  publishFiles(): Promise<void>
  /** Waits until no pair is pending. */
  settled(): Promise<void>
}
export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly body: any
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export async function startHouse(
  context: TestContext,
  make: (partners: readonly TestPartner[]) => TestConfig,
  partnerCount = 1,
): Promise<{ readonly house: House; readonly partners: readonly TestPartner[] }> {
  const partners = await Promise.all(Array.from({ length: partnerCount }, startPartner))
  const folder = await createConfigFolder(make(partners))
  const cleanUp = async (): Promise<void> => {
    await Promise.all(partners.map((partner) => partner.goDown()))
    await folder.remove()
  }
  const gateway = await startGateway({ configFolder: folder.config }).catch(async (error: unknown) => {
    await cleanUp()
    throw error
  })
  context.after(async () => {
    for (const partner of partners) partner.hold(false)
    await gateway.stop()
    await cleanUp()
  })
  return { house: houseOf(gateway, folder), partners }
}

export function houseOf(gateway: Gateway, folder: TestFolder): House {
  const staff: House['staff'] = async (method, path, body, headers = {}) => {
    const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
    return fetchJson(`${gateway.controlUrl}${path}`, method, body, { ...headers, authorization: `Bearer ${token}` })
  }
  const basic = { authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}` }
  return {
    gateway,
    folder,
    send: (events, headers = {}) =>
      fetchJson(`${gateway.dataUrl}/v1/batch`, 'POST', { batch: events }, { ...basic, ...headers }),
    call: (method, path, body, headers = {}) =>
      fetchJson(`${gateway.dataUrl}${path}`, method, body, { ...basic, ...headers }),
    staff,
    publishFiles: async () => {
      const { status, body } = await staff('POST', '/api/v1/reload')
      if (status !== 200) throw new Error(JSON.stringify(body))
      if (body.waiting === undefined) return
      const approved = await staff('POST', `/api/v1/proposals/${body.waiting}/approve`, {})
      if (approved.status !== 200) throw new Error(JSON.stringify(approved.body))
    },
    settled: async () => {
      await until('every pair to be settled', async () => {
        const { pairs } = await gateway.totals()
        return Object.values(pairs).every(({ pending }) => pending === 0)
      })
    },
  }
}

async function fetchJson(
  url: string,
  method: 'GET' | 'POST' | 'PUT',
  body: object | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const answered = await request(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answered.body.text()
  return {
    status: answered.statusCode,
    headers: answered.headers,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  }
}

let serial = 0
/** A purchase on an iPhone in the US whose owner allows tracking; every event has its own messageId. */
export function purchase(part: object = {}, context: object = {}): Record<string, unknown> {
  serial++
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: `m-${process.pid}-${serial}`,
    userId: `user-${serial}`,
    timestamp: new Date().toISOString(),
    properties: { revenue: 6.5 },
    context: {
      device: {
        type: 'ios',
        advertisingId: `6D92078A-8246-4BA4-AE5B-${String(serial).padStart(12, '0')}`,
        adTrackingEnabled: true,
        attTrackingStatus: 3,
      },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US' },
      ip: '203.0.113.77',
      ...context,
    },
    ...part,
  }
}
