/** Connections byte by byte, for senders that no HTTP client would be. Loopback only. */
import { connect, type Socket } from 'node:net'

export interface RawOptions {
  /** This end's address, such as `127.0.0.2`: to the gateway somebody else. */
  readonly from?: string
  /** Closes the sending side behind the bytes. */
  readonly halfClose?: boolean
}

export interface Raw {
  readonly socket: Socket
  /** What came back so far. */
  said(): string
  /** Resolves once it is closed, in whatever way. */
  readonly closed: Promise<void>
}

/** Resolves once connected and the bytes are handed over; rejects where it cannot connect. */
export function openRaw(url: string, bytes: string, { from, halfClose = false }: RawOptions = {}): Promise<Raw> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let said = ''
    const socket = connect({
      host: hostname,
      port: Number(port),
      allowHalfOpen: true,
      ...(from === undefined ? {} : { localAddress: from }),
    })
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      said += chunk
    })
    const closed = new Promise<void>((done) => socket.once('close', () => done()))
    socket.once('error', reject)
    socket.once('connect', () => {
      // From here on an error is an end like any other: `closed` tells.
      socket.on('error', () => undefined)
      socket.on('end', () => socket.end())
      if (bytes !== '') socket.write(bytes)
      if (halfClose) socket.end()
      resolve({ socket, said: () => said, closed })
    })
  })
}
