/** Supported signals, one row per entry of `signals/table.ts`. */
import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { Unread } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { fieldWord } from '../ui/words.ts'

type Signal = AnswerOf<'listSignals'>['items'][number]
const HONOURED: Readonly<Record<Signal['honoured'], readonly [Tone, string]>> = {
  always: ['good', 'always'],
  policy_on: ['good', 'by this policy'],
  policy_off: ['calm', 'not, by this policy'],
}
const COLUMNS: readonly Column<Signal>[] = [
  { head: 'Signal', is: 'name', cell: ({ signal }) => fieldWord(signal) },
  { head: 'Honoured', cell: ({ honoured }) => <Honoured how={honoured} /> },
  { head: 'What it does', cell: ({ does }) => does },
  {
    head: 'Read as',
    is: 'mono',
    cell: ({ keys, device, in_app: inApp }) =>
      [...new Set([...keys, ...device.map((name) => `device.${name}`), ...inApp])].join(', '),
  },
]

function Honoured({ how }: { readonly how: Signal['honoured'] }) {
  const [tone, words] = HONOURED[how]
  return <Tag tone={tone}>{words}</Tag>
}

export function Signals() {
  const signals = useQuery({
    queryKey: ['signals'],
    queryFn: async ({ signal }) => (await call('listSignals', { query: { limit: 100 }, signal })).items,
  })
  if (signals.data === undefined) return <Unread of={signals} what="the signals" />
  return (
    <section className="card" aria-labelledby="signals-title">
      <h2 id="signals-title">What honours which signal</h2>
      <Table label="Signals" className="signals" columns={COLUMNS} rows={signals.data} keyOf={({ signal }) => signal} />
      <p className="quiet small">
        A choice that is stored with us comes before them all. The strictest of all that speak wins; one that cannot be
        read denies.
      </p>
    </section>
  )
}
