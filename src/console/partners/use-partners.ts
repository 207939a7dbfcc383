/** All facts about the partners, or the pending query. */
import { useQuery } from '@tanstack/react-query'
import { healthQuery, partnersQuery, windowQuery } from '../api/queries.ts'
import { type PartnerRow, rowsOf } from './facts.ts'

export function usePartnerRows(minutes: number): {
  readonly rows: readonly PartnerRow[] | undefined
  readonly error: unknown
  readonly retry: () => void
} {
  const partners = useQuery(partnersQuery)
  const healths = useQuery(healthQuery)
  const window = useQuery(windowQuery(minutes))
  const all = [partners, healths, window]
  const retry = (): void => {
    for (const query of all) void query.refetch()
  }
  if (!partners.data || !healths.data || !window.data)
    return { rows: undefined, error: all.find(({ error }) => error !== null)?.error, retry }
  const known = { partners: partners.data, healths: healths.data, window: window.data }
  return { rows: rowsOf(known, Date.now()), error: undefined, retry }
}
