/** Traffic: events by class and length, and for each partner what was sent, or withheld and why. */
import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { Failed, Loading, wordsOf } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { countText, exactTime, fieldWord, plural } from '../ui/words.ts'
import type { LiveEvent, LivePair, Row, Seen } from './joined.ts'
import { useTail } from './tail.ts'

const RESULTS: Readonly<Record<LivePair['result'], readonly [tone: Tone, word: string]>> = {
  sent: ['good', 'sent'],
  limited: ['good', 'sent, limited'],
  withheld: ['calm', 'withheld'],
  again: ['warn', 'tried again later'],
  dead: ['bad', 'refused for good'],
  unknown: ['warn', 'answer unknown'],
  cancelled: ['calm', 'held back, decided afresh'],
}
const ARRIVALS: Readonly<Record<LiveEvent['arrival'], readonly [tone: Tone, word: string]>> = {
  accepted: ['good', 'accepted'],
  duplicate: ['calm', 'a duplicate'],
  not_kept: ['bad', 'could not be kept'],
}
const SHOWN = [
  { value: 'all', word: 'All' },
  { value: 'withheld', word: 'Withheld' },
  { value: 'trouble', word: 'In trouble' },
] as const
type Shown = (typeof SHOWN)[number]['value']

export function Traffic() {
  const [isOn, setOn] = useState(true)
  const [shown, setShown] = useState<Shown>('all')
  const { seen, error, clear } = useTail(isOn)
  if (seen === undefined) return error === null ? <Loading what="what passes" /> : <Failed error={error} />
  const rows = seen.rows.filter((row) => isShown(row, shown))
  return (
    <div className="stack">
      <div className="bulk">
        <button type="button" className="button" aria-pressed={!isOn} onClick={() => setOn(!isOn)}>
          {isOn ? 'Pause' : 'Go on'}
        </button>
        <ToggleGroup
          className="toggles"
          aria-label="Which"
          value={[shown]}
          onValueChange={([value]) => {
            if (value !== undefined) setShown(value as Shown)
          }}
        >
          {SHOWN.map(({ value, word }) => (
            <Toggle key={value} value={value} className="toggle">
              {word}
            </Toggle>
          ))}
        </ToggleGroup>
        <button type="button" className="button quiet-button" onClick={clear}>
          Clear
        </button>
        <Counts seen={seen} />
      </div>
      {error !== null && (
        <p role="alert" className="problem-line">
          {wordsOf(error)} Tried again.
        </p>
      )}
      {rows.length === 0 ? (
        <p className="state">
          {isOn ? 'Nothing has passed since you look. What comes in appears here by itself.' : 'Paused.'}
        </p>
      ) : (
        <ul className="live-list" aria-label="Events, the newest first">
          {rows.map((row) => (
            <li key={row.key} className="card live-row">
              {row.refusal !== undefined ? <Refusal {...row.refusal} /> : <EventRow row={row} mayOpen={seen.mayOpen} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function isShown({ pairs, refusal, event }: Row, shown: Shown): boolean {
  if (shown === 'all') return true
  if (shown === 'withheld') return pairs.some(({ result }) => result === 'withheld')
  if (refusal !== undefined || event?.arrival === 'not_kept') return true
  return pairs.some(({ result }) => result === 'again' || result === 'dead' || result === 'unknown')
}

function Counts({ seen: { passed, shown, missed } }: { readonly seen: Seen }) {
  return (
    <span className="quiet" role="status">
      {shown < passed ? `${countText(shown)} of ${plural(passed, 'event')} shown` : plural(passed, 'event')}
      {missed > 0 && `; ${countText(missed)} lines came too fast`}
    </span>
  )
}

function Refusal({ app, code, says, events, at }: NonNullable<Row['refusal']>) {
  return (
    <>
      <time className="quiet mono" title={exactTime(at)}>
        {clock(at)}
      </time>{' '}
      <Tag tone="bad">
        {plural(events, 'event')} of {app} refused: {says}
      </Tag>{' '}
      <span className="quiet small">{code}</span>
    </>
  )
}

function EventRow({ row: { at, event, pairs }, mayOpen }: { readonly row: Row; readonly mayOpen: boolean }) {
  const waiting = (event?.partners ?? []).filter((partner) => !pairs.some((pair) => pair.partner === partner))
  const [tone, word] = ARRIVALS[event?.arrival ?? 'accepted']
  return (
    <details>
      <summary>
        <time className="quiet mono" title={exactTime(at)}>
          {clock(at)}
        </time>{' '}
        <strong>{event?.event ?? 'An event from before'}</strong> {event !== undefined && <span>{event.app}</span>}{' '}
        <span className="live-ends">
          <Tag tone={tone}>{word}</Tag>
          {event !== undefined && event.partners.length === 0 && event.arrival === 'accepted' && (
            <Tag tone="calm">no contract names it</Tag>
          )}
          {pairs.map((pair) => (
            <PairTag key={pair.partner} {...pair} />
          ))}
          {event?.arrival === 'accepted' &&
            waiting.map((partner) => (
              <Tag key={partner} tone="calm">
                {partner}: waits
              </Tag>
            ))}
        </span>
      </summary>
      <Detail event={event} pairs={pairs} mayOpen={mayOpen} />
    </details>
  )
}

function PairTag({ partner, result, because, cause }: LivePair) {
  const [tone, word] = RESULTS[result]
  const why = [because, cause].filter((text) => text !== '').join(' ')
  return (
    <Tag tone={tone}>
      {partner}: {word}
      {why !== '' && `: ${why}`}
    </Tag>
  )
}

const LEAVES: readonly Column<LiveEvent['leaves'][number]>[] = [
  { head: 'Came in as', cell: ({ path }) => path, is: 'name' },
  { head: 'Is', cell: ({ classes, signals }) => [...new Set([...classes, ...signals])].map(fieldWord).join(', ') },
  { head: 'Holds', cell: ({ type, length }) => (length === 0 ? type : `${type}, ${length} long`) },
  { head: 'Kept', cell: ({ kept, note }) => (kept ? 'yes' : note === '' ? 'no' : note) },
]

function Detail({
  event,
  pairs,
  mayOpen,
}: {
  readonly event: LiveEvent | undefined
  readonly pairs: readonly LivePair[]
  readonly mayOpen: boolean
}) {
  return (
    <div className="live-detail stack">
      {pairs.map((pair) => (
        <Treated key={pair.partner} {...pair} />
      ))}
      {event !== undefined && (
        <>
          <Table
            label={`What came in with ${event.event}`}
            columns={LEAVES}
            rows={event.leaves}
            keyOf={({ path }) => path}
          />
          <p className="quiet small">
            {countText(event.bytes)} bytes.{event.more > 0 && ` ${plural(event.more, 'value')} more.`} No value is
            shown.
          </p>
          {mayOpen && event.arrival === 'accepted' && <Body id={event.id} />}
        </>
      )}
    </div>
  )
}

function Treated({ partner, result, fields }: LivePair) {
  const left = result === 'withheld' ? [] : fields.filter(({ treatment }) => treatment !== 'drop')
  const stayed = fields.filter((field) => !left.includes(field))
  return (
    <p>
      <strong>{partner}</strong>{' '}
      {left.length > 0 && (
        <>
          {result === 'sent' || result === 'limited' ? 'has' : 'would have'}{' '}
          {left.map(({ field, treatment }) => `${fieldWord(field)} (${treatment})`).join(', ')}.{' '}
        </>
      )}
      {stayed.length > 0 && result !== 'withheld' && (
        <span className="quiet">
          Stayed here: {stayed.map(({ field, because }) => `${fieldWord(field)} (${because})`).join(' ')}
        </span>
      )}
      {result === 'withheld' && <span className="quiet">has nothing of it.</span>}
    </p>
  )
}

/** For privacy officers. The event body is kept in this component only. */
function Body({ id }: { readonly id: number }) {
  const open = useMutation({ mutationFn: () => call('openLiveBody', { params: { id } }), gcTime: 0 })
  if (open.data !== undefined)
    return (
      <>
        <ScrollText>{JSON.stringify(open.data.event, null, 2)}</ScrollText>
        <p>
          <button type="button" className="button" onClick={() => open.reset()}>
            Close the event
          </button>
        </p>
      </>
    )
  return (
    <p>
      <button type="button" className="button" disabled={open.isPending} onClick={() => open.mutate()}>
        {open.isPending ? 'Opening…' : 'Open the event as it came'}
      </button>{' '}
      <span className="quiet">It is on record that you looked, and the person’s own statement says so.</span>
      {open.error !== null && (
        <span role="alert" className="bad-text">
          {' '}
          {wordsOf(open.error)}
        </span>
      )}
    </p>
  )
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

function clock(at: string): string {
  return CLOCK.format(new Date(at))
}
