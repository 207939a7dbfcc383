/** `/healthz`: the process answers. `/readyz`: whether it can keep its promises right now, or why not. */
import type { RequestHandler } from 'express'
import type { ControlDeps } from './deps.ts'

export const healthz: RequestHandler = (_request, response) => {
  response.json({ ok: true })
}

export function createReadyz({
  intake,
  ledger,
  choices,
  deliveries,
  contradicted,
  started,
  stopping,
}: ControlDeps): RequestHandler {
  return (_request, response) => {
    const parts = { intake: intake.health(), ledger: ledger.health(), choices: choices.health() }
    const problems = Object.entries(parts).flatMap(([part, { writable, why }]) => (writable ? [] : [{ part, why }]))
    for (const anchor of contradicted()) problems.push({ part: 'ledger', why: `another history at anchor ${anchor}` })
    if (!started()) problems.push({ part: 'gateway', why: 'starting' })
    if (stopping()) problems.push({ part: 'gateway', why: 'stopping' })
    response.status(problems.length === 0 ? 200 : 503).json({
      ready: problems.length === 0,
      problems,
      partners: deliveries
        .lanes()
        .map(({ partner, breaker, pausedUntil, inFlight }) => ({ partner, breaker, pausedUntil, inFlight })),
    })
  }
}
