/** A TCP connection to a database or to a cell that can go dead: nothing passes, and nobody is told. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'

export interface Wire {
  readonly port: number
  /** Nothing passes in either direction any more, of open connections and of new ones. */
  cut(): void
  /** What was open is closed; new ones pass. */
  mend(): void
  close(): Promise<void>
}

/**
 * @param target a port of loopback
 * @param through the wire's own port; default one of the system's choosing
 * @param at the target's address
 */
export async function startWire(target: number, through = 0, at = '127.0.0.1'): Promise<Wire> {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(target, at)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.on('data', (bytes) => {
        if (!isCut) to.write(bytes)
      })
      // The other side hears of an end only while the wire is whole.
      from.on('close', () => {
        open.delete(from)
        if (!isCut) to.destroy()
      })
      from.on('error', () => from.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(through, '127.0.0.1', resolve))
  const drop = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true
    },
    mend: () => {
      drop()
      isCut = false
    },
    close: async () => {
      isCut = false
      drop()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
