/**
 * The HTTP client: undici Pools, one for each partner's deliveries and one for its relayed requests, so that neither waits
 * for the other. No pipelining, no redirects, in-flight never above connections.
 */
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel'
import { Pool } from 'undici'
import type { AnswerSink, RelayWire, Wire, WireResult } from '../flow/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { PartnerRequest } from '../partners/type.ts'
import { createConnector, type Resolve } from './egress.ts'
import { type Exchange, exchange } from './exchange.ts'
import { fillSecrets } from './fill-secrets.ts'
import { type ReadSecret, SecretUnreadable } from './secrets.ts'

const CONNECT_TIMEOUT_MS = 5_000
/** A larger answer is cut off: no advertisement needs as much. */
const MAX_RELAYED_BYTES = 4 * 1024 * 1024
/** After so many relayed requests in a row that failed, the partner is left alone for a while. */
const BREAKER_FAILURES = 5
const BREAKER_PAUSE_MS = 5_000

export interface HttpWire extends Wire, RelayWire {
  /** Closes every connection once its request is over. */
  close(): Promise<void>
}

/** Thrown inside the breaker for a request that counts against the partner. */
class PartnerFailing extends Error {}

export interface HttpWireDeps {
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly secretsOf: (contract: ContractPlan) => readonly string[]
  readonly readSecret: ReadSecret
  readonly resolve: Resolve
  readonly now: () => number
}

export function createHttpWire({ contractOf, secretsOf, readSecret, resolve, now }: HttpWireDeps): HttpWire {
  const pools = new Map<string, { readonly key: string; readonly pool: Pool }>()
  const breakers = new Map<PartnerId, Breaker>()

  const poolFor = (use: 'deliver' | 'relay', contract: ContractPlan, origin: string): Pool => {
    const { concurrency, timeoutMs } = contract.limits
    // Some requests of a partner go to a host of their own.
    const name = `${use} ${contract.id} ${origin}`
    const key = `${concurrency} ${timeoutMs}`
    const known = pools.get(name)
    if (known?.key === key) return known.pool
    void known?.pool.close()
    const pool = new Pool(origin, {
      connections: concurrency,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connect: createConnector(origin, Math.min(CONNECT_TIMEOUT_MS, timeoutMs), resolve),
      keepAliveTimeout: 30_000,
    })
    pools.set(name, { key, pool })
    return pool
  }
  const breakerOf = (partner: PartnerId): Breaker => {
    let breaker = breakers.get(partner)
    if (breaker === undefined) {
      breaker = createBreaker(now)
      breakers.set(partner, breaker)
    }
    return breaker
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
    return exchange(poolFor(use, contract, request.origin), filled, begin, sink, MAX_RELAYED_BYTES)
  }

  return {
    send: (partner, request, begin) => start('deliver', partner, request, begin, undefined).ended,
    isOpen: (partner) => breakerOf(partner).isOpen(),
    forward: (partner, request, begin, sink) => {
      const started = start('relay', partner, request, begin, sink)
      breakerOf(partner).watch(started.ended)
      return started
    },
    close: async () => {
      await Promise.all([...pools.values()].map(({ pool }) => pool.close()))
    },
  }
}

function over(result: WireResult): Exchange {
  return { ended: Promise.resolve(result), abandon: () => {} }
}

interface Breaker {
  isOpen(): boolean
  watch(ended: Promise<WireResult>): void
}

function createBreaker(now: () => number): Breaker {
  let brokeAt = 0
  const breaker = circuitBreaker(handleType(PartnerFailing), {
    halfOpenAfter: BREAKER_PAUSE_MS,
    breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
  })
  breaker.onBreak(() => {
    brokeAt = now()
  })
  return {
    isOpen: () => breaker.state !== CircuitState.Open || now() - brokeAt >= BREAKER_PAUSE_MS,
    watch: (ended) => {
      const judged = async (): Promise<void> => {
        if (speaksAgainstPartner(await ended)) throw new PartnerFailing()
      }
      breaker.execute(judged).catch((error: unknown) => {
        if (!(error instanceof PartnerFailing || error instanceof BrokenCircuitError)) throw error
      })
    },
  }
}

function speaksAgainstPartner(result: WireResult): boolean {
  if (result.kind === 'answered') return result.status >= 500
  return result.kind !== 'cancelled_not_sent' && !('code' in result && result.code === 'SECRET_UNREADABLE')
}
