/** The live contract as a read-only matrix. */
import { useQuery } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import type { Partner } from '../api/queries.ts'
import { Unread } from '../ui/problem.tsx'
import { matrixOf, shareText } from './matrix.ts'
import { Laws, MatrixTable } from './matrix-table.tsx'

export const PERSONA = 'ios-allowed'

export function LiveMatrix({ partner }: { readonly partner: Partner }) {
  const matrix = useQuery({
    queryKey: ['matrix', 'live'],
    queryFn: ({ signal }) => call('simulateMatrix', { body: { persona: PERSONA }, signal }),
  })
  if (matrix.data === undefined) return <Unread of={matrix} what="what leaves in each state" />
  return (
    <div className="stack">
      <MatrixTable
        matrix={matrixOf(matrix.data, partner.id, Object.keys(partner.share))}
        terms={(field) => ({
          share: shareText(partner.share[field]),
          restricted: shareText(partner.whenRestricted.share[field]),
        })}
      />
      <Laws simulated={matrix.data} partner={partner.id} />
    </div>
  )
}
