/**
 * The HTTP client: undici Pools, one for each partner's deliveries and one for its relayed requests, so that neither
 * delays the other. No pipelining, no redirects; requests in flight never exceed connections.
 */
import { Pool } from 'undici'
import type { AnswerSink, RelayWire, Wire, WireResult } from '../flow/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { PartnerRequest } from '../partners/kit/type.ts'
import { createConnector, type Resolve } from './egress.ts'
import { type Exchange, exchange } from './exchange.ts'
import { fillSecrets } from './fill-secrets.ts'
import { type ReadSecret, SecretUnreadable } from './secrets.ts'

const CONNECT_TIMEOUT_MS = 5_000
/** A larger answer is cut off: no advertisement is this large. */
const MAX_RELAYED_BYTES = 4 * 1024 * 1024
export interface HttpWire extends Wire, RelayWire {
  /**
   * Aborts everything in flight: the outcome of a request that had begun is unknown, others were not sent. No further
   * request begins.
   */
  abandonAll(): void
  /** Closes every connection. Requests MUST be over. */
  close(): Promise<void>
}

export interface HttpWireDeps {
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly secretsOf: (contract: ContractPlan) => readonly string[]
  readonly readSecret: ReadSecret
  readonly resolve: Resolve
  readonly now: () => number
  /** This thread's share of the connections for relayed requests. Default: all. */
  readonly partOf?: ((connections: number) => number) | undefined
}

export function createHttpWire({
  contractOf,
  secretsOf,
  readSecret,
  resolve,
  now,
  partOf = (all) => all,
}: HttpWireDeps): HttpWire {
  const pools = new Map<string, { readonly key: string; readonly pool: Pool }>()
  const underWay = new Set<Exchange>()
  let isEnded = false

  const poolFor = (use: 'deliver' | 'relay', contract: ContractPlan, origin: string): Pool => {
    const { concurrency, timeoutMs } = contract.limits
    // Some requests of a partner use another host.
    const name = `${use} ${contract.id} ${origin}`
    const key = `${concurrency} ${timeoutMs}`
    const known = pools.get(name)
    if (known?.key === key) return known.pool
    void known?.pool.close()
    const pool = new Pool(origin, {
      // Events in flight are counted across threads; relayed requests queue for a connection.
      connections: use === 'relay' ? partOf(concurrency) : concurrency,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: createConnector(origin, Math.min(CONNECT_TIMEOUT_MS, timeoutMs), resolve),
      keepAliveTimeout: 30_000,
    })
    pools.set(name, { key, pool })
    return pool
  }
  const start = (
    use: 'deliver' | 'relay',
    partner: PartnerId,
    request: PartnerRequest,
    begin: () => boolean,
    sink: AnswerSink | undefined,
  ): Exchange => {
    const contract = contractOf(partner)
    if (contract === undefined) return over({ kind: 'cancelled_not_sent', why: 'contract_ended' })
    let filled: PartnerRequest
    try {
      filled = fillSecrets(request, secretsOf(contract), contract.connection, readSecret)
    } catch (error) {
      if (!(error instanceof SecretUnreadable)) throw error
      return over({ kind: 'failed_before_write', code: 'SECRET_UNREADABLE' })
    }
    const started = exchange(poolFor(use, contract, request.origin), filled, () => !isEnded && begin(), {
      sink,
      maxSunkBytes: MAX_RELAYED_BYTES,
      // The caller of a relayed request sets the limit.
      deadlineMs: use === 'deliver' ? contract.limits.timeoutMs : undefined,
      now,
    })
    underWay.add(started)
    void started.ended.then(() => underWay.delete(started))
    return started
  }

  return {
    send: (partner, request, begin) => start('deliver', partner, request, begin, undefined).ended,
    forward: (partner, request, begin, sink) => start('relay', partner, request, begin, sink),
    abandonAll: () => {
      isEnded = true
      for (const one of [...underWay]) one.abandon('STOPPED')
    },
    close: async () => {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()))
    },
  }
}

function over(result: WireResult): Exchange {
  return { ended: Promise.resolve(result), abandon: () => {} }
}
