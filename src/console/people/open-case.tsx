/** Opens a case for a request; the legal deadline counts from the day of receipt. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type BodyOf, call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { Problem } from '../ui/problem.tsx'
import { dateText } from '../ui/words.ts'
import { KIND_WORDS } from './words.ts'

type Opened = BodyOf<'openCase'>
const BY: readonly (readonly [NonNullable<Opened['by']>, string])[] = [
  ['person', 'the person'],
  ['agent', 'an agent'],
  ['guardian', 'a guardian'],
]

export function OpenCase({ handle }: { readonly handle: string }) {
  const client = useQueryClient()
  const opening = useMutation({
    gcTime: 0,
    mutationFn: (given: FormData) => {
      const received = String(given.get('received'))
      return call('openCase', {
        body: {
          handle,
          kind: String(given.get('kind')) as Opened['kind'],
          by: String(given.get('by')) as NonNullable<Opened['by']>,
          text: String(given.get('text')),
          ...(received === '' ? {} : { received }),
        },
      })
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['cases'] }),
  })
  return (
    <section className="card" aria-labelledby="open-title">
      <h2 id="open-title">Open a case</h2>
      <form
        className="inline-form"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault()
          const form = event.currentTarget
          opening.mutate(new FormData(form), { onSuccess: () => form.reset() })
        }}
      >
        <label>
          Asked for
          <select name="kind">
            <Options of={Object.entries(KIND_WORDS)} />
          </select>
        </label>
        <label>
          By
          <select name="by">
            <Options of={BY} />
          </select>
        </label>
        <label>
          Came on
          <input name="received" type="date" />
        </label>
        <label className="wide">
          Note
          <textarea name="text" rows={2} maxLength={2000} />
        </label>
        <p className="quiet small wide">
          The note is kept sealed with the case and goes with an erasure. An objection or a restriction is in force at
          once.
        </p>
        <button type="submit" className="button" disabled={opening.isPending}>
          {opening.isPending ? 'Opening…' : 'Open the case'}
        </button>
      </form>
      {opening.data !== undefined && (
        <p role="status">
          <Link to="/people/$case" params={{ case: opening.data.case }}>
            Case {opening.data.case}
          </Link>{' '}
          is open, due on {dateText(opening.data.due)}.
        </p>
      )}
      <Problem of={opening.error} />
    </section>
  )
}
