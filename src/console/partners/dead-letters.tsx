/** Dead letters: a long list with their causes, retried or discarded one by one or all at once. */
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { type DeadLetter, deadLettersQuery } from '../api/queries.ts'
import { useMay } from '../app/session.tsx'
import { Empty, Problem, Unread, wordsOf } from '../ui/problem.tsx'
import { type Column, LongTable } from '../ui/table.tsx'
import { exactTime, plural, timeText } from '../ui/words.ts'

const ROW_PX = 33
const COLUMNS: readonly Column<DeadLetter>[] = [
  { head: 'Ended', cell: ({ at }) => <time title={exactTime(at)}>{timeText(at)}</time> },
  { head: 'Event', cell: ({ eventKey }) => eventKey },
  { head: 'Tries', cell: ({ attempts }) => attempts },
  { head: 'Why', cell: ({ why }) => why },
]

export function DeadLetters({ partner }: { readonly partner: string }) {
  const letters = useQuery(deadLettersQuery(partner))
  if (letters.data === undefined) return <Unread of={letters} what="the dead letters" />
  const { items, next } = letters.data
  return (
    <>
      {/* Stays when the list is empty: it says what became of it. */}
      <Bulk partner={partner} count={items.length} isMore={next !== undefined} />
      {items.length === 0 && <Empty>Nothing ended undelivered.</Empty>}
      {items.length > 0 && (
        <LongTable
          label="Dead letters"
          className="letter-table"
          columns={COLUMNS}
          rows={items}
          keyOf={({ id }) => id}
          rowPx={ROW_PX}
        />
      )}
    </>
  )
}

function Bulk({
  partner,
  count,
  isMore,
}: {
  readonly partner: string
  readonly count: number
  readonly isMore: boolean
}) {
  const client = useQueryClient()
  const may = useMay('retryDeadLetters')
  const [discarding, setDiscarding] = useState(false)
  const retrying = useMutation({
    mutationFn: () => call('retryDeadLetters', { body: { partner } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['dead-letters'] }),
  })
  const discard = useMutation({
    mutationFn: () => call('discardDeadLetters', { body: { partner } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['dead-letters'] }),
    onSuccess: () => setDiscarding(false),
  })
  const all = isMore ? `more than ${plural(count, 'dead letter')}` : plural(count, 'dead letter')
  return (
    <div className="bulk">
      {count > 0 && <strong>{all}</strong>}
      {count === 0 ? null : may ? (
        <>
          <button
            type="button"
            className="button primary"
            disabled={retrying.isPending}
            onClick={() => retrying.mutate()}
          >
            {retrying.isPending ? 'Retrying…' : 'Retry all'}
          </button>
          <AlertDialog.Root open={discarding} onOpenChange={setDiscarding}>
            <AlertDialog.Trigger className="button">Discard all…</AlertDialog.Trigger>
            <AlertDialog.Portal>
              <AlertDialog.Backdrop className="backdrop" />
              <AlertDialog.Popup className="dialog">
                <AlertDialog.Title className="dialog-title">Discard {all}?</AlertDialog.Title>
                <AlertDialog.Description className="dialog-text">
                  They leave this list for good. The books still count them as they ended.
                </AlertDialog.Description>
                <Problem of={discard.error} />
                <div className="dialog-buttons">
                  <AlertDialog.Close className="button">Keep them</AlertDialog.Close>
                  <button
                    type="button"
                    className="button danger"
                    disabled={discard.isPending}
                    onClick={() => discard.mutate()}
                  >
                    Discard all
                  </button>
                </div>
              </AlertDialog.Popup>
            </AlertDialog.Portal>
          </AlertDialog.Root>
        </>
      ) : (
        <span className="quiet">Retrying and discarding take an editor.</span>
      )}
      {retrying.data !== undefined && (
        <span role="status">
          {plural(retrying.data.waits, 'event')} decided afresh and waiting
          {retrying.data.gone > 0 && `, ${retrying.data.gone} no longer kept`}
          {retrying.data.inDoubt > 0 && `, ${retrying.data.inDoubt} left out: they may have been disclosed`}.
        </span>
      )}
      {retrying.error !== null && (
        <span role="alert" className="bad-text">
          {wordsOf(retrying.error)}
        </span>
      )}
    </div>
  )
}
