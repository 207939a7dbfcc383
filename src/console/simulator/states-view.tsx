/** All partners × all states: who receives the event, and why not. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import { Failed, Loading } from '../ui/problem.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { fieldWord } from '../ui/words.ts'
import { type Asked, eventOf, type Source } from './state.ts'

export function StatesView({ asked, source }: { readonly asked: Asked; readonly source: Source }) {
  const { revision } = asked
  const body = { ...eventOf(asked, source), ...(revision === undefined ? {} : { revision }) }
  const matrix = useQuery({
    queryKey: ['matrix', body],
    queryFn: ({ signal }) => call('simulateMatrix', { body, signal }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })
  if (matrix.isError) return <Failed error={matrix.error} retry={() => void matrix.refetch()} />
  if (matrix.data === undefined) return <Loading what="every state" />
  const { partners, rows } = matrix.data
  return (
    <Scroll label="All partners, all states" className="matrix-scroll">
      <table className="matrix all-states">
        <thead>
          <tr>
            <th scope="col">State</th>
            {partners.map((partner) => (
              <th key={partner} scope="col">
                {partner}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ state, kind, cells }) => (
            <tr key={`${kind} ${state}`}>
              <th scope="row">{kind === 'law' ? `law: ${fieldWord(state)}` : state}</th>
              {cells.map(({ partner, result, because, leaves }) => (
                <td key={partner} className={result === 'withheld' ? 'cell none' : 'cell'}>
                  <div className="state-cell">
                    {result === 'withheld' ? (
                      <>
                        <strong>nothing.</strong> {because}
                      </>
                    ) : (
                      Object.entries(leaves)
                        .map(([field, treatment]) => `${fieldWord(field)} ${treatment}`)
                        .join(', ')
                    )}
                  </div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  )
}
