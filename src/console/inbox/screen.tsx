/** Inbox: event and property names in no contract, to be granted, ignored or blocked. Shows counts, no values. */
import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/client.ts'
import { inboxQuery, partnersQuery } from '../api/queries.ts'
import { useMay, useMe } from '../app/session.tsx'
import { Options } from '../ui/options.tsx'
import { Empty, Problem, Unread } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { whoText } from '../ui/who.ts'
import { agoText, fieldWord, plural, timeText } from '../ui/words.ts'
import './inbox.css'

type Page = AnswerOf<'listInbox'>
type Item = Page['items'][number]

const STATES = ['waiting', 'ignored', 'blocked', 'granted'] as const
type State = (typeof STATES)[number]
type Said = Exclude<State, 'waiting'>
const WORDS: Readonly<Record<State, string>> = {
  waiting: 'Waiting',
  ignored: 'Ignored',
  blocked: 'Blocked',
  granted: 'Granted',
}
const NONE: Readonly<Record<State, string>> = {
  waiting: 'Nothing waits: every name is in a contract or decided.',
  ignored: 'No name is ignored.',
  blocked: 'No name is blocked.',
  granted: 'None of the names that were here has been granted yet.',
}

export function InboxScreen() {
  const { state = 'waiting' } = useSearch({ from: '/inbox' })
  const navigate = useNavigate({ from: '/inbox' })
  const inbox = useQuery(inboxQuery(state))
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>Inbox</h1>
        <ToggleGroup
          className="toggles"
          aria-label="Which names"
          value={[state]}
          onValueChange={([next]) => {
            if (next !== undefined) void navigate({ search: next === 'waiting' ? {} : { state: next as Said } })
          }}
        >
          {STATES.map((one) => (
            <Toggle key={one} value={one} className="toggle">
              {WORDS[one]}
            </Toggle>
          ))}
        </ToggleGroup>
      </div>
      <p className="quiet">
        Names that apps send and no contract names: from 20 different people on, for an app of tests at once. Nothing of
        them leaves; no value is kept.
      </p>
      {inbox.data === undefined ? <Unread of={inbox} what="the names" /> : <Names page={inbox.data} state={state} />}
    </div>
  )
}

function Names({ page: { items, names, not_kept: notKept }, state }: { readonly page: Page; readonly state: State }) {
  return (
    <>
      {notKept > 0 && (
        <p>
          <Tag tone="warn">{plural(notKept, 'more name')} had no room: decide about these first</Tag>
        </p>
      )}
      {items.length === 0 ? (
        <Empty>{NONE[state]}</Empty>
      ) : (
        <ul className="inbox-list" aria-label={WORDS[state]}>
          {items.map((item) => (
            <li key={item.id} className="card inbox-item">
              <What item={item} names={names} />
              <Say item={item} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

function What({ item, names }: { readonly item: Item; readonly names: Page['names'] }) {
  const { app, kind, event, name, count, first_at: first, last_at: last, state, by, at, hint, field_class: of } = item
  return (
    <div className="inbox-what">
      <strong>{kind === 'event' ? event : name}</strong>{' '}
      <span className="quiet">{kind === 'event' ? `event of ${app}` : `property of ${event}, ${app}`}</span>
      <br />
      <span>
        {plural(count, 'event')} since {timeText(first)}, the last {agoText(last)}
      </span>
      {state !== 'waiting' && at !== undefined && (
        <span className="quiet">
          {' '}
          · {state} {by === undefined ? '' : `by ${whoText(by, names)} `}
          {timeText(at)}
        </span>
      )}
      {hint === 'never_leaves' && (
        <p className="warn-text small">Reads like what never leaves: no contract can grant it.</p>
      )}
      {hint === 'field_class' && of !== undefined && (
        <p className="warn-text small">
          Reads like {fieldWord(of)}: a contract grants that as a field, not as a property.
        </p>
      )}
    </div>
  )
}

function Say({ item: { id, partners, state, kind, event, name, hint } }: { readonly item: Item }) {
  const client = useQueryClient()
  const may = useMay('sayOfName')
  const { roles } = useMe()
  const live = useQuery(partnersQuery)
  const navigate = useNavigate()
  const say = useMutation({
    mutationFn: (next: 'waiting' | 'ignored' | 'blocked') =>
      call('sayOfName', { params: { id }, body: { state: next } }),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['inbox'] }),
        client.invalidateQueries({ queryKey: ['status'] }),
      ]),
  })
  const what = kind === 'event' ? event : name
  const button = (word: string, next: 'waiting' | 'ignored' | 'blocked') => (
    <button
      type="button"
      className="button"
      aria-label={`${word} ${what}`}
      disabled={say.isPending}
      onClick={() => say.mutate(next)}
    >
      {word}
    </button>
  )
  if (!may) return <p className="quiet inbox-say">Deciding takes an editor.</p>
  const nameOf = (partner: string): string => live.data?.find((one) => one.id === partner)?.name ?? partner
  return (
    <div className="inbox-say">
      {state === 'waiting' && partners.length > 0 && hint === '' && (
        <select
          aria-label={`Grant ${what} to`}
          value=""
          onChange={(change) =>
            void navigate({ to: '/partners/$partner', params: { partner: change.target.value }, search: { grant: id } })
          }
        >
          <option value="" disabled>
            Grant to…
          </option>
          <Options of={partners.map((partner) => [partner, nameOf(partner)])} />
        </select>
      )}
      {state === 'waiting' && partners.length === 0 && (
        <Link to="/partners" className="button">
          No partner of this app
        </Link>
      )}
      {state === 'waiting' && button('Ignore', 'ignored')}
      {(state === 'waiting' || state === 'ignored') && button('Block', 'blocked')}
      {(state === 'ignored' || (state === 'blocked' && roles.includes('approver'))) && button('Ask again', 'waiting')}
      {state === 'blocked' && !roles.includes('approver') && (
        <span className="quiet">Taking it back takes an approver.</span>
      )}
      <Problem of={say.error} />
    </div>
  )
}
