/** Verify now: starts a full check beside the running gateway, and shows progress and result. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { Problem } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { agoText, countText, plural, spanText } from '../ui/words.ts'

type Check = AnswerOf<'readLedgerCheck'>
const KEY = ['ledger-check'] as const
const WATCH_MS = 500

export function LedgerCheck() {
  const client = useQueryClient()
  const check = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => call('readLedgerCheck', { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? WATCH_MS : 30_000),
  })
  const starting = useMutation({
    mutationFn: () => call('checkLedger', {}),
    onSuccess: (answer) => client.setQueryData(KEY, answer),
  })
  const isRunning = check.data?.state === 'running'
  const error = starting.error ?? check.error
  return (
    <section className="card" aria-labelledby="check-title">
      <h2 id="check-title">Is every record as it was written?</h2>
      <p className="acts">
        <button
          type="button"
          className="button primary"
          disabled={isRunning || starting.isPending}
          onClick={() => starting.mutate()}
        >
          {isRunning ? 'Verifying…' : 'Verify now'}
        </button>
      </p>
      {check.data !== undefined && <Latest check={check.data} />}
      <Problem of={error} />
      <p className="quiet small">
        Every record is read again and held against the tree and the signed checkpoints, while sending goes on. The same
        on a copy, without trusting this gateway: <code>npx sluice ledger fsck</code>.
      </p>
    </section>
  )
}

function Latest({ check }: { readonly check: Check }) {
  const { state, read = 0, of = 0, why, report, started_at: started = '', ended_at: ended = '' } = check
  switch (state) {
    case 'never':
      return <p className="calm-line">Not verified since this gateway started.</p>
    case 'running':
      return (
        <p role="status">
          <progress max={of} value={Math.min(read, of)} aria-label="Records read" /> {countText(read)} of{' '}
          {countText(of)} records read
        </p>
      )
    case 'failed':
      return (
        <p role="status">
          <Tag tone="warn">It could not be carried out</Tag> {why}. This says nothing about the ledger.
        </p>
      )
    case 'done':
      return report === undefined ? null : (
        <div role="status">
          <p>
            {report.verified ? (
              <Tag tone="good">Verified: each of the {countText(report.records)} records is as it was written</Tag>
            ) : (
              <Tag tone="bad">Not verified: {plural(report.problem_count, 'problem')}</Tag>
            )}{' '}
            <span className="quiet">
              {agoText(ended)}, in {spanText(Date.parse(ended) - Date.parse(started))};{' '}
              {plural(report.checkpoints, 'good checkpoint')}
              {report.lowest > 0 && `; records before ${countText(report.lowest)} were pruned`}
              {report.under_way > 0 && `; ${plural(report.under_way, 'disclosure')} under way`}
            </span>
          </p>
          {report.problems.length > 0 && (
            <ul className="facts bad-text">
              {report.problems.map(({ name, seq, says }) => (
                <li key={`${name} ${seq} ${says}`}>{says}</li>
              ))}
            </ul>
          )}
        </div>
      )
  }
}
