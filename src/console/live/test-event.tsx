/** Sends a test event to the sandbox instead of the partner: request and interpreted answer. Nothing leaves this machine. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, type BodyOf, call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { RequestView } from '../review/request-view.tsx'
import { Options } from '../ui/options.tsx'
import { Failed, wordsOf } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { fieldWord } from '../ui/words.ts'
import '../review/review.css'
import './live.css'

const ANSWERS = [
  { value: 'takes', word: 'takes it' },
  { value: 'refuses', word: 'refuses it (401)' },
  { value: 'busy', word: 'is busy (429)' },
  { value: 'fails', word: 'is down (500)' },
  { value: 'silent', word: 'does not answer' },
] as const
type Answer = (typeof ANSWERS)[number]['value']
type Tested = AnswerOf<'sendTestEvent'>

type Persona = NonNullable<BodyOf<'sendTestEvent'>['persona']>
const DEFAULT_PERSONA: Persona = 'ios-allowed'

/** @param files an unpublished draft, by file; omitted for the live revision */
export function TestEvent({
  partner,
  events,
  files,
  disabled = false,
}: {
  readonly partner: string
  readonly events: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly disabled?: boolean
}) {
  const may = useMay('sendTestEvent')
  const personas = useQuery({
    queryKey: ['personas'],
    queryFn: async ({ signal }) => (await call('listPersonas', { signal })).personas,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [persona, setPersona] = useState<Persona>(DEFAULT_PERSONA)
  const [event, setEvent] = useState('')
  const [answer, setAnswer] = useState<Answer>('takes')
  const isDraft = files !== undefined && Object.keys(files).length > 0
  const named = events.filter((name) => !name.startsWith('@relay') && !name.startsWith('@forget'))
  const send = useMutation({
    mutationFn: () =>
      call('sendTestEvent', {
        body: {
          persona,
          partner,
          answer,
          ...(named.length === 0 ? {} : { event_name: named.includes(event) ? event : (named[0] ?? '') }),
          ...(isDraft ? { draft: { files } } : {}),
        },
      }),
  })
  if (!may)
    return <p className="quiet">Test events take an editor: they show what a contract, or a draft of it, sends.</p>
  return (
    <section className="card test-event" aria-labelledby={`test-${partner}`}>
      <h2 id={`test-${partner}`}>Test event</h2>
      <p className="quiet">
        {isDraft ? 'With this draft, before anybody approves it. ' : ''}To a sandbox on this machine, in the partner’s
        place: no disclosure, and counted as none.
      </p>
      <div className="test-choices">
        <label>
          Person{' '}
          <select value={persona} onChange={(change) => setPersona(change.target.value as Persona)}>
            {(personas.data ?? [{ id: DEFAULT_PERSONA, about: DEFAULT_PERSONA }]).map(({ id, about }) => (
              <option key={id} value={id}>
                {about}
              </option>
            ))}
          </select>
        </label>
        {named.length > 1 && (
          <label>
            Event{' '}
            <select value={event === '' ? named[0] : event} onChange={(change) => setEvent(change.target.value)}>
              {named.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          The sandbox{' '}
          <select value={answer} onChange={(change) => setAnswer(change.target.value as Answer)}>
            <Options of={ANSWERS.map(({ value, word }) => [value, word])} />
          </select>
        </label>
      </div>
      {personas.isError && <Failed error={personas.error} retry={() => void personas.refetch()} />}
      <p>
        <button
          type="button"
          className="button primary"
          disabled={disabled || send.isPending}
          onClick={() => send.mutate()}
        >
          {send.isPending ? 'Sending…' : 'Send a test event'}
        </button>
      </p>
      <div aria-live="polite">
        {send.error !== null && <p className="problem-line">{wordsOf(send.error)}</p>}
        {send.data !== undefined && <Outcome {...send.data} />}
      </div>
    </section>
  )
}

function Outcome({ result, status, took_ms: took, because, means, received, fields, event }: Tested) {
  const stayed = Object.entries(fields).filter(
    ([, { treatment, received: had }]) => treatment === 'drop' && had !== undefined,
  )
  return (
    <>
      <p>
        {result === 'delivered' && (
          <Tag tone="good">
            Delivered to the sandbox: {event}, {status}
            {took !== undefined && ` in ${took} ms`}
          </Tag>
        )}
        {result === 'withheld' && <Tag tone="calm">Withheld, nothing was sent: {because}</Tag>}
        {result === 'not_delivered' && (
          <Tag tone="warn">Not delivered{status === undefined ? '' : `: the sandbox answered ${status}`}</Tag>
        )}
      </p>
      <p>{means}</p>
      {received !== undefined && (
        <RequestView
          title="As the sandbox got it"
          request={{
            method: received.method,
            url: received.path,
            headers: received.headers,
            body: received.method === 'GET' ? '' : received.body,
          }}
        />
      )}
      {stayed.length > 0 && (
        <>
          <h3>Stayed here</h3>
          <ul className="heard quiet small">
            {stayed.map(([field, { because: why }]) => (
              <li key={field}>
                {fieldWord(field)}: {why}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
