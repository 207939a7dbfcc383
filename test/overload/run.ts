/**
 * `node test/overload/run.ts [--quick]`: what happens when five times as much comes in as is got through.
 *
 * Measures what one gateway on this machine gets through (twelve senders, batches of twenty events), then sends five times as many for
 * twelve seconds in an open loop, opt-outs beside them, and judges: 99 of 100 requests are answered 200, 429 or 503, each refusal says
 * when to come back; accepted ones have a p99 below two seconds; at least 70 % of what was measured goes on being accepted; every
 * opt-out is answered 200; ten seconds later everybody is. Exit 1 where one of these does not hold. Loopback only, about 40 s.
 */
import { parseArgs } from 'node:util'
import { startGatewayProcess } from '../../bench/support/processes.ts'
import { createConfigFolder, webhookContract } from '../support/config-folder.ts'
import { startPartner } from '../support/partner.ts'
import { batchRequest, optOutRequest, percentile, sent } from './requests.ts'
import type { Sent } from './sender.ts'

const TIMES = 5
const SENDERS = 12
const BATCH = 20
const MAX_CONNECTIONS = 4_000
const CHOICES_A_SECOND = 20
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const MEASURED_MS = values.quick ? 3_000 : 6_000
const OVERLOADED_MS = values.quick ? 6_000 : 12_000
const RECOVERED_WITHIN_MS = 10_000

/** Phones that come back: each sends the same batch again and again. */
const BATCHES = Array.from({ length: 500 }, (_, phone) => batchRequest(phone, BATCH))
const CHOICES = Array.from({ length: 2_000 }, (_, person) => optOutRequest(`person-${person}`))

const counted = ({ tookMs, lost }: Sent): string =>
  [
    ...Object.entries(tookMs).map(
      ([status, times]) =>
        `${status}: ${times.length} (p50 ${Math.round(percentile(times, 0.5))} ms, p99 ${Math.round(percentile(times, 0.99))} ms)`,
    ),
    ...Object.entries(lost).map(([why, count]) => `${why}: ${count}`),
  ].join(', ')

const partner = await startPartner()
const folder = await createConfigFolder({
  contracts: [
    webhookContract('p0', partner.origin, {
      limits: { per_second: 100_000, concurrency: 16, timeout_ms: 5_000, batch: 100, linger_ms: 20 },
    }),
  ],
})
const gateway = await startGatewayProcess(folder.config)
const port = Number(new URL(gateway.dataUrl).port)
const failures: string[] = []
const judge = (what: string, holds: boolean): void => {
  console.log(`${holds ? 'holds ' : 'FAILS '} ${what}`)
  if (!holds) failures.push(what)
}
try {
  const closed = { port, perSecond: undefined, patienceMs: 5_000 }
  await sent({ ...closed, requests: BATCHES, connections: SENDERS, forMs: 2_000 })
  const measured = await sent({ ...closed, requests: BATCHES, connections: SENDERS, forMs: MEASURED_MS })
  const capacity = ((measured.tookMs['200']?.length ?? 0) * 1_000) / MEASURED_MS
  console.log(`${SENDERS} senders: ${Math.round(capacity)} batches of ${BATCH} a second; ${counted(measured)}`)

  const [flood, choices] = await Promise.all([
    sent({
      port,
      requests: BATCHES,
      perSecond: capacity * TIMES,
      connections: MAX_CONNECTIONS,
      forMs: OVERLOADED_MS,
      patienceMs: 60_000,
    }),
    sent({
      port,
      requests: CHOICES,
      perSecond: CHOICES_A_SECOND,
      connections: 100,
      forMs: OVERLOADED_MS,
      patienceMs: 30_000,
      from: '127.0.0.2',
    }),
  ])
  const endedAt = performance.now()
  console.log(`${TIMES} times as many: ${counted(flood)}; opt-outs: ${counted(choices)}`)
  const accepted = flood.tookMs['200'] ?? []
  const refused = [...(flood.tookMs['429'] ?? []), ...(flood.tookMs['503'] ?? [])]
  const lost = Object.values(flood.lost).reduce((sum, count) => sum + count, 0)
  const all = flood.asked + (flood.lost['no connection'] ?? 0)
  judge(
    `99 of 100 are answered 200, 429 or 503 (${lost} of ${all} are not)`,
    (accepted.length + refused.length) / all >= 0.99,
  )
  judge(
    `answers have a p99 within 5 s (${Math.round(percentile([...accepted, ...refused], 0.99))} ms)`,
    percentile([...accepted, ...refused], 0.99) <= 5_000,
  )
  judge(`each refusal says when to come back (${flood.unexplained} do not)`, flood.unexplained === 0)
  judge(
    `accepted ones have a p99 below 2 s (${Math.round(percentile(accepted, 0.99))} ms)`,
    percentile(accepted, 0.99) < 2_000,
  )
  const goes = (accepted.length * 1_000) / OVERLOADED_MS / capacity
  judge(`at least 70 % of what was measured goes on being accepted (${Math.round(goes * 100)} %)`, goes >= 0.7)
  const kept = choices.tookMs['200']?.length ?? 0
  judge(
    `every opt-out is answered 200 (${kept} of ${choices.asked}, p99 ${Math.round(percentile(choices.tookMs['200'] ?? [], 0.99))} ms)`,
    kept === choices.asked,
  )
  const after = await sent({
    ...closed,
    requests: BATCHES,
    connections: SENDERS,
    forMs: Math.max(1_000, RECOVERED_WITHIN_MS - (performance.now() - endedAt)),
  })
  const last = after.tookMs['200'] ?? []
  const others = after.asked - last.length
  judge(
    `everybody recovers within 10 s (${others} of ${after.asked} refused, p99 ${Math.round(percentile(last, 0.99))} ms)`,
    others === 0 && percentile(last, 0.99) < 2_000,
  )
} finally {
  await gateway.stop()
  await partner.goDown()
  await folder.remove()
}
console.log(failures.length === 0 ? 'overload: all of it holds' : `overload: ${failures.length} of it fail`)
process.exitCode = failures.length === 0 ? 0 : 1
