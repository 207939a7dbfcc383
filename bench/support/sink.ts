/** Its own process: a webhook partner that answers at once and knows which events of a run it has received. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serialOf } from './event.ts'

export interface SinkCount {
  /** Different events received. */
  readonly distinct: number
  /** Items received, the same one counted each time. */
  readonly items: number
}

const seen = new Set<number>()
let items = 0

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    // Only ever sent to by the gateway that the benchmark started, as its webhook type writes it.
    const { batch } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { batch: { message_id: string }[] }
    items += batch.length
    for (const { message_id } of batch) seen.add(serialOf(message_id))
    response.writeHead(204).end()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  // Sound: a TCP server that listens has an address of this form.
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => {
  process.send?.({ distinct: seen.size, items } satisfies SinkCount)
})
process.on('disconnect', () => process.exit())
