import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LedgerEntry } from '../model/disclosure.ts'
import { age } from './maintenance.ts'

const NOW = Date.UTC(2026, 11, 1, 12)

/** What ages when the policy says so, and what is then on record. */
async function aged(policy: object, counts: { permissions: number; links: number }) {
  const asked: [what: string, before: number][] = []
  const recorded: LedgerEntry[] = []
  const take = (what: string, count: number) => async (before: number) => {
    asked.push([what, before])
    return count
  }
  // The parts that are used, and no others.
  const parts = {
    choices: { expirePermissions: take('permissions', counts.permissions), pruneLinks: take('links', counts.links) },
    revisions: { current: () => ({ policy }) },
    ledger: { append: async (records: readonly LedgerEntry[]) => recorded.push(...records) },
    now: () => NOW,
  } as unknown as Parameters<typeof age>[0]
  await age(parts)
  return { asked, recorded }
}

describe('what time takes away', () => {
  test('permissions by their months and links by theirs; how many is on record', async () => {
    const { asked, recorded } = await aged({ permissionsMonths: 13, linksMonths: 25 }, { permissions: 3, links: 7 })
    deepEqual(asked, [
      ['permissions', Date.UTC(2025, 10, 1, 12)],
      // Months since 1970: November 2024.
      ['links', 658],
    ])
    deepEqual(recorded, [
      { kind: 'control', time: NOW, action: 'permissions_expired', facts: { count: 3, months: 13 } },
      { kind: 'control', time: NOW, action: 'links_pruned', facts: { count: 7, months: 25 } },
    ])
  })

  test('nothing of which the policy says nothing', async () => {
    deepEqual((await aged({}, { permissions: 3, links: 7 })).asked, [])
    deepEqual((await aged({ linksMonths: 1 }, { permissions: 3, links: 7 })).asked, [['links', 682]])
  })

  test('nothing is on record where nothing ended', async () => {
    deepEqual((await aged({ permissionsMonths: 13, linksMonths: 25 }, { permissions: 0, links: 0 })).recorded, [])
  })
})
