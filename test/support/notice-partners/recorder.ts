/**
 * A partner that records: events and what it is told of people, each read by the partner's own documentation and answered as
 * it documents. Its log is what a curious partner would look through.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Received } from '../partner.ts'
import type { Answer, Reading, Situation, Vendor } from './vendor.ts'

export interface Told extends Reading {
  readonly request: Received
  /** Undefined where the connection was dropped after the request had been read. */
  readonly answered: Answer | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface RecordingPartner {
  readonly vendor: Vendor
  readonly origin: string
  /** Every call about a person's rights, in the order in which it came. */
  readonly told: readonly Told[]
  readonly events: readonly Received[]
  /** What the next calls meet; `good` until it is said otherwise. */
  situation: Met | ((reading: Reading) => Met)
  close(): Promise<void>
}

/** A situation whose answer the partner documents, an answer in so many words, or none at all. */
export type Met = Situation | Answer | 'dropped'

/** @param port 0 = any free one */
export async function recordPartner(vendor: Vendor, port = 0): Promise<RecordingPartner> {
  const told: Told[] = []
  const events: Received[] = []
  const asked = new Map<string, number>()
  const reply = async (request: Received): Promise<Answer | undefined> => {
    const reading = await vendor.read(request)
    if (reading === undefined) {
      events.push(request)
      return vendor.event
    }
    const key = `${reading.call} ${reading.id ?? reading.identifiers.join()}`
    asked.set(key, (asked.get(key) ?? 0) + 1)
    const situation = typeof partner.situation === 'function' ? partner.situation(reading) : partner.situation
    const answered =
      situation === 'dropped'
        ? undefined
        : typeof situation === 'object'
          ? situation
          : vendor.answer(reading, situation, request, asked.get(key)!)
    told.push({ ...reading, request, answered, at: Date.now() })
    return answered
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request
      const body = Buffer.concat(chunks).toString('utf8')
      reply({ method, path, headers, body }).then(
        (answer) => (answer ? response.writeHead(answer.status, answer.headers).end(answer.body) : response.destroy()),
        (error: unknown) => response.destroy(error as Error),
      )
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const partner: RecordingPartner = {
    vendor,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    events,
    situation: 'good',
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
  return partner
}
