/** Starts servers, and closes them within a time limit. */
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server as NetServer } from 'node:net'
import { isCode } from './durable-file.ts'

export interface ListenAt {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
}

/** Connections that the kernel queues: Linux's default maximum. */
const BACKLOG = 4_096
/** Besides the server's own. Each accepts one connection in each turn of the event loop. */
const MORE_SOCKETS = 15

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken: another program listens there. Stop it, or choose another port in gateway.yaml',
  EADDRNOTAVAIL: 'is no address of this machine. Choose another host in gateway.yaml',
  EACCES: 'may not be used by this account. Choose a port above 1023, or give the account the right to',
}

/** Additional listening sockets that pass their connections to a server: see `listenWidely`. */
const beside = new WeakMap<Server, readonly NetServer[]>()

/**
 * Resolves to the server's URL. Rejects with a sentence that names setting and address.
 * @param setting the configuration key of the address, such as `data_plane`
 */
export async function listen(server: Server, at: ListenAt, setting: string): Promise<string> {
  await opened(server, { ...at, backlog: BACKLOG }, setting)
  return addressOf(server, at.host)
}

/**
 * Like `listen`, with several sockets on one port. libuv accepts one connection per socket in each turn of the event loop
 * (libuv/libuv#3696), so under load connections would otherwise wait in the kernel for seconds.
 */
export async function listenWidely(server: Server, at: ListenAt, setting: string): Promise<string> {
  const free = { host: at.host, port: await freePort(at, setting) }
  try {
    return await listenBeside(server, free, setting)
  } catch (error) {
    if (!isUnsupported(error)) throw error
    // The system has no shared ports: use one socket.
    return listen(server, free, setting)
  }
}

/** The port, looked at exclusively: a shared port would hide another program listening there. Rejects as `listen` does. */
export async function freePort(at: ListenAt, setting: string): Promise<number> {
  const first = createServer()
  await opened(first, at, setting)
  const { port } = first.address() as AddressInfo
  await new Promise<void>((resolve) => first.close(() => resolve()))
  return port
}

/** True where threads can listen on one port. Otherwise the system has no such ports. */
export async function hasSharedPorts(at: ListenAt, setting: string): Promise<boolean> {
  const server = createServer()
  try {
    await opened(server, { ...at, reusePort: true }, setting)
  } catch (error) {
    if (isUnsupported(error)) return false
    throw error
  }
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return true
}

/** Like `listenWidely`, on a port where others of this process may listen: see `freePort`. */
export async function listenBeside(server: Server, { host, port }: ListenAt, setting: string): Promise<string> {
  const shared = { host, port, backlog: BACKLOG, reusePort: true }
  await opened(server, shared, setting)
  const more = Array.from({ length: MORE_SOCKETS }, () =>
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket)),
  )
  for (const one of more) await opened(one, shared, setting)
  beside.set(server, more)
  return addressOf(server, host)
}

function isUnsupported(error: unknown): boolean {
  return isCode(causeOf(error), 'ENOTSUP')
}

async function opened(
  server: NetServer,
  at: ListenAt & { readonly backlog?: number; readonly reusePort?: boolean },
  setting: string,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refused = (cause: NodeJS.ErrnoException): void => {
      const why = WHY_NOT[cause.code ?? ''] ?? `cannot be listened on (${cause.code ?? cause.message})`
      reject(new Error(`${setting}: port ${at.port} of ${at.host} ${why}.`, { cause }))
    }
    server.once('error', refused)
    server.listen(at, () => {
      server.off('error', refused)
      resolve()
    })
  })
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function addressOf(server: Server, host: string): string {
  // Sound: a listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  return urlOf({ host, port }, server instanceof TlsServer ? 'https' : 'http')
}

/** Where this machine reaches it. */
export function urlOf({ host, port }: ListenAt, scheme: 'http' | 'https' = 'http'): string {
  const shown = host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `${scheme}://${shown}:${port}`
}

/** @param graceMs how long requests in flight may continue before their sockets are closed */
export async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const one of beside.get(server) ?? []) one.close()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(timer)
}
