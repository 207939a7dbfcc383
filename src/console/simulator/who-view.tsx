/** Who can ever receive a field, in which form, under which law and when. */
import { useQuery } from '@tanstack/react-query'
import { FIELD_CLASSES, type FieldClass, NEVER_LEAVES } from '../../model/field-class.ts'
import { call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { Failed, Loading } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { fieldWord } from '../ui/words.ts'
import type { Choosing } from './state.ts'

export function WhoView({ asked, set }: Choosing) {
  const { revision } = asked
  const field = FIELD_CLASSES.find((one) => one === asked.field) ?? ('advertising_id' satisfies FieldClass)
  const who = useQuery({
    queryKey: ['who', field, revision],
    queryFn: ({ signal }) =>
      call('simulateReceivers', { body: { field, ...(revision === undefined ? {} : { revision }) }, signal }),
    retry: false,
  })
  return (
    <div className="stack">
      <p>
        <label>
          Field{' '}
          <select value={field} onChange={(event) => set({ field: event.target.value })}>
            <Options
              of={FIELD_CLASSES.filter((one) => !NEVER_LEAVES.includes(one)).map((one) => [one, fieldWord(one)])}
            />
          </select>
        </label>
      </p>
      {who.isError ? (
        <Failed error={who.error} retry={() => void who.refetch()} />
      ) : who.data === undefined ? (
        <Loading what="every law and state" />
      ) : (
        who.data.partners.map(({ partner, name, ever, received, never }) => (
          <section key={partner} className="card" aria-labelledby={`who-${partner}`}>
            <h2 id={`who-${partner}`}>
              {name}{' '}
              <Tag tone={ever ? 'warn' : 'good'}>
                {ever ? `can receive the ${fieldWord(field)}` : 'can never receive it'}
              </Tag>
            </h2>
            <ul className="facts">
              {received.map(({ laws, treatment, when }) => (
                <li key={`${treatment} ${laws.join()} ${when.join()}`}>
                  <strong>{treatment}</strong> under {laws.map(fieldWord).join(', ')}
                  {when.length > 0 && `, where: ${when.join('; ')}`}
                </li>
              ))}
              {never.map(({ laws, because }) => (
                <li key={`${laws.join()} ${because}`} className="quiet">
                  never under {laws.map(fieldWord).join(', ')}: {because}
                </li>
              ))}
            </ul>
          </section>
        ))
      )}
    </div>
  )
}
