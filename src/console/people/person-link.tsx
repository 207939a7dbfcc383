/** Creates a signed link to the subject's own page: valid once, for one purpose, shown once. */
import { useMutation } from '@tanstack/react-query'
import { type BodyOf, call } from '../api/client.ts'
import { Options } from '../ui/options.tsx'
import { Problem } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { dateText } from '../ui/words.ts'

type Purpose = BodyOf<'makePersonLink'>['purpose']
const PURPOSES: Readonly<Record<Purpose, string>> = {
  access: 'see who received what',
  choices: 'see and narrow choices',
  erasure: 'be erased',
}

export function PersonLink({ handle }: { readonly handle: string }) {
  const making = useMutation({
    gcTime: 0,
    mutationFn: (given: FormData) =>
      call('makePersonLink', {
        params: { handle },
        body: { purpose: String(given.get('purpose')) as Purpose, days: Number(given.get('days')) },
      }),
  })
  return (
    <section className="card" aria-labelledby="link-title">
      <h2 id="link-title">A link to their own page</h2>
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault()
          making.mutate(new FormData(event.currentTarget))
        }}
      >
        <label>
          To
          <select name="purpose">
            <Options of={Object.entries(PURPOSES)} />
          </select>
        </label>
        <label>
          Good for days
          <input name="days" type="number" min={1} max={30} defaultValue={7} />
        </label>
        <button type="submit" className="button" disabled={making.isPending}>
          Make a link
        </button>
      </form>
      {making.data !== undefined && (
        <div role="status">
          <p>
            It works once, until {dateText(making.data.expires)}, and cannot be shown again. Put it behind the address
            of your data plane:
          </p>
          <ScrollText>{making.data.path}</ScrollText>
        </div>
      )}
      <Problem of={making.error} />
    </section>
  )
}
