/** The stop button: two clicks, then waits until every thread has confirmed. */
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { partnersQuery, useStatus } from '../api/queries.ts'
import { wordsOf } from '../ui/problem.tsx'
import { exactTime, plural } from '../ui/words.ts'
import { useMe } from './session.tsx'

const ALL = ''
type Stopped = AnswerOf<'stopAll'>

function useStopping() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async ({ partner, stopped, reason }: { partner: string; stopped: boolean; reason: string }) => {
      const body = { stopped, ...(reason === '' ? {} : { reason }) }
      const answer =
        partner === ALL ? await call('stopAll', { body }) : await call('stopPartner', { params: { id: partner }, body })
      return { answer, at: Date.now() }
    },
    onSettled: () => client.invalidateQueries(),
  })
}

export function StopButton({
  partner: preset = ALL,
  label = 'Stop…',
}: {
  readonly partner?: string
  readonly label?: string
}) {
  const { roles } = useMe()
  const [open, setOpen] = useState(false)
  if (!roles.some((role) => ['editor', 'approver', 'privacy_officer'].includes(role))) return null
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button stop">
        <span aria-hidden="true">■</span> {label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">{open && <StopForm preset={preset} />}</AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function StopForm({ preset }: { readonly preset: string }) {
  const partners = useQuery(partnersQuery)
  const status = useStatus()
  const stopping = useStopping()
  const { roles } = useMe()
  const [partner, setPartner] = useState(preset)
  const [reason, setReason] = useState('')
  const isStopped = partner === ALL ? status.data?.stopped.all : status.data?.stopped.partners.includes(partner)
  const mayResume = roles.includes('approver')
  const name = partner === ALL ? 'every partner' : (partners.data?.find(({ id }) => id === partner)?.name ?? partner)
  if (stopping.data !== undefined) return <Acknowledged {...stopping.data} name={name} />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        stopping.mutate({ partner, stopped: isStopped !== true, reason })
      }}
    >
      <AlertDialog.Title className="dialog-title">{isStopped ? 'Resume sending' : 'Stop sending'}</AlertDialog.Title>
      <AlertDialog.Description className="dialog-text">
        {isStopped
          ? 'Sending goes on with what comes in from now. Resuming lets more leave, so it needs an approver.'
          : 'No request begins after this is acknowledged. Events that come in meanwhile are counted and not sent.'}
      </AlertDialog.Description>
      <label htmlFor="stop-partner">What</label>
      <select id="stop-partner" value={partner} onChange={(event) => setPartner(event.target.value)}>
        <option value={ALL}>Every partner{status.data?.stopped.all ? ' (stopped)' : ''}</option>
        {partners.data?.map(({ id, name: title, stopped }) => (
          <option key={id} value={id}>
            {title}
            {stopped ? ' (stopped)' : ''}
          </option>
        ))}
      </select>
      <label htmlFor="stop-reason">Why (may stay empty)</label>
      <select id="stop-reason" value={reason} onChange={(event) => setReason(event.target.value)}>
        <option value="">Not said</option>
        <option value="incident">Incident</option>
        <option value="privacy_request">Privacy request</option>
        <option value="contract">Contract</option>
        <option value="maintenance">Maintenance</option>
      </select>
      {stopping.error !== null && (
        <p role="alert" className="problem-line">
          {isStopped ? 'Not resumed' : 'Not confirmed'}: {wordsOf(stopping.error)}
        </p>
      )}
      <div className="dialog-buttons">
        <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
        <button
          type="submit"
          className={`button ${isStopped ? 'primary' : 'danger'}`}
          disabled={stopping.isPending || (isStopped === true && !mayResume)}
        >
          {stopping.isPending ? 'Waiting for every thread…' : isStopped ? `Resume ${name}` : `Stop ${name}`}
        </button>
      </div>
    </form>
  )
}

function Acknowledged({ answer, at, name }: { readonly answer: Stopped; readonly at: number; readonly name: string }) {
  const confirmed = answer.workers.filter(({ inForce }) => inForce).length
  return (
    <div>
      <AlertDialog.Title className="dialog-title">
        {answer.stopped ? `Stopped: ${name}` : `Resumed: ${name}`}
      </AlertDialog.Title>
      <AlertDialog.Description className="dialog-text">
        In force since {exactTime(at)}, before this answer.
      </AlertDialog.Description>
      <ul className="facts">
        <li>
          Confirmed by {confirmed} of {plural(answer.workers.length, 'data thread')}.
        </li>
        <li className={answer.durable ? '' : 'bad-text'}>
          {answer.durable
            ? 'Written to disk: a restart keeps it.'
            : 'Not written to disk: a restart would forget it. Mend the disk and say it again.'}
        </li>
        <li className={answer.recorded ? '' : 'bad-text'}>
          {answer.recorded ? 'Recorded in the ledger.' : 'Not recorded in the ledger.'}
        </li>
        {!answer.everywhere && (
          <li className="bad-text">Other cells could not be told and may still send: stop it at each of them.</li>
        )}
      </ul>
      <div className="dialog-buttons">
        <AlertDialog.Close className="button primary">Done</AlertDialog.Close>
      </div>
    </div>
  )
}
