/**
 * A process with the choices of one cell, which "sends" all the time: it decides about a subject, waits a moment as a forming
 * batch does, asks whether that is still current, and notes when it began. Takes orders from its parent and reports to it.
 */
import { createSecretKey, randomBytes, randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { createFreshness } from '../../src/choices/freshness.ts'
import { openSharedChoices } from '../../src/cluster/choices.ts'
import { joinCluster } from '../../src/cluster/member.ts'
import type { IdentityKey, NodeId } from '../../src/model/brand.ts'
import type { Order, Report, Sent } from './orders.ts'

const [cell, folder, urlList, hasNoClock] = process.argv.slice(2) as [NodeId, string, string, string | undefined]
const urls = urlList.split(' ')
/** Moments that every process on this machine tells alike, in milliseconds. */
const now = (): number => performance.timeOrigin + performance.now()
const tell = (report: Report): void => void process.send?.(report)

const indexKey = createSecretKey(Buffer.alloc(32, 1))
await mkdir(folder, { recursive: true })
const safety = { allowSingleCopy: false, fencing: 'none' } as const
const freshness = createFreshness()
freshness.registerDataThread()
const choices = await openSharedChoices({
  urls,
  folder,
  cell,
  member: await joinCluster({ urls, cell, safety }, folder, indexKey),
  indexKey,
  freshness,
  now: Date.now,
  randomBytes,
  // A clock that stands still lets a lease hold for ever: the fault that the judge has to find.
  ...(hasNoClock === 'no-clock' ? { clocks: { elapsedMs: () => 0, wallMs: () => 0 } } : {}),
  onProblem: () => tell({ kind: 'problem' }),
  onFenced: () => process.exit(3),
})
let keys: readonly IdentityKey[] = []
let sent: Sent[] = []

process.on('message', (order: Order) => {
  if (order.kind === 'subjects') keys = order.keys
  else void optOut(order.key, order.id)
})
process.on('disconnect', () => process.exit())
tell({ kind: 'ready' })
setInterval(() => {
  if (sent.length === 0) return
  tell({ kind: 'sent', sent })
  sent = []
}, 20)
for (;;) {
  void send()
  await setTimeout(1)
}

async function optOut(key: IdentityKey, id: number): Promise<void> {
  const began = now()
  try {
    await choices.put([key], { denies: 7, permits: 0, child: false, channel: 'app', saidBy: 'test', at: Date.now() })
    tell({ kind: 'answered', id, acknowledged: true, tookMs: now() - began, at: now() })
  } catch {
    tell({ kind: 'answered', id, acknowledged: false, tookMs: now() - began, at: now() })
  }
}

async function send(): Promise<void> {
  if (keys.length === 0) return
  const key = keys[randomInt(keys.length)]!
  try {
    const before = choices.lookup([key])
    if (before.standing.findings.length > 0) return
    await setTimeout(randomInt(30))
    const at = now()
    if (!choices.isCurrent(before.stamp, [key]) && choices.lookup([key]).standing.findings.length > 0) return
    sent.push({ key, at })
  } catch {
    // Without a lease nothing is known, and nothing is sent.
  }
}
