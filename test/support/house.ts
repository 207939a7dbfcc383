/** A whole gateway for a test: real sockets, real files, partners on loopback; all of it gone afterwards. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { request } from 'undici'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import type { StartOptions } from '../../src/gateway/open-parts.ts'
import { createConfigFolder, type TestConfig, type TestFolder, WRITE_KEY } from './config-folder.ts'
import { startPartner, type TestPartner } from './partner.ts'
import { until } from './until.ts'

export { purchase } from './purchase.ts'

export interface House {
  readonly gateway: Gateway
  readonly folder: TestFolder
  /** Posts a batch and resolves to status and body. */
  send(events: readonly object[], headers?: Readonly<Record<string, string>>): Promise<Answer>
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** Calls the control plane with the staff token. */
  staff(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
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
  make: (partners: readonly TestPartner[], root: string) => TestConfig | Promise<TestConfig>,
  partnerCount = 1,
  options: Pick<StartOptions, 'now'> = {},
): Promise<{ readonly house: House; readonly partners: readonly TestPartner[] }> {
  const partners = await Promise.all(Array.from({ length: partnerCount }, startPartner))
  const folder = await createConfigFolder((root) => make(partners, root))
  const cleanUp = async (): Promise<void> => {
    await Promise.all(partners.map((partner) => partner.goDown()))
    await folder.remove()
  }
  const gateway = await startGateway({ ...options, configFolder: folder.config }).catch(async (error: unknown) => {
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
      // As at SIGHUP: nobody knows who wrote the files, so the approver is another person.
      const reloaded = await gateway.reload()
      if (!reloaded.ok) throw new Error(JSON.stringify(reloaded))
      if (reloaded.waiting === undefined) return
      const approved = await staff('POST', `/api/v1/proposals/${reloaded.waiting}/approve`, {})
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

export async function fetchJson(
  url: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
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
