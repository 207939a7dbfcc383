/** Shows what a change means, and publishes it. */
import { Dialog } from '@base-ui/react/dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiProblem, call } from '../api/client.ts'
import { Problem, wordsOf } from '../ui/problem.tsx'
import { ChangeTag } from '../ui/tag.tsx'
import { type PlacedProblem, placedText } from './place-problem.ts'
import type { DraftMeaning, Files } from './use-meaning.ts'

interface MeaningProps {
  readonly changed: Files
  readonly base: number
  readonly meaning: DraftMeaning
  readonly problems: readonly PlacedProblem[]
  readonly forget: () => void
}

export function Meaning({ changed, base, meaning, problems, forget }: MeaningProps) {
  const [open, setOpen] = useState(false)
  const { diff, isPending, warnings, error } = meaning
  const isChanged = Object.keys(changed).length > 0
  return (
    <aside className="card meaning" aria-labelledby="meaning-title">
      <h2 id="meaning-title">What this change means</h2>
      <div aria-live="polite">
        {!isChanged && <p className="calm-line">Nothing is changed. Revision {base} is what you see.</p>}
        {isChanged && isPending && <p className="calm-line">Asking the decision engine…</p>}
        {problems.length > 0 && (
          <ul className="problems">
            {problems.map(({ file, line, text }) => (
              <li key={`${file}:${line}:${text}`}>
                <span className="bad-text">
                  <span aria-hidden="true">■</span> {file.replace('partners/', '')}
                  {line > 0 && `, line ${line}`}
                </span>
                <br />
                {text}
              </li>
            ))}
          </ul>
        )}
        {error != null && problems.length === 0 && <p className="problem-line">{wordsOf(error)}</p>}
        {diff !== undefined && !isPending && (
          <>
            <p>
              <ChangeTag change={diff.change} />
            </p>
            <p className="words">{diff.words}</p>
            {warnings.map((warning) => (
              <p key={warning} className="warn-text small">
                {placedText(warning)}
              </p>
            ))}
          </>
        )}
      </div>
      {isChanged && (
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={forget}>
            Discard the change
          </button>
          <Dialog.Root open={open} onOpenChange={setOpen}>
            <Dialog.Trigger className="button primary" disabled={diff === undefined || isPending}>
              {diff?.change === 'wider' || diff?.change === 'mixed' ? 'Propose…' : 'Publish…'}
            </Dialog.Trigger>
            <Dialog.Portal>
              <Dialog.Backdrop className="backdrop" />
              <Dialog.Popup className="dialog">
                {open && <PublishForm changed={changed} base={base} change={diff?.change ?? 'same'} forget={forget} />}
              </Dialog.Popup>
            </Dialog.Portal>
          </Dialog.Root>
        </div>
      )}
    </aside>
  )
}

