/** Its own process: webhook partners, one a path, that answer at once and know which events of a run they have received. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serialOf } from './event.ts'

export interface SinkCount {
  /** Different events received, by path. */
  readonly distinct: Readonly<Record<string, number>>
  /** Items received, the same one counted each time, by path. */
  readonly items: Readonly<Record<string, number>>
}

const seen = new Map<string, { readonly serials: Set<number>; items: number }>()

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    // Only ever sent to by the gateway that the benchmark started, as its webhook type writes it.
    const { batch } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { batch: { message_id: string }[] }
    const path = request.url ?? ''
    const of = seen.get(path) ?? { serials: new Set(), items: 0 }
    seen.set(path, of)
    of.items += batch.length
    for (const { message_id } of batch) of.serials.add(serialOf(message_id))
    response.writeHead(204).end()
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  // Sound: a TCP server that listens has an address of this form.
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => {
  const distinct = Object.fromEntries([...seen].map(([path, { serials }]) => [path, serials.size]))
  const items = Object.fromEntries([...seen].map(([path, of]) => [path, of.items]))
  process.send?.({ distinct, items } satisfies SinkCount)
})
process.on('disconnect', () => process.exit())
