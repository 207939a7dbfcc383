/** What is read from the parts when somebody asks for metrics. Labels are ids and fixed words. */
import { Counter, Gauge, type Registry } from 'prom-client'

export interface PartnerLag {
  readonly partner: string
  readonly pending: number
  /** Since the oldest waiting event was received; 0 where none waits. */
  readonly oldestSeconds: number
}

export interface Books {
  readonly lag: readonly PartnerLag[]
  /** By name of the sum: how far it is from closing. 0 is the promise. */
  readonly gaps: Readonly<Record<string, number>>
}

/** Each is asked at every scrape. */
export interface MetricSources {
  readonly books: () => Promise<Books>
  readonly ledgerSize: () => number
  /** Since the oldest records that are not durable yet were handed over. */
  readonly ledgerWaitsSeconds: () => number
  /** Since the oldest choice that is not in force yet came. */
  readonly choiceWaitsSeconds: () => number
  readonly revision: () => number
  /** Generations of choices, revisions and stops that a thread has not confirmed yet. */
  readonly threadsBehind: () => readonly { readonly thread: number; readonly generations: number }[]
  /** Partner → relayed requests by how they ended (or `under_way`), since the start. */
  readonly relayed: () => Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly breakers: () => readonly { readonly partner: string; readonly open: boolean }[]
  readonly stops: () => readonly { readonly partner: string; readonly stopped: boolean }[]
  /** Undefined where the file system does not say. */
  readonly disk: () => Promise<{ readonly freeBytes: number; readonly sizeBytes: number } | undefined>
  readonly parts: () => readonly { readonly part: string; readonly writable: boolean }[]
}

/** The function it returns reads every source anew, and resolves to the live partners. */
export function registerGauges(registry: Registry, sources: MetricSources): () => Promise<readonly string[]> {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: [...labelNames], registers: [registry] })
  const pending = gauge('pairs_pending', 'Event and partner pairs waiting.', ['partner'])
  const oldest = gauge('oldest_pending_seconds', 'Age of the oldest waiting event.', ['partner'])
  const gap = gauge('accounting_gap', 'How far a sum of the books is from closing. Not 0: something went missing.', [
    'sum',
  ])
  const ledgerSize = gauge('ledger_records', 'Durable ledger records.', [])
  const ledgerWaits = gauge('ledger_oldest_uncommitted_seconds', 'Age of the oldest records that are not durable.', [])
  const choiceWaits = gauge('choice_oldest_pending_seconds', 'Age of the oldest choice that is not in force yet.', [])
  const revision = gauge('revision', 'Number of the live revision.', [])
  const behind = gauge('thread_generations_behind', 'Changes that a thread has not confirmed yet.', ['thread'])
  const breakerOpen = gauge('breaker_open', '1 while a partner is left alone after failures.', ['partner'])
  const stopped = gauge('partner_stopped', '1 while an operator has stopped a partner, alone or with all.', ['partner'])
  const relayed = new Counter({
    name: 'sluice_relay_requests_total',
    help: 'Relayed requests, by how they ended.',
    labelNames: ['partner', 'state'],
    registers: [registry],
  })
  const relaying = gauge('relay_requests_under_way', 'Relayed requests that have not ended yet.', ['partner'])
  const diskFree = gauge('disk_free_bytes', 'Free for this account where the data folder is.', [])
  const diskSize = gauge('disk_size_bytes', 'Size of the file system where the data folder is.', [])
  const writable = gauge('part_writable', '1 while a part can write to its files.', ['part'])

  return async () => {
    ledgerSize.set(sources.ledgerSize())
    ledgerWaits.set(sources.ledgerWaitsSeconds())
    choiceWaits.set(sources.choiceWaitsSeconds())
    revision.set(sources.revision())
    // Partners and threads that are gone are not shown with their last value.
    for (const one of [pending, oldest, gap, behind, breakerOpen, stopped, relayed, relaying]) one.reset()
    const [{ lag, gaps }, disk] = await Promise.all([sources.books(), sources.disk()])
    for (const { partner, pending: count, oldestSeconds } of lag) {
      pending.set({ partner }, count)
      oldest.set({ partner }, oldestSeconds)
    }
    for (const [sum, distance] of Object.entries(gaps)) gap.set({ sum }, distance)
    for (const { thread, generations } of sources.threadsBehind()) behind.set({ thread }, generations)
    for (const { partner, open } of sources.breakers()) breakerOpen.set({ partner }, open ? 1 : 0)
    for (const [partner, { relayed: _, under_way, ...ended }] of Object.entries(sources.relayed())) {
      relaying.set({ partner }, under_way ?? 0)
      for (const [state, count] of Object.entries(ended)) relayed.inc({ partner, state }, count)
    }
    const stops = sources.stops()
    for (const { partner, stopped: is } of stops) stopped.set({ partner }, is ? 1 : 0)
    for (const { part, writable: can } of sources.parts()) writable.set({ part }, can ? 1 : 0)
    if (disk !== undefined) {
      diskFree.set(disk.freeBytes)
      diskSize.set(disk.sizeBytes)
    }
    return stops.map(({ partner }) => partner)
  }
}
