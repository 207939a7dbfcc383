/** Its own process: what node:http and undici cost alone. Reads a request, hands the same bytes on, and answers with its status. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const upstream = process.argv[2]
if (upstream === undefined) throw new Error('bare-node: no upstream')
const pool = new Pool(upstream, { connections: 64, pipelining: 1 })
const headers = { 'content-type': 'application/json' }

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    pool.request({ method: 'POST', path: request.url ?? '/', headers, body: Buffer.concat(chunks) }).then(
      async ({ statusCode, body }) => {
        await body.dump()
        response.writeHead(statusCode).end()
      },
      () => response.writeHead(502).end(),
    )
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  // Sound: a TCP server that listens has an address of this form.
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())
