/**
 * What others cost for the same requests, in the same run: nginx that hands them on, that edits them with Lua, that also
 * syncs a record first; node:http with undici; an append and a sync alone. What is not installed is skipped, and said.
 */
import type { Contender, Round } from './contenders.ts'
import { cpuMicrosOf } from './kernel.ts'
import { missingPackages, type Nginx, startEditor, startForwarder, startSink } from './nginx.ts'
import { startAsked } from './processes.ts'
import type { RawOrder } from './raw-log.ts'
import type { Stops } from './stops.ts'

export interface Peer {
  readonly name: string
  readonly pid: number
  readonly origin: string
}
export interface Peers {
  readonly proxies: readonly Peer[]
  /** Where nginx edits with Lua and keeps nothing; undefined where it is not installed. */
  readonly yardstick: Peer | undefined
  /** One note a peer that is not here. */
  readonly skipped: readonly string[]
}

/** The name of the peer that ratios are to. */
export const YARDSTICK = 'nginx with Lua, edits, keeps nothing'
export const BARE_NODE = 'node:http and undici, hands on'

/** @param fallbackSink an origin that answers where nginx is not installed */
export async function startPeers(folder: string, fallbackSink: string, stops: Stops): Promise<Peers> {
  const missing = missingPackages()
  const proxies: Peer[] = []
  const add = (name: string, { pid, origin }: Pick<Nginx, 'pid' | 'origin'>): Peer => {
    const peer = { name, pid, origin }
    proxies.push(peer)
    return peer
  }
  let sink = fallbackSink
  let yardstick: Peer | undefined
  if (missing.length === 0) {
    sink = (await stops.later(startSink(folder))).origin
    const { host } = new URL(sink)
    add('nginx, hands on', await stops.later(startForwarder(folder, host)))
    yardstick = add(YARDSTICK, await stops.later(startEditor(folder, host, false)))
    add('nginx with Lua, edits, syncs a record first', await stops.later(startEditor(folder, host, true)))
  }
  const node = await stops.later(Promise.resolve(startAsked('./bare-node.ts', sink)))
  const { port } = (await node.hello()) as { readonly port: number }
  add(BARE_NODE, { pid: node.pid, origin: `http://127.0.0.1:${port}` })
  return { proxies, yardstick, skipped: missing.length === 0 ? [] : [skippedNote('nginx', missing)] }
}

export function skippedNote(what: string, missing: readonly string[]): string {
  return `SKIPPED: ${what}: not installed here: ${missing.join(', ')} (apt-get install ${missing.join(' ')})`
}

/** Appends and syncs `recordBytes` for each unit of `perRecord`: what durability alone costs. */
export async function rawLogContender(
  path: string,
  order: RawOrder,
  perRecord: number,
  stops: Stops,
): Promise<Contender> {
  const log = await stops.later(Promise.resolve(startAsked<RawOrder, object>('./raw-log.ts', path)))
  return {
    name: 'append and fdatasync alone',
    round: async (): Promise<Round> => {
      const before = cpuMicrosOf(log.pid)
      const from = performance.now()
      await log.ask(order)
      const units = order.records * perRecord
      const wallMs = performance.now() - from
      return { cpuMicros: (cpuMicrosOf(log.pid) - before) / units, perSecond: (units * 1_000) / wallMs }
    },
  }
}