function PublishForm({
  changed,
  base,
  change,
  forget,
}: Pick<MeaningProps, 'changed' | 'base' | 'forget'> & { readonly change: string }) {
  const client = useQueryClient()
  const widens = change === 'wider' || change === 'mixed'
  const [message, setMessage] = useState('')
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const [percent, setPercent] = useState('100')
  const publishing = useMutation({
    mutationFn: () =>
      call('publish', {
        ifMatch: base,
        body: {
          edits: [],
          files: changed,
          message,
          reason,
          ...(until === '' ? {} : { until: new Date(until).toISOString() }),
          ...(widens && percent !== '100' ? { percent: Number(percent) } : {}),
        },
      }),
    onSuccess: () => client.invalidateQueries(),
  })
  const { data: done, error } = publishing
  if (done !== undefined)
    return (
      <div>
        <Dialog.Title className="dialog-title">
          {done.result === 'proposed'
            ? `Proposal ${done.proposal} waits for another person`
            : `Revision ${done.revision} is live`}
        </Dialog.Title>
        <Dialog.Description className="dialog-text">
          {done.result === 'proposed'
            ? 'Nothing leaves differently until an approver who wrote none of it lets it through.'
            : 'On every thread, before this answer.'}
        </Dialog.Description>
        {done.not_saved !== undefined && (
          <p className="warn-text">
            {done.not_saved.files.join(', ')} could not be saved ({done.not_saved.why}): tried again at each reading.
          </p>
        )}
        <div className="dialog-buttons">
          {done.proposal !== undefined && <ReviewLink proposal={done.proposal} />}
          <Dialog.Close className="button primary" onClick={forget}>
            Done
          </Dialog.Close>
        </div>
      </div>
    )
  if (error instanceof ApiProblem && error.code === 'ERR_REVISION_MOVED')
    return <Moved problem={error} forget={forget} />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        publishing.mutate()
      }}
    >
      <Dialog.Title className="dialog-title">{widens ? 'Propose this change' : 'Publish this change'}</Dialog.Title>
      <Dialog.Description className="dialog-text">
        {widens ? 'A widening: another person has to approve it.' : 'No widening: it is live at once, on every thread.'}
      </Dialog.Description>
      <label htmlFor="publish-message">What it is, for the history</label>
      <input
        id="publish-message"
        value={message}
        maxLength={500}
        onChange={(event) => setMessage(event.target.value)}
      />
      {widens && (
        <>
          <label htmlFor="publish-reason">Reason for the widening</label>
          <input
            id="publish-reason"
            required
            value={reason}
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
          />
          <label htmlFor="publish-until">Ends by itself on (may stay empty)</label>
          <input
            id="publish-until"
            type="datetime-local"
            value={until}
            onChange={(event) => setUntil(event.target.value)}
          />
          <label htmlFor="publish-percent">Share of users: {percent} %</label>
          <input
            id="publish-percent"
            type="range"
            min="0"
            max="100"
            step="5"
            value={percent}
            onChange={(event) => setPercent(event.target.value)}
          />
        </>
      )}
      <Problem of={error} />
      <div className="dialog-buttons">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <button type="submit" className="button primary" disabled={publishing.isPending}>
          {publishing.isPending ? 'Waiting for every thread…' : widens ? 'Propose' : 'Publish'}
        </button>
      </div>
    </form>
  )
}

/** Another actor published meanwhile: both sides' changes, and how to continue. */
function Moved({ problem, forget }: { readonly problem: ApiProblem; readonly forget: () => void }) {
  const { live, base } = problem.details
  return (
    <div>
      <Dialog.Title className="dialog-title">Revision {String(live)} went live meanwhile</Dialog.Title>
      <Dialog.Description className="dialog-text">
        You began from revision {String(base)}. Begin again from the newer one, so that nothing of theirs is lost.
      </Dialog.Description>
      <Sides title="They changed" edits={problem.details.theirs} />
      <Sides title="You would change" edits={problem.details.yours} />
      <Sides title="Both changed" edits={problem.details.conflicts} />
      <div className="dialog-buttons">
        <Dialog.Close className="button primary" onClick={forget}>
          Begin from revision {String(live)}
        </Dialog.Close>
      </div>
    </div>
  )
}

function Sides({ title, edits }: { readonly title: string; readonly edits: unknown }) {
  if (!Array.isArray(edits) || edits.length === 0) return null
  return (
    <>
      <h3>{title}</h3>
      <ul className="facts">
        {edits.map((edit: Readonly<Record<string, unknown>>) => (
          <li key={`${edit.file} ${edit.path}`}>
            {String(edit.path)} in {String(edit.file)}: theirs {JSON.stringify(edit.theirs)}, yours{' '}
            {JSON.stringify(edit.yours)}
          </li>
        ))}
      </ul>
    </>
  )
}

function ReviewLink({ proposal }: { readonly proposal: number }) {
  return (
    <Link to="/review/$proposal" params={{ proposal: String(proposal) }} className="button">
      Look at it
    </Link>
  )
}
